#include "jobq/driver_requests.h"

#include <atomic>
#include <chrono>
#include <utility>

#include "datasource_requests.h"
#include "job_requests.h"
#include "messages.h"

namespace jobq {
namespace {

// One overload for each word, so that a new one does not compile without.
struct FillWord {
  protocol::Outcome::Builder out;

  void operator()(const Done& done) { out.setComplete(wire::text(done.response)); }
  void operator()(const JobError& error) { wire::write(error, out.initFail()); }
  void operator()(const Retry& retry) { wire::write(retry, out.initRetry()); }
  void operator()(const Release& release) { wire::write(release, out.initRelease()); }
  void operator()(const Forbid& forbid) { wire::write(forbid.error, out.initForbid()); }
  void operator()(const Cancelled&) { out.setCancelled(); }
  void operator()(const Progress& progress) { wire::write(progress, out.initProgress()); }
  void operator()(const Log& log) { wire::write(log, out.initLog()); }
  void operator()(const AcceptOne& accept) { wire::write(accept, out.initAccepted()); }
};

// From this length on the store takes a number in a path for a time.
constexpr std::size_t kTimeDigitsMin = 12;

std::string base_of(const std::string& datasource) {
  return "/jobs/" + datasource_part(datasource);
}

Request<RequestPage> since_request(const std::string& datasource, const std::string& number,
                                   const RequestQuery& query) {
  return request<RequestPage>(
      {.path = base_of(datasource) + "/since/" + number,
       .fill = [query](RequestBody body) { wire::write(query, body.initListQuery()); }});
}

}  // namespace

namespace {

WorkerOrder order_of(protocol::Reply::Reader reply) {
  const auto order = static_cast<WorkerOrder>(reply.getOrder());
  return order > WorkerOrder::kHalt ? WorkerOrder::kUnsaid : order;
}

}  // namespace

std::uint64_t next_request_number() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  static std::atomic<std::uint64_t> next = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now).count());
  return next++;
}

