#include "jobq/driver.h"

#include <optional>
#include <utility>

#include "calls.h"
#include "datasource_calls.h"
#include "job_calls.h"
#include "messages.h"

namespace jobq {
namespace {

// From this length on the store takes a number in a path for a time.
constexpr std::size_t kTimeDigitsMin = 12;

std::string base_of(const std::string& datasource) { return "/jobs/" + datasource; }

RequestPage ask_requests(StoreConnection& store, const std::string& path,
                         const StoreConnection::FillBody& fill = nothing) {
  return ask_for<RequestPage>(store, {.method = Method::GET, .path = path}, fill);
}

std::optional<RequestRecord> first_of(RequestPage page) {
  if (page.requests.empty()) {
    return std::nullopt;
  }
  return std::move(page.requests.front());
}

RequestPage ask_since(StoreConnection& store, const std::string& datasource,
                      const std::string& number, const RequestQuery& query) {
  return ask_requests(store, base_of(datasource) + "/since/" + number,
                      [&](RequestBody body) { wire::write(query, body.initListQuery()); });
}

}  // namespace

class Driver::Implementation {
 public:
  explicit Implementation(Connection connection) : store(std::move(connection)) {}

  // Calls `ask` with the request number for an accept by this worker (of this job, unless empty):
  // a new one, or that of the same accept if it ended without an answer, since the store may have
  // given leases under it.
  template <typename Ask>
  auto accept(const std::string& datasource, const std::string& worker, const std::string& job,
              const Ask& ask) {
    const bool is_repeated = unanswered_ && unanswered_->datasource == datasource &&
                             unanswered_->worker == worker && unanswered_->job == job;
    if (!is_repeated) {
      unanswered_ = {datasource, worker, job, next_number_++};
    }
    try {
      auto answer = ask(unanswered_->number);
      unanswered_.reset();
      return answer;
    } catch (const Refused&) {
      unanswered_.reset();
      throw;
    }
  }

  StoreConnection store;

 private:
  struct Unanswered {
    std::string datasource;
    std::string worker;
    std::string job;
    std::uint64_t number = 0;
  };

  std::uint64_t next_number_ = first_request_number();
  std::optional<Unanswered> unanswered_;
};

Driver::Driver(Connection connection)
    : implementation_(std::make_unique<Implementation>(std::move(connection))) {}
Driver::~Driver() = default;
Driver::Driver(Driver&&) noexcept = default;
Driver& Driver::operator=(Driver&&) noexcept = default;

std::vector<AcceptedJob> Driver::accept(const std::string& datasource, const AcceptQuery& query,
                                        std::vector<CancelRequest>* cancels) {
  StoreConnection& store = implementation_->store;
  Accepted accepted =
      implementation_->accept(datasource, query.worker, {}, [&](std::uint64_t number) {
        return ask_accept(store, datasource, query, number, store.options().patience);
      });
  if (cancels != nullptr) {
    *cancels = std::move(accepted.cancels);
  }
  return std::move(accepted.jobs);
}

AcceptedJob Driver::accept_one(const std::string& datasource, const std::string& job,
                               const std::string& worker, Span lease) {
  return implementation_->accept(datasource, worker, job, [&](std::uint64_t number) {
    const Outcome outcome{{job, 0}, AcceptOne{worker, number, lease}};
    UpdateResult result = ask_update(implementation_->store, datasource, {&outcome, 1}).front();
    if (result.code != 200) {
      throw Refused(result.code, result.error, result.retry_after);
    }
    return std::move(result.accepted).value();
  });
}

Renewal Driver::renew(const std::string& datasource, const RenewQuery& query) {
  return ask_renew(implementation_->store, datasource, query);
}

std::vector<UpdateResult> Driver::update(const std::string& datasource,
                                         const std::vector<Outcome>& outcomes) {
  return ask_update(implementation_->store, datasource, outcomes);
}

JobStatus Driver::status(const std::string& datasource, const std::string& job,
                         const StatusOptions& options) {
  return ask_status(implementation_->store, {base_of(datasource), job, {}}, {.options = options},
                    implementation_->store.options().patience);
}

JobPage Driver::list(const std::string& datasource, const ListQuery& query) {
  return ask_list(implementation_->store, base_of(datasource) + "/list", query);
}

std::uint64_t Driver::count(const std::string& datasource, const ListQuery& query) {
  return ask_count(implementation_->store, base_of(datasource) + "/count", query);
}

JobStatus Driver::cancel(const std::string& datasource, const std::string& job) {
  return ask_cancel(implementation_->store, {base_of(datasource), job, {}});
}

LogPage Driver::log(const std::string& datasource, const std::string& job, const LogQuery& query) {
  return ask_log(implementation_->store, {base_of(datasource), job, {}}, query);
}

Explanation Driver::explain(const std::string& datasource, const std::string& job) {
  return ask_explain(implementation_->store, {base_of(datasource), job, {}});
}

std::optional<RequestRecord> Driver::peek(const std::string& datasource,
                                          const std::vector<std::string>& functions) {
  return first_of(
      ask_requests(implementation_->store, base_of(datasource) + "/peek", [&](RequestBody body) {
        const auto count = static_cast<unsigned>(functions.size());
        wire::write_list(functions, body.initPeek().initFunctions(count));
      }));
}

std::optional<RequestRecord> Driver::latest(const std::string& datasource) {
  return first_of(ask_requests(implementation_->store, base_of(datasource) + "/latest"));
}

RequestPage Driver::since(const std::string& datasource, std::uint64_t cursor,
                          const RequestQuery& query) {
  return ask_since(implementation_->store, datasource, std::to_string(cursor), query);
}

RequestPage Driver::since(const std::string& datasource, Time time, const RequestQuery& query) {
  std::string number = std::to_string(wire::ms(time));
  if (number.size() < kTimeDigitsMin) {
    number.insert(0, kTimeDigitsMin - number.size(), '0');
  }
  return ask_since(implementation_->store, datasource, number, query);
}

DatasourceConfig Driver::config(const std::string& datasource) {
  return ask_config(implementation_->store, base_of(datasource) + "/config");
}

DatasourceConfig Driver::configure(const DatasourceConfig& config) {
  return ask_configure(implementation_->store, base_of(config.datasource) + "/config", config);
}

std::vector<DatasourceConfig> Driver::configs() {
  return ask_configs(implementation_->store, "/cat");
}

DatasourceStats Driver::stats(const std::string& datasource) {
  return ask_stats(implementation_->store, base_of(datasource) + "/stats");
}

std::vector<WorkerStatus> Driver::workers(const std::string& datasource) {
  return ask_workers(implementation_->store, base_of(datasource) + "/workers");
}

}  // namespace jobq
