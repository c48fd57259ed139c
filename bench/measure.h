// Threads that work for a time, and what that cost the store.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "jobq/client.h"
#include "store_process.h"

namespace bench {

using SteadyClock = std::chrono::steady_clock;

inline double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// Runs `work(index, stop)` on so many threads for the time asked; the first exception is rethrown.
template <typename Work>
void run_threads(unsigned count, unsigned seconds, const Work& work) {
  std::atomic<bool> stop = false;
  std::exception_ptr failure;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      try {
        work(i, stop);
      } catch (...) {
        const std::lock_guard lock(mutex);
        failure = std::current_exception();
        stop = true;
      }
    });
  }
  const auto start = SteadyClock::now();
  while (!stop && seconds_since(start) < seconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  stop = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
}

// What a run cost the store, from its own counters and the kernel's.
class Costs {
 public:
  Costs(StoreProcess& store) : store_(store), client_(store.connection({"path = /admin/*"})) {
    usage_ = store_.usage();
    stats_ = client_.store_stats();
    start_ = SteadyClock::now();
  }

  void print(const std::string& name, const char* what, unsigned batch, std::uint64_t count) {
    const double seconds = seconds_since(start_);
    const Usage usage = store_.usage();
    const jobq::StoreStats stats = client_.store_stats();
    const double n = std::max(1.0, static_cast<double>(count));
    const auto per_job = [n](std::uint64_t after, std::uint64_t before) {
      return static_cast<double>(after - before) / n;
    };
    fmt::print(
        "{:<8}{:>6}{:>12.0f} {}/s{:>11.2f}{:>10.3f}{:>10.0f}{:>9.0f}{:>9.0f}{:>9.0f}{:>9.0f}\n",
        name, batch, static_cast<double>(count) / seconds, what,
        1e6 * (usage.cpu_s - usage_.cpu_s) / n, per_job(stats.syncs, stats_.syncs),
        per_job(usage.bytes_to_disk, usage_.bytes_to_disk),
        per_job(stats.journal_bytes, stats_.journal_bytes),
        per_job(stats.derived_bytes, stats_.derived_bytes),
        per_job(stats.flush_bytes, stats_.flush_bytes),
        per_job(stats.compaction_bytes, stats_.compaction_bytes));
    std::fflush(stdout);
  }

 private:
  StoreProcess& store_;
  jobq::Client client_;
  Usage usage_;
  jobq::StoreStats stats_;
  SteadyClock::time_point start_;
};

inline void print_header() {
  fmt::print("{:<8}{:>6}{:>12}    {:>13}{:>10}{:>10}{:>9}{:>9}{:>9}{:>9}\n", "", "batch", "rate",
             "CPU ms/1000", "syncs/job", "disk B/job", "journal", "derived", "flush", "compact");
}

}  // namespace bench
