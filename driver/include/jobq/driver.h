// The driver's side of a store: take jobs of a datasource, work on them, say how they ended.
//
// Driver has the single calls. Worker is the loop that most programs want: it accepts, runs a
// callback for each job, renews the leases meanwhile, and completes or fails the jobs.
//
//   jobq::Worker worker({.endpoint = ..., .token = ...}, {.datasource = "scan"},
//                       [](const jobq::Task& task) { return jobq::Done{scan(task.request())}; });
//   worker.run();   // until stop(), e.g. from a signal handler thread
//
// Both survive restarts of the store (jobq/client.h says how).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "jobq/types.h"

namespace jobq {

struct Lease {
  std::string job;
  unsigned attempt = 0;
};

struct AcceptedJob {
  Lease lease;
  Time lease_until{};
  std::string client;
  std::string request;  // JSON as submitted
  std::uint64_t sequence = 0;
  unsigned priority = 0;
  Time submitted_at{};
};

struct AcceptQuery {
  std::string worker{};  // name, unique among the workers that run at the same time
  unsigned max = 1;      // 1..1024 jobs
  Span lease{};          // 100 ms .. 1 h; 0: the default, 30 s
  Span wait{};           // up to 60 s: how long to wait for a first job
};

// The job's response, as JSON.
struct Done {
  std::string response;
};

struct Outcome {
  Lease lease;
  std::variant<Done, JobError> word;
};

struct UpdateResult {
  unsigned code = 0;  // 200, or 409: the lease is not held and nothing was changed; 400, 413
  std::string error;
  Status status = Status::kAccepted;
};

// Single calls. One object serves one thread at a time. Throws Refused and Unreachable.
class Driver {
 public:
  explicit Driver(Connection connection);
  ~Driver();
  Driver(Driver&&) noexcept;
  Driver& operator=(Driver&&) noexcept;

  // Empty when none came within `wait`. Repeats itself under one request number until answered, so
  // that no lease is lost with a reply.
  std::vector<AcceptedJob> accept(const std::string& datasource, const AcceptQuery& query);

  // New deadlines in order; a zero time: that lease is lost, stop working on the job.
  std::vector<Time> renew(const std::string& datasource, const std::vector<Lease>& leases,
                          Span lease = {});

  // Results in order; up to 1024 outcomes and 8 MiB in one message and one sync.
  std::vector<UpdateResult> update(const std::string& datasource,
                                   const std::vector<Outcome>& outcomes);

  // Any client's job; all clients' jobs.
  JobStatus status(const std::string& datasource, const std::string& job);
  JobPage list(const std::string& datasource, const ListQuery& query);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

// A job under way, as its callback sees it.
class Task {
 public:
  Task(const AcceptedJob& job, const std::atomic<bool>& lost) : job_(job), lost_(lost) {}
  const std::string& job() const { return job_.lease.job; }
  const std::string& request() const { return job_.request; }
  const std::string& client() const { return job_.client; }
  unsigned attempt() const { return job_.lease.attempt; }
  // true once the lease is lost: another worker may have the job, the result will be refused.
  bool lost() const { return lost_; }

 private:
  const AcceptedJob& job_;
  const std::atomic<bool>& lost_;
};

// Runs on one of the worker's threads. A std::exception fails the job with code
// "exception"; a response that the store does not take (no JSON, too large) with "bad-response".
// Texts of an error are cut to their limits.
using RunJob = std::function<std::variant<Done, JobError>(const Task&)>;

struct WorkerOptions {
  std::string datasource{};
  std::string name{};                     // empty: host name, process id and a number
  unsigned threads = 1;                   // callbacks at the same time
  unsigned prefetch = 0;                  // jobs taken ahead of the threads, up to 1024 - threads
  Span lease = std::chrono::seconds(30);  // renewed every third of it
  // Both are called on threads of the worker, each one call at a time, and must not throw.
  // Called for trouble that the worker goes on after (store away, lost lease); may be empty.
  std::function<void(const std::string&)> on_trouble{};
  // Called after the store has taken (200) or refused (409) an outcome; may be empty.
  std::function<void(const Lease&, const UpdateResult&)> on_outcome{};
};

class Worker {
 public:
  Worker(Connection connection, WorkerOptions options, RunJob run_job);
  ~Worker();  // stop() and waits for run() to end

  // Works until stop(), then finishes the jobs that are under way and reports them; a store that
  // is away then is waited for as long as the connection's patience. Jobs taken ahead and not begun
  // are left to their leases. Before stop() a store that is away is waited for, however long.
  // Throws Refused when the token is not good for this work. May be called once.
  void run();

  // From any thread or a signal-handling thread (not from a signal handler itself).
  void stop();

  // Jobs whose outcome the store has taken.
  std::uint64_t finished() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace jobq
