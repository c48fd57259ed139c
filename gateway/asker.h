// A user at a datasource: with which token, and on which paths, the store is asked for one.
#pragma once

#include <string>

#include "job_requests.h"
#include "jobq/admin_requests.h"
#include "refusal.h"
#include "store_calls.h"
#include "text_rules.h"
#include "user_file.h"

namespace gateway {

class Asker {
 public:
  // `name`: whose client's name its jobs have where its token says none.
  Asker(std::string name, tools::UserRights rights)
      : name_(std::move(name)), rights_(std::move(rights)) {}

  const std::string& name() const { return name_; }
  const std::string& datasource() const { return rights_.datasource; }

  // A user that the file gives none such is refused (403).
  const std::string& client_token() const { return checked(rights_.client, "client"); }
  const std::string& driver_token() const { return checked(rights_.driver, "driver"); }
  const std::string& operator_token() const { return checked(rights_.operators, "operator"); }

  // Whoever has a driver's token sees everybody's jobs.
  bool sees_all() const { return !rights_.driver.empty(); }
  // Whoever sees the user's jobs, and all others where the file says that these are to be shown
  // without their names.
  Asker looking() const {
    if (sees_all() || rights_.look.empty()) return *this;
    return {name_, {.datasource = rights_.datasource, .driver = rights_.look}};
  }
  const std::string& token() const { return sees_all() ? driver_token() : client_token(); }
  std::string base() const { return (sees_all() ? "/jobs/" : "/") + rights_.datasource; }
  std::string list_path() const { return base() + (sees_all() ? "/list" : "/job/list"); }
  std::string client() const { return sees_all() ? std::string() : name_; }
  // Throws Refusal where the id is none.
  jobq::JobAddress address(const std::string& job) const {
    const std::string wrong = jobq::wrong_with_job_id(job);
    if (!wrong.empty()) throw Refusal(400, "job", wrong);
    return {base(), job, client()};
  }

  kj::Promise<jobq::Answer<jobq::JobStatus>> ask_status(StoreCalls& calls, const std::string& job,
                                                        const jobq::StatusQuery& query = {}) const {
    return calls.ask(jobq::status_request(address(job), query), token(), query.held);
  }
  // Refused to who may edit jobs alone, whose token would cover removals and restarts too: the
  // paths of a job have one beginning.
  kj::Promise<jobq::Answer<jobq::DatasourceConfig>> ask_is_operator(StoreCalls& calls) const {
    return calls.ask(jobq::admin_requests::config(datasource()), operator_token());
  }
  // One that waits goes as it is; of one that runs a worker would not know (409).
  kj::Promise<jobq::Answer<jobq::JobStatus>> ask_remove(StoreCalls& calls,
                                                        const jobq::JobStatus& job) const {
    const bool waits = !jobq::is_final(job.status) && job.status != jobq::Status::kAccepted;
    return calls.ask(jobq::admin_requests::remove(datasource(), job.job, waits), operator_token());
  }

 private:
  const std::string& checked(const std::string& token, const char* kind) const {
    if (!token.empty()) return token;
    throw Refusal(403, "",
                  "the user has no " + std::string(kind) + "'s token for " + rights_.datasource);
  }

  const std::string name_;
  const tools::UserRights rights_;
};

}  // namespace gateway
