// Jobs that bring their code (docs/code.md): `--run-code` of `jobq work` and `jobq pool`.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "code_cache.h"
#include "options.h"
#include "run_job.h"

namespace tools {

void declare_run_code(Options& options, std::vector<std::string>& said);

// The label that a worker has which runs code of the runtime, and the function of its jobs that say
// none. Of an option's value, "python3" or "node=/usr/bin/nodejs".
[[nodiscard]] std::string label_of_runner(const std::string& said);

[[nodiscard]] bool is_run(const std::vector<std::string>& said, const std::string& function);

// Says on standard error, whatever is to be quiet, what this means. Throws UsageError for a value
// that names no runtime which there is a runner for.
void warn_of_run_code(const std::string& datasource, const std::vector<std::string>& said);

class CodeRunner {
 public:
  // Throws std::system_error.
  CodeRunner(const jobq::Connection& connection, const std::string& datasource,
             const std::vector<std::string>& said);

  // Of a job that names code: fetches and runs it. Any thread.
  [[nodiscard]] JobEnd run(const JobSetting& setting, const jobq::AcceptedJob& job,
                           const JobTalk& talk, RunningCommands& running);

 private:
  CodeCache cache_;
  std::map<std::string, FunctionFolder> runners_;  // by the runtime
};

}  // namespace tools
