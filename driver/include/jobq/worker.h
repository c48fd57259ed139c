// The loop that most drivers want: it accepts jobs, runs a callback for each, renews the leases
// meanwhile, brings cancels to the callbacks, and reports what they say.
//
//   jobq::Worker worker({.server_key = key, .token = token}, {.datasource = "scan"},
//                       [](const jobq::Task& task) { return jobq::Done{scan(task.request())}; });
//   worker.run();  // until stop(), e.g. from a thread that waits for signals
//
// It survives restarts of the store (jobq/client.h says how).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jobq/connection.h"
#include "jobq/outcomes.h"

namespace jobq {

struct HeldJob;
class HeldJobs;

// A job under way, as its callback sees it. For the callback's thread and others it starts, until
// the callback returns.
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
  // true once Worker::stop_now() was called: stop and return Release.
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

// Runs on one of the worker's threads. A std::exception is a failure with code "exception" to be
// retried, or Cancelled once that was requested. A response that the store does not take (no JSON,
// too large) fails the job with "bad-response"; Cancelled without a request is Release when
// stopping, else a failure with code "not-cancelled". Texts are cut to their limits.
using RunJob = std::function<Result(const Task&)>;

struct WorkerOptions {
  std::string datasource{};
  std::string name{};                     // empty: host name, process id and a number
  unsigned threads = 1;                   // callbacks at the same time
  unsigned prefetch = 0;                  // jobs taken ahead of the threads, up to 1024 - threads
  Span lease = std::chrono::seconds(30);  // renewed every third of it
  // When the worker's connection has ended and it has not come back within this time, its jobs go
  // to other workers; up to 1 h. It comes back by itself within a second. 0: after their leases.
  Span gone_after = std::chrono::seconds(2);
  std::vector<std::string> functions{};  // up to 64: only jobs with one of these; empty: any
  std::vector<std::string> labels{};     // up to 64 that it has, such as "gpu": jobs may want some
  std::uint64_t jobs_max = 0;            // run() ends after so many callbacks; 0: no end
  // run() ends once no job may run and all that were taken are reported. Jobs that wait for their
  // time, and those of other workers, are not waited for.
  bool until_empty = false;
  // Both are called on the thread of run(), which does nothing else meanwhile, such as to renew
  // leases: they must neither throw nor take long.
  // Called for trouble that the worker goes on after (store away, a lease lost before its callback
  // began); may be empty.
  std::function<void(const std::string&)> on_trouble{};
  // Called after the store has taken (200) or refused (409) the outcome of a callback. With 409
  // `ended` is how the attempt had ended before, if the store tells: a timeout, a lost lease, or
  // what somebody said who has the lease's token. Where it is empty, lost leases and refused
  // outcomes are told as trouble.
  std::function<void(const Lease&, const UpdateResult&, std::optional<Ending> ended)> on_outcome{};
};

class Worker {
 public:
  Worker(const Connection& connection, WorkerOptions options, RunJob run_job);
  // One of several functions, each with its own callback: on(). No other jobs are accepted.
  Worker(const Connection& connection, WorkerOptions options);
  ~Worker();  // stop() and waits for run() to end

  // Returns *this: worker.on("ocr", read).on("thumbnail", draw). Before run(). Throws
  // std::invalid_argument for a function that is none, has a callback already, or is one too many
  // (64), and std::logic_error where the worker has one callback for all.
  Worker& on(const std::string& function, RunJob run_job);

  // Speaks with the store, over one connection, and has the callbacks run on threads of their own,
  // until stop() or the end that the options name; then finishes the jobs that are under way
  // and reports them; a store that is away then is waited for as long as the connection's patience.
  // Jobs taken ahead and not begun are released. Before stop() a store that is away is waited for,
  // however long. Throws Refused when the token is not good for this work. May be called once.
  void run();

  // From any thread or a signal-handling thread (not from a signal handler itself).
  void stop();
  // The same, and tells the callbacks that run: Task::stopping().
  void stop_now();

  // Callbacks' outcomes that the store has taken.
  std::uint64_t finished() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace jobq
