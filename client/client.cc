#include "jobq/client.h"

#include <algorithm>
#include <thread>

#include "connection.h"
#include "deadline.h"
#include "job_requests.h"
#include "jobq/requests.h"
#include "messages.h"

namespace jobq {
namespace {

using Clock = std::chrono::steady_clock;

// One question is held for at most this long; longer waits are several questions. Below the
// store's limit (a minute), so that a network that went silent without a word is noticed sooner.
constexpr Span kHeldMax = std::chrono::seconds(30);
// Between questions that the store does not hold.
constexpr Span kAskAgainAfter = std::chrono::milliseconds(200);

std::string base_of(const std::string& datasource) { return "/" + datasource_part(datasource); }

}  // namespace

namespace requests {

Request<std::vector<SubmitResult>> submit_many(const std::string& datasource,
                                               std::vector<NewJob> jobs,
                                               const SubmitOptions& options) {
  for (NewJob& job : jobs) {
    if (job.job.empty()) {
      job.job = new_guid();  // before the first attempt, so that all attempts mean the same job
    }
  }
  const std::size_t count = jobs.size();
  Question question{.method = Method::POST, .path = base_of(datasource) + "/job/"};
  question.fill = [jobs = std::move(jobs), options](RequestBody body) {
    auto out = body.initSubmit();
    out.setNoTickets(!options.tickets);
    out.setAtomic(options.atomic);
    wire::write_list(jobs, out.initJobs(static_cast<unsigned>(jobs.size())));
  };
  return results_request(std::move(question), count);
}

Request<JobStatus> status(const std::string& datasource, const std::string& job,
                          const std::string& client, const StatusOptions& options) {
  return status_request({base_of(datasource), job, client}, {.options = options});
}

Request<JobStatus> wait_for_change(const std::string& datasource, const std::string& job,
                                   const std::string& client, std::uint64_t seen, Span held) {
  return status_request({base_of(datasource), job, client}, {.held = held, .seen = seen});
}

Request<JobStatus> wait(const std::string& datasource, const std::string& job,
                        const std::string& client, Span held) {
  return status_request({base_of(datasource), job, client}, {.held = held, .until_final = true});
}

Request<JobPage> list(const std::string& datasource, const ListQuery& query) {
  return list_request(base_of(datasource) + "/job/list", query);
}

Request<JobCount> count(const std::string& datasource, const ListQuery& query) {
  return count_request(base_of(datasource) + "/job/count", query);
}

Request<JobStatus> cancel(const std::string& datasource, const std::string& job,
                          const std::string& client) {
  return cancel_request({base_of(datasource), job, client});
}

Request<LogPage> log(const std::string& datasource, const std::string& job,
                     const std::string& client, const LogQuery& query) {
  return log_request({base_of(datasource), job, client}, query);
}

Request<Explanation> explain(const std::string& datasource, const std::string& job,
                             const std::string& client) {
  return explain_request({base_of(datasource), job, client});
}

Request<StoreStatus> store_status() { return request<StoreStatus>({.path = "/status"}); }
Request<StoreStats> store_stats() { return request<StoreStats>({.path = "/admin/stats"}); }

}  // namespace requests

class Client::Implementation {
 public:
  explicit Implementation(Connection connection) : store(std::move(connection)) {}

  const Connection& options() const { return store.options(); }

  StoreConnection store;
};

Client::Client(Connection connection)
    : implementation_(std::make_unique<Implementation>(std::move(connection))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

JobStatus Client::submit(const std::string& datasource, NewJob job) {
  std::vector<NewJob> jobs;
  jobs.push_back(std::move(job));
  SubmitResult result = std::move(submit_many(datasource, std::move(jobs)).front());
  if (result.code != 200) {
    throw Refused(result.code, result.error, result.retry_after);
  }
  return std::move(result.status);
}

std::vector<SubmitResult> Client::submit_many(const std::string& datasource,
                                              std::vector<NewJob> jobs,
                                              const SubmitOptions& options) {
  return implementation_->store.ask(requests::submit_many(datasource, std::move(jobs), options));
}

JobStatus Client::status(const std::string& datasource, const std::string& job,
                         const std::string& client, const StatusOptions& options) {
  return implementation_->store.ask(requests::status(datasource, job, client, options));
}

JobStatus Client::wait_for_change(const std::string& datasource, const std::string& job,
                                  const std::string& client, std::uint64_t seen, Span max_wait) {
  const auto end = after(max_wait);
  if (seen == 0) {
    // The store would take the job as it is on arrival for known; of a question that is repeated
    // this would be the last arrival, and a change before it would be missed.
    seen = status(datasource, job, client).changed;
  }
  while (true) {
    const Span left = until(end);
    JobStatus status = implementation_->store.ask(
        requests::wait_for_change(datasource, job, client, seen, std::min(left, kHeldMax)));
    if (status.changed > seen || is_final(status.status) || Clock::now() >= end) {
      return status;
    }
  }
}

std::optional<JobStatus> Client::wait(const std::string& datasource, const std::string& job,
                                      const std::string& client, Span max_wait) {
  const auto end = after(max_wait);
  do {
    const Span left = until(end);
    // A store that is away must not make this much longer than asked for.
    const Span patience = std::min(left, implementation_->options().patience) +
                          implementation_->options().retry_after;
    try {
      JobStatus status = implementation_->store.ask(
          requests::wait(datasource, job, client, std::min(left, kHeldMax)), patience);
      if (is_final(status.status)) {
        return status;
      }
    } catch (const Unreachable&) {
      // Counts as waiting.
    } catch (const Refused& refused) {
      if (refused.code() != 429) {
        throw;
      }
      // Too many wait already: ask from time to time instead.
      std::this_thread::sleep_for(std::min(until(end), kAskAgainAfter));
      JobStatus status = this->status(datasource, job, client);
      if (is_final(status.status)) {
        return status;
      }
    }
  } while (Clock::now() < end);
  return std::nullopt;
}

JobPage Client::list(const std::string& datasource, const ListQuery& query) {
  return ask_list(implementation_->store, query,
                  [&](const ListQuery& part) { return requests::list(datasource, part); });
}

std::uint64_t Client::count(const std::string& datasource, const ListQuery& query) {
  return ask_count(implementation_->store, query,
                   [&](const ListQuery& rest) { return requests::count(datasource, rest); });
}

JobStatus Client::cancel(const std::string& datasource, const std::string& job,
                         const std::string& client) {
  return implementation_->store.ask(requests::cancel(datasource, job, client));
}

LogPage Client::log(const std::string& datasource, const std::string& job,
                    const std::string& client, const LogQuery& query) {
  return implementation_->store.ask(requests::log(datasource, job, client, query));
}

Explanation Client::explain(const std::string& datasource, const std::string& job,
                            const std::string& client) {
  return implementation_->store.ask(requests::explain(datasource, job, client));
}

StoreStatus Client::store_status() { return implementation_->store.ask(requests::store_status()); }
StoreStats Client::store_stats() { return implementation_->store.ask(requests::store_stats()); }

}  // namespace jobq
