// A worker in front of a fake queue, and what its callbacks heard.
#pragma once

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fake_queue.h"
#include "jobq/driver.h"

using jobq::Result;
using Which = protocol::Outcome::Which;

inline Result echo(const jobq::Task& task) { return jobq::Done{task.request()}; }

// Opens once, for any number of threads.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    opened_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return opened_.wait_for(lock, kForEver, [&] { return is_open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool is_open_ = false;
};

// What the worker's callbacks were told.
class Heard {
 public:
  void add(const std::string& line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
    changed_.notify_all();
  }
  bool wait_for(const std::string& part, std::size_t count = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kForEver, [&] { return count_unlocked(part) >= count; });
  }
  std::size_t count(const std::string& part) {
    const std::lock_guard lock(mutex_);
    return count_unlocked(part);
  }

 private:
  std::size_t count_unlocked(const std::string& part) const {
    return static_cast<std::size_t>(std::count_if(
        lines_.begin(), lines_.end(),
        [&](const std::string& line) { return line.find(part) != std::string::npos; }));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

struct WorkerFixture {
  TemporaryDirectory directory;
  FakeQueue queue{directory.endpoint()};
  Heard trouble;
  Heard outcomes;  // "<job> <code>", and how it had ended
  jobq::WorkerOptions options{.datasource = "scan",
                              .name = "w",
                              .on_trouble = [this](const std::string& line) { trouble.add(line); },
                              .on_outcome =
                                  [this](const jobq::Lease& lease, const jobq::UpdateResult& r,
                                         std::optional<jobq::Ending> ended) {
                                    outcomes.add(lease.job + " " + std::to_string(r.code) +
                                                 (ended ? " " : "") +
                                                 (ended ? std::string(to_string(*ended)) : ""));
                                  }};
  jobq::Connection connection = quick_connection(directory.endpoint());
  // For the callbacks; here, because they may run until the worker is gone.
  Gate begun;
  Gate gate;
  std::atomic<int> runs = 0;
  std::atomic<bool> was_lost = false;
  std::unique_ptr<jobq::Worker> worker;
  std::future<void> running;

  ~WorkerFixture() {
    gate.open();
    worker.reset();
  }

  void start(jobq::RunJob run_job) {
    worker = std::make_unique<jobq::Worker>(connection, options, std::move(run_job));
    running = std::async(std::launch::async, [run = worker.get()] { run->run(); });
  }
  // The callback waits for the gate.
  void start_gated() {
    start([this](const jobq::Task& task) {
      ++runs;
      begun.open();
      gate.wait();
      return echo(task);
    });
  }
  // The callback waits to be cancelled.
  void start_cancellable() {
    start([this](const jobq::Task& task) -> Result {
      begun.open();
      return task.wait_for_interrupt(kForEver) && task.cancel_requested()
                 ? Result(jobq::Cancelled{})
                 : echo(task);
    });
  }
  // Rethrows what run() threw.
  void stop() {
    worker->stop();
    wait_for_end();
  }
  void stop_after(const std::string& outcome, std::size_t count = 1) {
    REQUIRE(outcomes.wait_for(outcome, count));
    stop();
  }
  void wait_for_end() {
    if (running.wait_for(kForEver) != std::future_status::ready) {
      std::fputs("run() does not return\n", stderr);
      std::abort();  // its thread cannot be ended otherwise
    }
    running.get();
  }
  bool wait_for_outcomes(std::size_t count) {
    return queue.wait_until([&](const auto& seen) { return seen.outcomes().size() >= count; });
  }
  // Words of one kind.
  bool wait_for_words(Which which, std::size_t count) {
    return queue.wait_until([&](const auto& seen) { return seen.words(which).size() >= count; });
  }
  bool wait_for_questions(std::size_t count) {
    return queue.wait_until([&](const auto& seen) { return seen.questions.size() >= count; });
  }
  bool wait_for_accepts(std::size_t count) {
    return queue.wait_until([&](const auto& seen) { return seen.accepts.size() >= count; });
  }
};

inline std::vector<std::string> names(const std::string& prefix, int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    names.push_back(prefix + std::to_string(i));
  }
  return names;
}
