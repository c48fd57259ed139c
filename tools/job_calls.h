// One job, as the caller's token lets it be seen: its client's or, with --driver, a driver's.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "jobq/client.h"
#include "jobq/driver.h"
#include "options.h"

namespace tools {

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

  jobq::JobStatus status(const jobq::StatusOptions& wanted = {});
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

  const JobOptions options_;
  std::optional<jobq::Driver> driver_;  // or else
  std::optional<jobq::Client> client_;
};

// As JobCalls::wait. If standard error is a terminal, it shows how far the job is meanwhile.
[[nodiscard]] std::optional<jobq::JobStatus> wait_with_progress(JobCalls& calls,
                                                                jobq::Span timeout);

}  // namespace tools
