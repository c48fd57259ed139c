// Workers of functions that are folders, as many as there is work for, started and ended.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "connection_options.h"
#include "jobq/limits.h"
#include "jobq/worker.h"
#include "machine.h"
#include "shell_command.h"

namespace tools {

struct PoolOptions {
  std::string datasource;
  std::vector<std::string> directories;
  std::vector<std::string> labels;
  std::vector<std::string> run_code;  // run_code.h
  unsigned min = 1;
  unsigned max = std::max(1u, std::thread::hardware_concurrency());
  jobq::Span idle = std::chrono::seconds(10);
  jobq::Span lease = jobq::WorkerOptions().lease;
  jobq::Span kill_after = CommandLimits().grace;
  MachineLimits machine;
  unsigned force_priority = jobq::limits::kPriorityMax;
  bool shows = false;
  bool quiet = false;
};

// Until a signal ends it; returns the exit code. REQUIRES: there is no other thread yet.
int run_pool(const PoolOptions& options, const ConnectionOptions& common);

}  // namespace tools
