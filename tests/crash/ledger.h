// What the store has acknowledged, as its clients and workers remember it. Thread-safe. What can be
// seen to be wrong at once is noted as an error; the rest is compared at the end.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace wire {

class Ledger {
 public:
  using Attempt = std::pair<std::string, std::uint32_t>;  // job, number

  // The store took these jobs.
  void taken(const std::vector<std::string>& jobs);
  // The store gave this attempt to that worker.
  void given(const Attempt& attempt, const std::string& worker);
  // The store acknowledged, or refused, that this attempt completed the job.
  void completed(const Attempt& attempt);
  void refused(const Attempt& attempt);
  void error(const std::string& what);

  // Waits until so many more acknowledgements have been noted, or an error.
  void wait_for_progress(std::uint64_t more);
  bool has_errors();

  // REQUIRES: nobody writes any more.
  const std::set<std::string>& all_taken() const { return taken_; }
  const std::map<std::string, std::uint32_t>& all_completed() const { return completed_; }
  const std::set<Attempt>& all_refused() const { return refused_; }
  const std::vector<std::string>& errors() const { return errors_; }

 private:
  void note_progress(std::uint64_t more);

  std::mutex mutex_;
  std::condition_variable progress_made_;
  std::uint64_t progress_ = 0;
  std::set<std::string> taken_;
  std::map<Attempt, std::string> given_;
  std::map<std::string, std::uint32_t> completed_;
  std::set<Attempt> refused_;
  std::vector<std::string> errors_;
};

// What a worker answers for an attempt: tells afterwards which attempt finished the job.
std::string response_of(const Ledger::Attempt& attempt);

}  // namespace wire
