// One job done by a command: how it is told of the job, and what it tells while it runs.
#pragma once

#include <functional>
#include <string>

#include "function_folder.h"
#include "jobq/driver.h"
#include "shell_command.h"

namespace tools {

// Of the worker, the same for all jobs.
struct JobSetting {
  std::string datasource{};
  // For the command's own calls: where the store is and how it is known, which is no secret.
  std::string endpoint{};
  std::string server_key{};
  bool shows = false;        // what the command says is told here too
  bool logs_errors = false;  // what the command says otherwise on standard error goes to the log
  CommandLimits limits{};
};

// Where what the command tells goes, and what may end it, on the thread that runs it.
struct JobTalk {
  std::function<void(double value, std::string message)> progress{};
  std::function<void(jobq::LogLevel level, std::string text)> log{};
  std::function<void(jobq::StateChange change)> change_state{};  // may throw std::length_error
  std::function<void(std::string text)> leave_checkpoint{};
  // As CommandWatch's.
  std::function<StopReason()> must_stop{};
  int wake_fd = -1;
};

struct JobEnd {
  jobq::Result word{};
  std::string cannot_be_run{};  // not empty: why; no other job would fare better
};

// Runs the folder's command for the job, or gives it to the one that runs in this thread already,
// and waits until it is done.
// `code`: the file with the code that the job names, for a command that runs it; empty: it names
// none.
[[nodiscard]] JobEnd run_job(const JobSetting& setting, const FunctionFolder& folder,
                             const jobq::AcceptedJob& job, const JobTalk& talk,
                             RunningCommands& running, const std::string& code = {});

}  // namespace tools