namespace driver_requests {

Request<Accepted> accept(const std::string& datasource, const AcceptQuery& query,
                         std::uint64_t number) {
  Question question{
      .method = Method::POST, .path = base_of(datasource) + "/accept", .held = query.wait};
  question.fill = [query, number](RequestBody body) {
    auto out = body.initAccept();
    out.setRequestNumber(number);
    wire::write(query, out);
  };
  return request<Accepted>(std::move(question), [](protocol::Reply::Reader reply) {
    return Accepted{.jobs = to_vector<AcceptedJob>(body_of(reply, Body::ACCEPTED).getAccepted()),
                    .cancels = to_vector<CancelRequest>(reply.getCancels()),
                    .order = order_of(reply)};
  });
}

Request<AcceptedJob> accept_one(const std::string& datasource, const std::string& job,
                                const std::string& worker, Span lease, std::uint64_t number) {
  const auto updated = update(datasource, {{{job, 0}, AcceptOne{worker, number, lease}}});
  return {updated.question, [read = updated.read](const ReplyReader& reply) {
            UpdateResult result = std::move(read(reply).front());
            if (result.code != 200) {
              throw Refused(result.code, result.error, result.retry_after);
            }
            return std::move(result.accepted).value();
          }};
}

Request<Renewal> renew(const std::string& datasource, RenewQuery query) {
  const std::size_t count = query.leases.size();
  Question question{
      .method = Method::POST, .path = base_of(datasource) + "/renew", .held = query.wait};
  question.fill = [query = std::move(query)](RequestBody body) {
    auto out = body.initRenew();
    wire::write(query, out);
    auto list = out.initLeases(static_cast<unsigned>(query.leases.size()));
    for (unsigned i = 0; i < list.size(); ++i) {  // a renewal needs no token
      wire::write(Lease{query.leases[i].job, query.leases[i].attempt, {}}, list[i]);
    }
  };
  return request<Renewal>(std::move(question), [count](protocol::Reply::Reader reply) {
    const auto list = items_of(reply, Body::RENEWED).getRenewed();
    require_size(list.size(), count);
    return Renewal{.results = to_vector<RenewResult>(list),
                   .cancels = to_vector<CancelRequest>(reply.getCancels()),
                   .order = order_of(reply)};
  });
}

Request<std::vector<UpdateResult>> update(const std::string& datasource,
                                          std::vector<Outcome> outcomes) {
  std::vector<bool> are_accepts;
  for (const Outcome& outcome : outcomes) {
    are_accepts.push_back(std::holds_alternative<AcceptOne>(outcome.report));
  }
  Question question{.method = Method::POST, .path = base_of(datasource) + "/update"};
  question.fill = [outcomes = std::move(outcomes)](RequestBody body) {
    auto list = body.initUpdate().initOutcomes(static_cast<unsigned>(outcomes.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      wire::write(outcomes[i].lease, list[i].initLease());
      std::visit(FillWord{list[i]}, outcomes[i].report);
      if (outcomes[i].checkpoint) {
        list[i].setCheckpoint(wire::text(*outcomes[i].checkpoint));
      }
      if (!outcomes[i].state.empty()) {
        wire::write_list(outcomes[i].state,
                         list[i].initState(static_cast<unsigned>(outcomes[i].state.size())));
      }
    }
  };
  return request<std::vector<UpdateResult>>(
      std::move(question), [are_accepts](protocol::Reply::Reader reply) {
        const auto list = items_of(reply, Body::UPDATED).getUpdated();
        require_size(list.size(), are_accepts.size());
        auto results = to_vector<UpdateResult>(list);
        for (std::size_t i = 0; i < results.size(); ++i) {
          if (are_accepts[i] && results[i].code == 200 && !results[i].accepted) {
            throw DamagedReply("accepted: is missing");
          }
        }
        return results;
      });
}

Request<StatePage> state(const std::string& datasource, const StateQuery& query) {
  return request<StatePage>(
      {.path = base_of(datasource) + "/state",
       .fill = [query](RequestBody body) { wire::write(query, body.initStateQuery()); }});
}

Request<StatePage> change_state(const std::string& datasource, const ChangeState& change) {
  return request<StatePage>(
      {.method = Method::POST,
       .path = base_of(datasource) + "/state",
       .fill = [change](RequestBody body) { wire::write(change, body.initChangeState()); }});
}

Request<JobStatus> status(const std::string& datasource, const std::string& job,
                          const StatusOptions& options) {
  return status_request({base_of(datasource), job, {}}, {.options = options});
}

Request<JobPage> list(const std::string& datasource, const ListQuery& query) {
  return list_request(base_of(datasource) + "/list", query);
}

Request<JobCount> count(const std::string& datasource, const ListQuery& query) {
  return count_request(base_of(datasource) + "/count", query);
}

Request<JobStatus> cancel(const std::string& datasource, const std::string& job) {
  return cancel_request({base_of(datasource), job, {}});
}

Request<LogPage> log(const std::string& datasource, const std::string& job, const LogQuery& query) {
  return log_request({base_of(datasource), job, {}}, query);
}

Request<Explanation> explain(const std::string& datasource, const std::string& job) {
  return explain_request({base_of(datasource), job, {}});
}

Request<RequestPage> peek(const std::string& datasource,
                          const std::vector<std::string>& functions) {
  return request<RequestPage>(
      {.path = base_of(datasource) + "/peek", .fill = [functions](RequestBody body) {
         const auto count = static_cast<unsigned>(functions.size());
         wire::write_list(functions, body.initPeek().initFunctions(count));
       }});
}

Request<RequestPage> latest(const std::string& datasource) {
  return request<RequestPage>({.path = base_of(datasource) + "/latest"});
}

Request<RequestPage> since(const std::string& datasource, std::uint64_t cursor,
                           const RequestQuery& query) {
  return since_request(datasource, std::to_string(cursor), query);
}

Request<RequestPage> since(const std::string& datasource, Time time, const RequestQuery& query) {
  std::string number = std::to_string(wire::ms(time));
  if (number.size() < kTimeDigitsMin) {
    number.insert(0, kTimeDigitsMin - number.size(), '0');
  }
  return since_request(datasource, number, query);
}

Request<DatasourceConfig> config(const std::string& datasource) {
  return config_request(base_of(datasource) + "/config");
}

Request<DatasourceConfig> configure(const DatasourceConfig& config) {
  return configure_request(base_of(config.datasource) + "/config", config);
}

Request<DatasourceConfig> register_datasource(const DatasourceConfig& config) {
  return configure_request("/cat", config);
}

Request<std::vector<DatasourceConfig>> configs() { return configs_request("/cat"); }

Request<DatasourceStats> stats(const std::string& datasource) {
  return stats_request(base_of(datasource) + "/stats");
}

Request<std::vector<WorkerStatus>> workers(const std::string& datasource) {
  return workers_request(base_of(datasource) + "/workers");
}

Request<HistoryPage> history(const std::string& datasource, const HistoryQuery& query) {
  return history_request(base_of(datasource) + "/history", query);
}

}  // namespace driver_requests
}  // namespace jobq
