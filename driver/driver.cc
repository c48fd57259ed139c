#include "jobq/driver.h"

#include <optional>
#include <utility>

#include "calls.h"
#include "messages.h"

namespace jobq {

using protocol::Method;

class Driver::Implementation {
 public:
  explicit Implementation(Connection connection) : store_(std::move(connection)) {}

  std::vector<AcceptedJob> accept(const std::string& datasource, const AcceptQuery& query);
  JobStatus status(const std::string& datasource, const std::string& job);
  JobPage list(const std::string& datasource, const ListQuery& query);
  StoreConnection& store() { return store_; }

 private:
  // An accept that ended without an answer: the store may have given leases under its number.
  struct Unanswered {
    std::string datasource;
    std::string worker;
    std::uint64_t number = 0;
  };

  StoreConnection store_;
  std::uint64_t next_number_ = first_request_number();
  std::optional<Unanswered> unanswered_;
};

std::vector<AcceptedJob> Driver::Implementation::accept(const std::string& datasource,
                                                        const AcceptQuery& query) {
  const bool is_repeated =
      unanswered_ && unanswered_->datasource == datasource && unanswered_->worker == query.worker;
  if (!is_repeated) {
    unanswered_ = {datasource, query.worker, next_number_++};
  }
  try {
    auto jobs =
        ask_accept(store_, datasource, query, unanswered_->number, store_.options().patience);
    unanswered_.reset();
    return jobs;
  } catch (const Refused&) {
    unanswered_.reset();
    throw;
  }
}

JobStatus Driver::Implementation::status(const std::string& datasource, const std::string& job) {
  JobStatus status;
  store_.ask(
      {.method = Method::GET, .path = "/jobs/" + datasource + "/job/" + job + "/"},
      [&](protocol::Request::Body::Builder body) { body.initJobQuery().setJob(to_text(job)); },
      [&](protocol::Reply::Reader reply) { status = job_of(reply); });
  return status;
}

JobPage Driver::Implementation::list(const std::string& datasource, const ListQuery& query) {
  JobPage page;
  store_.ask(
      {.method = Method::GET, .path = "/jobs/" + datasource + "/list"},
      [&](protocol::Request::Body::Builder body) { fill(body.initListQuery(), query); },
      [&](protocol::Reply::Reader reply) { page = page_of(reply); });
  return page;
}

Driver::Driver(Connection connection)
    : implementation_(std::make_unique<Implementation>(std::move(connection))) {}
Driver::~Driver() = default;
Driver::Driver(Driver&&) noexcept = default;
Driver& Driver::operator=(Driver&&) noexcept = default;

std::vector<AcceptedJob> Driver::accept(const std::string& datasource, const AcceptQuery& query) {
  return implementation_->accept(datasource, query);
}

std::vector<Time> Driver::renew(const std::string& datasource, const std::vector<Lease>& leases,
                                Span lease) {
  return ask_renew(implementation_->store(), datasource, leases, lease);
}

std::vector<UpdateResult> Driver::update(const std::string& datasource,
                                         const std::vector<Outcome>& outcomes) {
  return ask_update(implementation_->store(), datasource, outcomes);
}

JobStatus Driver::status(const std::string& datasource, const std::string& job) {
  return implementation_->status(datasource, job);
}

JobPage Driver::list(const std::string& datasource, const ListQuery& query) {
  return implementation_->list(datasource, query);
}

}  // namespace jobq
