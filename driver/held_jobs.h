// The jobs a worker holds leases of, from accept until the store has answered the outcome. The
// worker's threads meet here: one accepts, some run callbacks, one reports. Safe for all of them.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "jobq/driver.h"

namespace jobq {

using Clock = std::chrono::steady_clock;

struct HeldJob {
  enum class State {
    kWaiting,  // for a thread
    kRunning,  // its callback
    kEnded,    // the store has not answered the outcome yet
    kLeft,     // to its lease, not to be worked on
  };
  const AcceptedJob job;
  std::atomic<bool> is_lost = false;
  // The rest is guarded by HeldJobs.
  State state = State::kWaiting;
  // By this machine's clock, and not before the store's deadline.
  Clock::time_point until{};
  bool is_substituted = false;  // the store did not take the callback's own outcome
};

// Outcomes to report in one message; outcomes[i] is of jobs[i].
struct Ended {
  std::vector<HeldJob*> jobs;
  std::vector<Outcome> outcomes;
};

class HeldJobs {
 public:
  HeldJobs(unsigned threads, unsigned prefetch) : threads_(threads), prefetch_(prefetch) {}

  // The accepting thread.

  // Waits until it is time to ask for more jobs; returns how many, 0 once stopped.
  unsigned wait_for_room();
  // False when stopped before the time is over.
  bool wait_unless_stopped(Span span);
  void add(std::vector<AcceptedJob> jobs, Clock::time_point until);
  // Takes back the jobs that no thread has begun; returns how many threads are free.
  unsigned leave_waiting();

  // The callbacks' threads.

  // Waits for a job; nullptr when there will be none any more.
  HeldJob* begin_next();
  void end(HeldJob& job, Outcome outcome);

  // Any thread.

  void stop_accepting();
  void no_more_jobs();      // add() is not called again
  void no_more_outcomes();  // end() is not called again
  void lose_all();

  // The reporting thread: the only one that forgets jobs, so that the pointers it was given stay
  // good while it talks to the store.

  // Waits for an outcome, or until `end`. False when all is reported and there will be no more.
  bool wait_for_outcomes(Clock::time_point end);
  // Since when there are no more outcomes to come.
  std::optional<Clock::time_point> outcomes_complete_since() const;
  std::size_t outcomes_waiting() const;
  Ended take_ended();
  void put_back(HeldJob& job, Outcome outcome);
  void forget(const std::vector<HeldJob*>& jobs);
  // Those that wait or run.
  std::vector<HeldJob*> to_renew();
  void renewed(const std::vector<HeldJob*>& jobs, Clock::time_point until);
  // A waiting job is left, the callback of a running one is told. False when that was done before.
  bool lose(HeldJob& job);
  // Those whose lease must have run out.
  std::vector<HeldJob*> expired(Clock::time_point now) const;

 private:
  std::size_t room() const;

  const std::size_t threads_;
  const std::size_t prefetch_;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::condition_variable room_changed_;
  std::condition_variable job_added_;
  std::condition_variable outcome_added_;
  std::unordered_map<const HeldJob*, std::unique_ptr<HeldJob>> jobs_;
  std::deque<HeldJob*> waiting_;
  std::size_t running_ = 0;
  struct Unreported {
    HeldJob* job;
    Outcome outcome;
  };
  std::deque<Unreported> ended_;
  bool is_stopped_ = false;
  bool no_more_jobs_ = false;
  std::optional<Clock::time_point> no_more_outcomes_since_;
};

}  // namespace jobq
