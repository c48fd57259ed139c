// A job under way, as the callback of a Worker (jobq/worker.h) sees it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "jobq/outcomes.h"

namespace jobq {

struct HeldJob;
class HeldJobs;
class Pending;

// A job under way, as its callback sees it. For the callback's thread and others it starts, until
// the callback returns; of a PendingTask, until that has its outcome.
class Task {
 public:
  Task(HeldJobs& held, HeldJob& job) : held_(held), job_(job) {}

  const AcceptedJob& accepted() const;  // all that the store told
  const std::string& job() const { return accepted().lease.job; }
  const std::string& request() const { return accepted().request; }
  const std::string& client() const { return accepted().client; }
  unsigned attempt() const { return accepted().lease.attempt; }
  const std::string& function() const { return accepted().function; }
  const std::vector<std::string>& tags() const { return accepted().tags; }
  const std::string& trace() const { return accepted().trace; }
  // By the store's clock: when the attempt has run out of time; zero: never.
  Time attempt_until() const { return accepted().attempt_until; }
  unsigned failures() const { return accepted().failures; }
  unsigned lost_leases() const { return accepted().lost_leases; }
  unsigned releases() const { return accepted().releases; }

  // true once the lease is lost, also because the attempt has run out of time or a cancel out of
  // grace: another worker may have the job, the outcome will be refused.
  bool lost() const;
  // true once the client has asked for the job to be cancelled: stop and return Cancelled.
  // Whatever else is returned counts if it comes before the grace is over.
  bool cancel_requested() const;
  // true once Worker::stop_now() was called, or operators want the job handed back: stop and return
  // Release.
  bool stopping() const;
  // One of the three; it stays so.
  bool interrupted() const;

  // Waits until interrupted, at most `span`; true when it is.
  bool wait_for_interrupt(Span span) const;
  // A file descriptor for poll(2) that is readable once interrupted. It is the task's: not to be
  // read, written or closed. Throws std::system_error when there is none left.
  int interrupt_fd() const;

  // Tells how far the job is: 0 .. 1 (other values are taken for the nearest), and a message that
  // is cut after 1024 bytes. Log lines are cut likewise; empty ones are left out. Both return at
  // once: they are sent by another thread, together, ten times a second at most and in any case
  // before the outcome. Of progress only the newest is sent. Log lines wait if the store is away,
  // up to 1000 of a job and 16 MiB of all jobs; those beyond are dropped, which is counted and
  // told as trouble.
  void progress(double value, std::string message = {}) const;
  void log(LogLevel level, std::string text) const;

  // What an attempt before has left for this one; empty: nothing.
  const std::string& checkpoint() const { return accepted().checkpoint; }
  // For the job's next attempt, UTF-8 up to 64 KiB, in place of what was left before. Sent as
  // progress is; what the store refuses is told as trouble.
  void leave_checkpoint(std::string text) const;
  // What the function keeps between runs, as it was when the job was accepted.
  const std::vector<StateValue>& state() const { return accepted().state; }
  // Changes it with the outcome, once, whatever that says; not when the callback throws. Throws
  // std::length_error beyond 64 changes. What the store refuses fails the job ("bad-outcome").
  void change_state(StateChange change) const;

 private:
  HeldJobs& held_;
  HeldJob& job_;
};

// A job under way whose outcome is given later, by any thread. Good also after the callback that
// got it has returned; the worker keeps its lease until then.
class PendingTask {
 public:
  explicit PendingTask(std::shared_ptr<Pending> pending);
  PendingTask(PendingTask&& other) noexcept;
  PendingTask& operator=(PendingTask&& other) noexcept;
  // Without an outcome the attempt has failed, with the code "no-outcome", to be retried; or the
  // job is cancelled, once that was requested.
  ~PendingTask();

  // For several threads, until one of them gives the outcome. REQUIRES: it has not moved away.
  const Task& task() const;

  // Gives the outcome, which is reported as one that a callback returns. Throws std::logic_error
  // where there is one already, also from another thread, or the task has moved away.
  void finish(Result word);

 private:
  std::shared_ptr<Pending> pending_;
};

// Runs on one of the worker's threads. A std::exception is a failure with code "exception" to be
// retried, or Cancelled once that was requested. A response that the store does not take (no JSON,
// too large) fails the job with "bad-response"; Cancelled without a request is Release when
// stopping, else a failure with code "not-cancelled". Texts are cut to their limits.
using RunJob = std::function<Result(const Task&)>;

// The same for one that only begins a job: to wait for an answer, say, that comes by another
// thread. A std::exception counts where the task goes with it; else it is a line of the job's log,
// and the outcome is that of whoever has the task.
using BeginJob = std::function<void(PendingTask)>;

}  // namespace jobq
