// One job, as the caller's token lets it be seen: its client's or, with --driver, a driver's.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "jobq/client.h"
#include "jobq/driver.h"

namespace tools {

struct JobOptions {
  std::string datasource;
  std::string job;
  std::string client;
  bool as_driver = false;

  void declare(CLI::App* command);
};

// A flag that may say for how long: --wait, --wait=60s.
[[nodiscard]] std::string wait_flag();
// What it says; for ever when it says nothing or is not given.
[[nodiscard]] jobq::Span wait_of_option(const std::string& option, const std::string& text);

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
  std::variant<jobq::Client, jobq::Driver> calls_;
};

// As JobCalls::wait. If standard error is a terminal, it shows how far the job is meanwhile.
[[nodiscard]] std::optional<jobq::JobStatus> wait_with_progress(JobCalls& calls,
                                                                jobq::Span timeout);

}  // namespace tools
