// The jobs a worker holds leases of, from accept until the store has answered the outcome: where
// the threads that run callbacks and the worker's loop meet. Safe for all of them.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "interrupt_event.h"
#include "jobq/driver.h"
#include "mutex.h"
#include "speech.h"

namespace jobq {

using Clock = std::chrono::steady_clock;

struct HeldJob : std::enable_shared_from_this<HeldJob> {
  enum class State {
    kWaiting,  // for a thread
    kRunning,  // its callback, or whoever is to give its outcome later
    kEnded,    // the store has not answered the outcome yet
  };
  explicit HeldJob(AcceptedJob accepted) : job(std::move(accepted)) {}

  const AcceptedJob job;
  std::atomic<bool> is_lost = false;
  std::atomic<bool> is_cancel_requested = false;
  std::atomic<bool> is_wanted_back = false;
  // Guarded by HeldJobs:
  State state = State::kWaiting;
  bool is_begun = false;  // a callback has seen it
  Speech speech{};
  InterruptEvent interrupt{};
  // The loop's:
  // By this machine's clock, and not before the store's deadline.
  Clock::time_point until{};
  // When the lease ends however often it is renewed, by the store's clock; zero: never.
  Time end{};
  // The same by this machine's clock, once it is known.
  std::optional<Clock::time_point> local_end{};
  bool is_substituted = false;  // the store did not take the callback's own outcome
};
using HeldJobPtr = std::shared_ptr<HeldJob>;

// To report in one message; outcomes[i] is of jobs[i].
struct Words {
  std::vector<HeldJobPtr> jobs{};
  std::vector<Outcome> outcomes{};
  std::vector<std::string> troubles{};  // to be told
  // There may be more then.
  Clock::time_point due = Clock::time_point::max();
};

class HeldJobs {
 public:
  // `wake` is called when there is something that the loop was told there is not.
  HeldJobs(const WorkerOptions& options, std::function<void()> wake)
      : under_way_max_(options.under_way_max),
        prefetch_(options.prefetch),
        wake_(std::move(wake)),
        left_(options.jobs_max == 0 ? UINT64_MAX : options.jobs_max) {}

  // The callbacks' threads.

  // Waits for a job that may be begun; null once stopped.
  HeldJobPtr begin_next();
  void end(const HeldJobPtr& job, Outcome outcome);
  void say(HeldJob& job, LogText line);
  void say(HeldJob& job, const std::function<void(Speech&)>& change);
  bool is_interrupted(const HeldJob& job) const;
  // At most `span`; true when it is interrupted.
  bool wait_for_interrupt(const HeldJob& job, Span span);
  int interrupt_fd(HeldJob& job);

  // Any thread.

  void stop();      // no further job is begun
  void stop_now();  // the callbacks that run are told
  bool is_stopping() const { return is_stopping_; }
  void wait_until_none_runs();

  // The loop.

  bool is_stopped() const;
  bool is_running() const;  // any job
  bool has_work() const;    // that waits or runs
  std::size_t size() const;
  // How many more to ask for; 0 while it is not time to.
  unsigned room();
  // One that is to be cancelled already is not begun.
  void add(std::vector<HeldJobPtr> jobs);
  // Ends the jobs that no thread has begun with a Release. add() is not called again.
  // REQUIRES: stop() was called.
  void release_waiting();
  // The same, and tells the callbacks that run; add() may be called again.
  void hand_back();
  Words take_words(Clock::time_point now);
  // Words that are to be said again come before all others, in reverse order.
  void put_back(const HeldJobPtr& job, Outcome outcome);
  void forget(const HeldJobPtr& job);
  // Those that wait or run, and are not lost.
  std::vector<HeldJobPtr> at_work() const;
  // Null when it is not here.
  HeldJobPtr find(const Lease& lease) const;
  // Tells the callback; ends a job that is not begun with Cancelled.
  void request_cancel(const HeldJobPtr& job);
  // Tells the callback; a job that is not begun is forgotten. False when that was done before, or
  // the callback has returned.
  bool lose(const HeldJobPtr& job);
  void lose_all();

 private:
  struct Unreported {
    HeldJobPtr job;
    Outcome outcome;
  };

  std::size_t places() const REQUIRES(mutex_);
  void stop_beginning() REQUIRES(mutex_);
  bool has_outcome_to_report() const REQUIRES(mutex_);
  static bool is_at_work(const HeldJob& job);
  void release_all(const std::string& why) REQUIRES(mutex_);
  void end_unbegun(const HeldJobPtr& job, Outcome outcome) REQUIRES(mutex_);
  void interrupt(HeldJob& job) REQUIRES(mutex_);
  void tell_of_words() REQUIRES(mutex_);
  void tell_of_places() REQUIRES(mutex_);
  void change_speech(HeldJob& job, const std::function<void(Speech&)>& change) REQUIRES(mutex_);
  void take_speech(const HeldJobPtr& job, Words& words) REQUIRES(mutex_);

  const std::size_t under_way_max_;
  const std::size_t prefetch_;
  const std::function<void()> wake_;
  std::atomic<bool> is_stopping_ = false;
  mutable Mutex mutex_;
  Condition may_go_on_;  // who begins jobs, or waits until none runs
  Condition interrupted_;
  std::unordered_set<HeldJobPtr> jobs_ GUARDED_BY(mutex_);
  std::deque<HeldJobPtr> waiting_ GUARDED_BY(mutex_);
  std::size_t running_ GUARDED_BY(mutex_) = 0;
  // Callbacks that may still begin; it stops after the last one.
  std::uint64_t left_ GUARDED_BY(mutex_);
  std::deque<Unreported> ended_ GUARDED_BY(mutex_);
  // Those that run and whose speech is not empty.
  std::deque<HeldJob*> speaking_ GUARDED_BY(mutex_);
  std::size_t speech_bytes_ GUARDED_BY(mutex_) = 0;
  Clock::time_point speech_due_ GUARDED_BY(mutex_){};
  bool is_stopped_ GUARDED_BY(mutex_) = false;
  bool are_accepts_over_ GUARDED_BY(mutex_) = false;
  // The loop was told that there are none.
  bool are_words_awaited_ GUARDED_BY(mutex_) = false;
  bool are_places_awaited_ GUARDED_BY(mutex_) = false;
};

}  // namespace jobq
