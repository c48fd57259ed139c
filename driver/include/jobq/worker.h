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
#include <utility>
#include <vector>

#include "jobq/connection.h"
#include "jobq/outcomes.h"
#include "jobq/task.h"
#include "jobq/typed.h"

namespace jobq {

struct WorkerOptions {
  std::string datasource{};
  std::string name{};    // empty: host name, process id and a number
  unsigned threads = 1;  // callbacks at the same time
  // Jobs whose outcome is not given, those of callbacks that run counted; from `threads` on. Of use
  // with Worker::on_async. 0: as many as threads.
  unsigned under_way_max = 0;
  unsigned prefetch = 0;                  // jobs taken ahead of those, up to 1024 together
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
  // Of the program, told to operators with the host, the process and when it began.
  std::string version{};
  // The least priority of jobs that it takes now, 0: any; asked each second. For a machine that is
  // full at times, which some jobs are to be done on all the same. May be empty.
  std::function<unsigned()> least_priority{};
  // These are called on the thread of run(), which does nothing else meanwhile, such as to renew
  // leases: they must neither throw nor take long.
  // Called for trouble that the worker goes on after (store away, a lease lost before its callback
  // began); may be empty.
  std::function<void(const std::string&)> on_trouble{};
  // Called when operators have told the worker something else than before: to take no more jobs
  // (kDrain), or to hand back those that run too (kHalt: the callbacks see Task::stopping()), or to
  // work again. It does so by itself; may be empty.
  std::function<void(WorkerOrder)> on_order{};
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

  // The same with a callback that only begins the job: worker.on_async("call", start).
  Worker& on_async(const std::string& function, BeginJob begin_job);
  // Of all jobs. Throws std::logic_error where there is another callback.
  Worker& on_async(BeginJob begin_job);

  // The same with types of your own (jobq/typed.h): on<Page, Text>("ocr", read).
  template <class Request, class Response, class Call>
  Worker& on(const std::string& function, Call call) {
    return on(function, typed<Request, Response>(std::move(call)));
  }
  template <class Request, class Call>
  Worker& on_async(const std::string& function, Call call) {
    return on_async(function, typed_async<Request>(std::move(call)));
  }

  // Speaks with the store, over one connection, and has the callbacks run on threads of their own,
  // until stop() or the end that the options name; then finishes the jobs that are under way
  // and reports them, those of PendingTasks too, however long these take; a store that is away then
  // is waited for as long as the connection's patience. Jobs taken ahead and not begun are
  // released. Before stop() a store that is away is waited for, however long. Throws Refused when
  // the token is not good for this work. May be called once.
  void run();

  // From any thread or a signal-handling thread (not from a signal handler itself).
  void stop();
  // The same, and tells the callbacks that run and who has a PendingTask: Task::stopping().
  void stop_now();

  // Callbacks' outcomes that the store has taken.
  std::uint64_t finished() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace jobq
