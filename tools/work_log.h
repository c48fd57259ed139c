// What `jobq work` says of its jobs.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "jobq/driver.h"
#include "json_text.h"
#include "mutex.h"

namespace tools {

// What a worker writes on its standard error: one line for each attempt, and troubles.
// For all threads of a worker.
class WorkLog {
 public:
  // `is_quiet`: troubles only. `is_json`: the lines of attempts as JSON.
  WorkLog(bool is_quiet, bool is_json) : is_quiet_(is_quiet), is_json_(is_json) {}

  void trouble(const std::string& text);

  // Has the worker tell its troubles, and what the store answers, to this, which must outlive it.
  void follow(jobq::WorkerOptions& options);
  // Does the job by `run`, and returns what that does. Its line is written once the store has
  // answered.
  jobq::Result note(const jobq::Task& task, const std::function<jobq::Result()>& run);

 private:
  // `ended`: how the attempt had ended before.
  void answered(const jobq::Lease& lease, const jobq::UpdateResult& result,
                std::optional<jobq::Ending> ended);
  void write(Json& line, const jobq::UpdateResult& result, std::optional<jobq::Ending> ended);

  const bool is_quiet_;
  const bool is_json_;
  jobq::Mutex mutex_;
  std::map<std::string, Json> pending_ GUARDED_BY(mutex_);  // by job and attempt
};

}  // namespace tools
