// The jobs a worker holds leases of, from accept until the store has answered the outcome. The
// worker's threads meet here: one accepts, some run callbacks, one reports, one listens for
// cancels. Safe for all of them.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "interrupt_event.h"
#include "jobq/driver.h"
#include "speech.h"

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
  std::atomic<bool> is_cancel_requested = false;
  // The rest is guarded by HeldJobs.
  State state = State::kWaiting;
  // By this machine's clock, and not before the store's deadline.
  Clock::time_point until{};
  // When the lease ends however often it is renewed, by the store's clock; zero: never.
  Time end{};
  // The same by this machine's clock, once it is known.
  std::optional<Clock::time_point> local_end{};
  bool is_begun = false;        // a callback has seen it
  bool is_substituted = false;  // the store did not take the callback's own outcome
  Speech speech{};
  InterruptEvent interrupt{};
};

// To report in one message; outcomes[i] is of jobs[i].
struct Words {
  std::vector<HeldJob*> jobs;
  std::vector<Outcome> outcomes;
  std::vector<std::string> troubles;  // to be told
};

struct Expired {
  HeldJob* job;
  bool is_over;  // its end has come; else it was not renewed in time
};

class HeldJobs {
 public:
  explicit HeldJobs(const WorkerOptions& options)
      : threads_(options.threads),
        prefetch_(options.prefetch),
        left_(options.jobs_max == 0 ? UINT64_MAX : options.jobs_max) {}

  // The accepting thread.

  // Waits until it is time to ask for more jobs; returns how many, 0 once stopped.
  unsigned wait_for_room();
  // False when stopped before the time is over.
  bool wait_unless_stopped(Span span);
  void add(std::vector<AcceptedJob> jobs, Clock::time_point until);
  // Ends the jobs that no thread has begun with a Release. add() is not called again.
  // REQUIRES: stop() was called.
  void release_waiting();
  // Nothing is held, nor to be reported.
  bool is_idle() const;
  // At most `span`, and not when stopped.
  void wait_until_idle(Span span);

  // The callbacks' threads.

  // Waits for a job; nullptr once stopped.
  HeldJob* begin_next();
  void end(HeldJob& job, Outcome outcome);
  void say(HeldJob& job, Progress progress);
  void say(HeldJob& job, LogText line);
  bool is_interrupted(const HeldJob& job) const;
  // At most `span`; true when it is interrupted.
  bool wait_for_interrupt(const HeldJob& job, Span span);
  int interrupt_fd(HeldJob& job);

  // Any thread.

  void stop();      // no further job is begun
  void stop_now();  // the callbacks that run are told
  bool is_stopping() const { return is_stopping_; }
  void no_more_outcomes();  // end() is not called again
  void lose_all();
  // Tells the callback; ends a job that is not begun with Cancelled. A job that is not there yet
  // is told of when it comes.
  void request_cancel(const CancelRequest& cancel);

  // The listening thread.

  // Waits for a job that is not ended; false when no more outcomes are to come.
  bool wait_for_jobs();
  // At most `span`, and not when no more outcomes are to come.
  void pause_listening(Span span);

  // The reporting thread: the only one that forgets jobs, so that the pointers it was given stay
  // good while it talks to the store.

  // Waits for something to report, new ends of leases, the first end that is known, or until
  // `end`. False when all is reported and there will be no more.
  bool wait_for_words(Clock::time_point end);
  // Since when there are no more outcomes to come.
  std::optional<Clock::time_point> outcomes_complete_since() const;
  std::size_t outcomes_waiting() const;
  Words take_words();
  void put_back(HeldJob& job, Outcome outcome);
  void forget(const std::vector<HeldJob*>& jobs);
  // Those that wait or run.
  std::vector<HeldJob*> to_renew();
  void renewed(const std::vector<HeldJob*>& jobs, Clock::time_point until);
  void request_cancel(HeldJob& job);
  // A waiting job is left, the callback of a running one is told. False when that was done before,
  // or the callback has returned.
  bool lose(HeldJob& job);
  // True when an end that is known has come since expired() was called.
  bool has_end_come(Clock::time_point now) const;
  // Those whose lease must have run out.
  std::vector<Expired> expired(Clock::time_point now);
  // True when there are leases with an end that to_local was not asked for.
  bool take_has_new_ends();
  // `to_local` turns the store's time into this machine's.
  void set_ends(const std::function<Clock::time_point(Time)>& to_local);

 private:
  using Lock = std::unique_lock<std::mutex>;
  struct Unreported {
    HeldJob* job;
    Outcome outcome;
  };

  // All of these are called with mutex_ held.
  std::size_t room() const;
  void stop_beginning();
  bool has_outcome_to_report() const;
  bool is_at_work(const HeldJob& job) const;
  void end_unbegun(HeldJob& job, Outcome outcome);
  void cancel(HeldJob& job);
  void limit(HeldJob& job, Time end);
  void interrupt(HeldJob& job);
  // REQUIRES: the change leaves something to be said.
  void change_speech(HeldJob& job, const std::function<void(Speech&)>& change);
  void take_speech(HeldJob& job, Words& words);

  const std::size_t threads_;
  const std::size_t prefetch_;
  std::atomic<bool> is_stopping_ = false;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::condition_variable room_changed_;
  std::condition_variable job_added_;
  std::condition_variable word_added_;
  std::condition_variable listening_changed_;
  std::condition_variable interrupted_;
  std::unordered_map<const HeldJob*, std::unique_ptr<HeldJob>> jobs_;
  std::deque<HeldJob*> waiting_;
  std::size_t running_ = 0;
  std::uint64_t left_;  // callbacks that may still begin; it stops after the last one
  std::deque<Unreported> ended_;
  // Those that run and whose speech is not empty.
  std::deque<HeldJob*> speaking_;
  std::size_t speech_bytes_ = 0;
  Clock::time_point speech_due_{};
  // Cancels of jobs that are not here, perhaps not yet.
  std::deque<CancelRequest> early_cancels_;
  bool has_new_ends_ = false;
  // Not after the first local_end of a job at work.
  std::optional<Clock::time_point> next_end_;
  bool is_stopped_ = false;
  bool are_accepts_over_ = false;
  std::optional<Clock::time_point> no_more_outcomes_since_;
};

}  // namespace jobq
