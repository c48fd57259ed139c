// What commands have in common that ask as the caller's token lets them: a client or an operator,
// or with --driver a driver.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "jobq/client.h"
#include "jobq/driver.h"
#include "jobq/limits.h"
#include "options.h"
#include "time_text.h"

namespace tools {

struct DatasourceOptions {
  std::string datasource;

  void declare(Options& options) { options.datasource("DSID", datasource, "Datasource"); }
};

// Of a query for jobs.
void declare_filter(Options& options, auto& query) {
  options.text("--client NAME", query.client, "Only of this client");
  options.text("--function NAME", query.function, "Only with this function");
  options.text("--tag NAME", query.tag, "Only with this tag");
}

// How long a list may be.
struct ListLength {
  std::uint64_t limit = jobq::limits::kListLimitDefault;
  bool all = false;

  void declare(Options& options) {
    options.count("--limit N", limit, "At most so many; default: 100");
    options.flag("--all", all, "To the end, however many");
  }
  [[nodiscard]] std::uint64_t most() const { return all ? UINT64_MAX : limit; }
};

// Calls `ask` with a driver, or with whoever asks otherwise.
template <class Otherwise, class Ask>
auto ask_as(bool as_driver, const jobq::Connection& connection, const Ask& ask) {
  return as_driver ? ask(jobq::Driver(connection)) : ask(Otherwise(connection));
}

// The store's clock, as far ahead of this one as it was at the start.
class StoreClock {
 public:
  explicit StoreClock(const jobq::Connection& connection) {
    const jobq::Time asked = system_now();
    ahead_ = jobq::Client(connection).store_status().now - asked;
  }
  [[nodiscard]] jobq::Time now() const { return system_now() + ahead_; }

 private:
  jobq::Span ahead_{};
};

// One job.
struct JobOptions {
  std::string datasource;
  std::string job;
  std::string client;
  bool as_driver = false;

  void declare(Options& options);
  // --client and --driver alone.
  void declare_caller(Options& options, const char* driver_about);
};

class JobCalls {
 public:
  JobCalls(const JobOptions& options, const jobq::Connection& connection);

  // What is called next is about another job.
  void go_on_with(const std::string& job) { options_.job = job; }

  jobq::JobStatus status(const jobq::StatusOptions& wanted = {});
  // Of the datasource, whatever the job; `query.client` as the options say.
  jobq::JobPage list(jobq::ListQuery query);
  jobq::JobStatus cancel();
  jobq::LogPage log(const jobq::LogQuery& query);
  jobq::Explanation explain();

  // Waits until the job is final, at most `timeout`, and returns it as it is then. Calls `changed`
  // with the job as it is first and after its changes; several that come close together may be
  // one call. A store that is away counts as waiting, unless it was so from the start.
  std::optional<jobq::JobStatus> follow(jobq::Span timeout,
                                        const std::function<void(const jobq::JobStatus&)>& changed);

  // The same without looking at what happens on the way.
  std::optional<jobq::JobStatus> wait(jobq::Span timeout);

 private:
  jobq::JobStatus next_change(std::uint64_t seen, jobq::Span wait_max);

  JobOptions options_;
  std::optional<jobq::Driver> driver_;  // or else
  std::optional<jobq::Client> client_;
};

// As JobCalls::wait. If standard error is a terminal, it shows how far the job is meanwhile.
[[nodiscard]] std::optional<jobq::JobStatus> wait_with_progress(JobCalls& calls,
                                                                jobq::Span timeout);

}  // namespace tools
