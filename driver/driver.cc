#include "jobq/driver.h"

#include <optional>
#include <utility>

#include "connection.h"
#include "job_requests.h"
#include "jobq/driver_requests.h"

namespace jobq {
namespace {

std::optional<RequestRecord> first_of(RequestPage page) {
  if (page.requests.empty()) {
    return std::nullopt;
  }
  return std::move(page.requests.front());
}

}  // namespace

class Driver::Implementation {
 public:
  explicit Implementation(Connection connection) : store(std::move(connection)) {}

  // The answer to an accept by this worker (of this job, unless empty), which `make` makes with a
  // number: a new one, or that of the same accept if it ended without an answer, since the store
  // may have given leases under it.
  template <typename Make>
  auto accept(const std::string& datasource, const std::string& worker, const std::string& job,
              const Make& make) {
    const bool is_repeated = unanswered_ && unanswered_->datasource == datasource &&
                             unanswered_->worker == worker && unanswered_->job == job;
    if (!is_repeated) {
      unanswered_ = {datasource, worker, job, next_request_number()};
    }
    try {
      auto answer = store.ask(make(unanswered_->number));
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

  std::optional<Unanswered> unanswered_;
};

Driver::Driver(Connection connection)
    : implementation_(std::make_unique<Implementation>(std::move(connection))) {}
Driver::~Driver() = default;
Driver::Driver(Driver&&) noexcept = default;
Driver& Driver::operator=(Driver&&) noexcept = default;

std::vector<AcceptedJob> Driver::accept(const std::string& datasource, const AcceptQuery& query,
                                        std::vector<CancelRequest>* cancels) {
  Accepted accepted = implementation_->accept(
      datasource, query.worker, {},
      [&](std::uint64_t number) { return driver_requests::accept(datasource, query, number); });
  if (cancels != nullptr) {
    *cancels = std::move(accepted.cancels);
  }
  return std::move(accepted.jobs);
}

AcceptedJob Driver::accept_one(const std::string& datasource, const std::string& job,
                               const std::string& worker, Span lease) {
  return implementation_->accept(datasource, worker, job, [&](std::uint64_t number) {
    return driver_requests::accept_one(datasource, job, worker, lease, number);
  });
}

StatePage Driver::state(const std::string& datasource, const StateQuery& query) {
  return implementation_->store.ask(driver_requests::state(datasource, query));
}

StateOfFunction Driver::change_state(const std::string& datasource, const ChangeState& change) {
  StatePage page = implementation_->store.ask(driver_requests::change_state(datasource, change));
  return page.states.empty() ? StateOfFunction{.function = change.function}
                             : std::move(page.states.front());
}

Renewal Driver::renew(const std::string& datasource, const RenewQuery& query) {
  return implementation_->store.ask(driver_requests::renew(datasource, query));
}

std::vector<UpdateResult> Driver::update(const std::string& datasource,
                                         const std::vector<Outcome>& outcomes) {
  return implementation_->store.ask(driver_requests::update(datasource, outcomes));
}

JobStatus Driver::status(const std::string& datasource, const std::string& job,
                         const StatusOptions& options) {
  return implementation_->store.ask(driver_requests::status(datasource, job, options));
}

JobPage Driver::list(const std::string& datasource, const ListQuery& query) {
  return ask_list(implementation_->store, query,
                  [&](const ListQuery& part) { return driver_requests::list(datasource, part); });
}

std::uint64_t Driver::count(const std::string& datasource, const ListQuery& query) {
  return ask_count(implementation_->store, query,
                   [&](const ListQuery& rest) { return driver_requests::count(datasource, rest); });
}

JobStatus Driver::cancel(const std::string& datasource, const std::string& job) {
  return implementation_->store.ask(driver_requests::cancel(datasource, job));
}

LogPage Driver::log(const std::string& datasource, const std::string& job, const LogQuery& query) {
  return implementation_->store.ask(driver_requests::log(datasource, job, query));
}

Explanation Driver::explain(const std::string& datasource, const std::string& job) {
  return implementation_->store.ask(driver_requests::explain(datasource, job));
}

std::optional<RequestRecord> Driver::peek(const std::string& datasource,
                                          const std::vector<std::string>& functions) {
  return first_of(implementation_->store.ask(driver_requests::peek(datasource, functions)));
}

std::optional<RequestRecord> Driver::latest(const std::string& datasource) {
  return first_of(implementation_->store.ask(driver_requests::latest(datasource)));
}

RequestPage Driver::since(const std::string& datasource, std::uint64_t cursor,
                          const RequestQuery& query) {
  return implementation_->store.ask(driver_requests::since(datasource, cursor, query));
}

RequestPage Driver::since(const std::string& datasource, Time time, const RequestQuery& query) {
  return implementation_->store.ask(driver_requests::since(datasource, time, query));
}

DatasourceConfig Driver::config(const std::string& datasource) {
  return implementation_->store.ask(driver_requests::config(datasource));
}

DatasourceConfig Driver::configure(const DatasourceConfig& config) {
  return implementation_->store.ask(driver_requests::configure(config));
}

DatasourceConfig Driver::register_datasource(const DatasourceConfig& config) {
  return implementation_->store.ask(driver_requests::register_datasource(config));
}

std::vector<DatasourceConfig> Driver::configs() {
  return implementation_->store.ask(driver_requests::configs());
}

DatasourceStats Driver::stats(const std::string& datasource) {
  return implementation_->store.ask(driver_requests::stats(datasource));
}

std::vector<WorkerStatus> Driver::workers(const std::string& datasource) {
  return implementation_->store.ask(driver_requests::workers(datasource));
}

HistoryPage Driver::history(const std::string& datasource, const HistoryQuery& query) {
  return implementation_->store.ask(driver_requests::history(datasource, query));
}

}  // namespace jobq
