#include "jobq/schedule_client.h"

#include <utility>
#include <vector>

#include "connection.h"
#include "job_requests.h"
#include "messages.h"

namespace jobq {
namespace {

std::string base_of(const ScheduleAddress& address) {
  return "/" + datasource_part(address.datasource) + "/job/schedules";
}
std::string path_of(const ScheduleAddress& address, const std::string& operation = {}) {
  return base_of(address) + "/" + job_part(address.name) + "/" + operation;
}

struct Query {
  std::string after{};
  unsigned limit = 0;
  unsigned times = 0;
  std::string job{};
};

Question question(Method method, std::string path, const std::string& client, Query query = {}) {
  return {.method = method,
          .path = std::move(path),
          .fill = [client, query = std::move(query)](RequestBody body) {
            auto out = body.initScheduleQuery();
            out.setClient(wire::text(client));
            out.setAfter(wire::text(query.after));
            out.setLimit(query.limit);
            out.setTimes(query.times);
            out.setJob(wire::text(query.job));
          }};
}

}  // namespace

class ScheduleClient::Implementation {
 public:
  explicit Implementation(Connection connection) : store(std::move(connection)) {}

  ScheduleStatus change(const ScheduleAddress& address, const std::string& operation) {
    return store.ask(request<ScheduleStatus>(
        question(Method::POST, path_of(address, operation), address.client)));
  }

  StoreConnection store;
};

ScheduleClient::ScheduleClient(Connection connection)
    : implementation_(std::make_unique<Implementation>(std::move(connection))) {}
ScheduleClient::~ScheduleClient() = default;

ScheduleStatus ScheduleClient::add(const ScheduleAddress& address, Schedule schedule) {
  if (schedule.job.client.empty()) {
    schedule.job.client = address.client;
  }
  return implementation_->store.ask(
      request<ScheduleStatus>({.method = Method::POST,
                               .path = path_of(address),
                               .fill = [schedule = std::move(schedule)](RequestBody body) {
                                 wire::write(schedule, body.initSchedule());
                               }}));
}

ScheduleStatus ScheduleClient::show(const ScheduleAddress& address, unsigned times) {
  return implementation_->store.ask(request<ScheduleStatus>(
      question(Method::GET, path_of(address), address.client, {.times = times})));
}

SchedulePage ScheduleClient::list(const ScheduleAddress& address, const std::string& after,
                                  unsigned limit) {
  return implementation_->store.ask(request<SchedulePage>(
      question(Method::GET, base_of(address), address.client, {.after = after, .limit = limit})));
}

ScheduleStatus ScheduleClient::pause(const ScheduleAddress& address) {
  return implementation_->change(address, "pause");
}
ScheduleStatus ScheduleClient::resume(const ScheduleAddress& address) {
  return implementation_->change(address, "resume");
}
ScheduleStatus ScheduleClient::remove(const ScheduleAddress& address) {
  return implementation_->change(address, "remove");
}

JobStatus ScheduleClient::run(const ScheduleAddress& address, std::string job) {
  auto results = implementation_->store.ask(
      results_request(question(Method::POST, path_of(address, "run"), address.client,
                               {.job = job.empty() ? new_guid() : std::move(job)}),
                      1));
  SubmitResult& result = results.front();
  if (result.code != 200) {
    throw Refused(result.code, result.error, result.retry_after);
  }
  return std::move(result.status);
}

}  // namespace jobq
