// Somebody who watches, and writes down what he is told.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "jobq/watch.h"
#include "journal.h"

namespace watch {

class Watcher {
 public:
  // `gives_up`: now and then starts a new life from the cursor it has saved.
  Watcher(jobq::Connection connection, jobq::WatchScope scope, std::string status_endpoint,
          std::uint64_t seed, bool gives_up);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // Waits until it has heard of everything up to `sequence`. Throws what has ended it before. Then
  // nothing below changes any more.
  void finish(std::uint64_t sequence);

  const std::vector<SeenEvent>& events() const { return events_; }
  // Of jobs that were live when it began.
  const std::map<std::string, unsigned>& statuses_before() const { return statuses_before_; }
  // Where events begin.
  std::uint64_t first_cursor() const { return first_cursor_; }
  const jobq::WatchCounters& counters() const { return counters_; }

 private:
  void run(std::uint64_t seed);
  void note(const jobq::WatchNews& news);

  const jobq::Connection connection_;
  const jobq::WatchScope scope_;
  const std::string status_endpoint_;
  const bool gives_up_;
  std::atomic<bool> stops_{false};
  std::atomic<std::uint64_t> cursor_{0};
  std::exception_ptr failure_;
  std::atomic<bool> has_ended_{false};
  std::vector<SeenEvent> events_;
  std::map<std::string, unsigned> statuses_before_;
  std::uint64_t first_cursor_ = 0;
  bool has_snapshot_ = false;
  jobq::WatchCounters counters_;
  std::thread thread_;
};

}  // namespace watch
