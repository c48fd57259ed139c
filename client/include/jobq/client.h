// The client's side of a store: submit jobs, ask for their status, wait for their end, list and
// cancel them.
//
//   jobq::Client client({.endpoint = "tcp://127.0.0.1:5555", .server_key = key, .token = token});
//   const auto job = client.submit("scan", {.request = R"({"page": 1})", .client = "alice"});
//   const auto end = client.wait("scan", job.job, "alice", std::chrono::minutes(5));
//
// A call returns once the store's answer is there; an answer means that what was asked is on disk.
// Calls survive a restart of the store: the same request is sent again on a fresh socket, which is
// safe because the store recognises repetitions. Throws Refused and Unreachable (types.h).
// One object serves one thread at a time; objects are independent of each other.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jobq/types.h"

namespace jobq {

// Zero and empty: as the datasource is configured, else as the store is. Terms (types.h) has the
// limits and the store's defaults.
struct NewJob {
  std::string job{};       // id; empty: a new GUID is made
  std::string request{};   // JSON, up to 1 MiB
  std::string client{};    // may be empty when the token pins the client
  unsigned priority = 0;   // 1..100, 100 first; the store's default: 50
  Span keep_for{};         // of the finished job
  std::string function{};  // what is to be done, a name; workers may take only some functions
  Time not_before{};       // no worker gets it before; a time in the past is no wait
  Span delay{};            // the same, counted from the submit; not both
  Span valid_for{};        // failed as "expired" when no worker has taken it within this time
  Span timeout{};          // of one attempt
  unsigned failures_max = 0;
  unsigned lost_leases_max = 0;
  unsigned releases_max = 0;
  std::optional<Backoff> backoff{};
  std::vector<std::string> tags{};  // up to 16 names to find it by
  std::string trace{};              // W3C traceparent, passed through to the worker
};

// What became of one job of a list: `code` 200 and `status`, or a refusal.
struct SubmitResult {
  unsigned code = 0;
  std::string error;
  JobStatus status;
  bool created = false;  // false: the store had this very job already
  Span retry_after{};    // with 429: when asking again makes sense; zero: no estimate
  // Only where asked for: a token for this job alone, to hand on.
  std::string ticket{};
};

struct SubmitOptions {
  bool tickets = false;
};

class Client {
 public:
  explicit Client(Connection connection);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // Throws Refused when the job is refused. It is not repeated by itself when a limit is reached
  // (429, with Refused::retry_after()) or the datasource takes in no jobs (503).
  JobStatus submit(const std::string& datasource, NewJob job);

  // Up to 1024 jobs and 8 MiB in one message and one sync; each has a result of its own, in order.
  // Throws Refused only when the whole message is refused.
  std::vector<SubmitResult> submit_many(const std::string& datasource, std::vector<NewJob> jobs,
                                        const SubmitOptions& options = {});

  // Throws Refused: 404 unknown, 403 another client's.
  JobStatus status(const std::string& datasource, const std::string& job,
                   const std::string& client = {}, const StatusOptions& options = {});

  // Waits until the job has changed from `seen` (JobStatus::changed), at most `max_wait`; returns
  // its status then, changed or not.
  JobStatus wait_for_change(const std::string& datasource, const std::string& job,
                            const std::string& client, std::uint64_t seen, Span max_wait);

  // Waits until the job is final, at most `max_wait`; empty when it is not by then. Counts a store
  // that is away as waiting.
  std::optional<JobStatus> wait(const std::string& datasource, const std::string& job,
                                const std::string& client, Span max_wait);

  // The client's own jobs, oldest first.
  JobPage list(const std::string& datasource, const ListQuery& query);

  // Asks for the job to be cancelled; returns how it stands then. A job that waits is cancelled;
  // one that a worker has will be when the worker says so or its grace is over, unless it ends
  // before (wait() tells); a final one stays as it is. Throws Refused as status() does.
  JobStatus cancel(const std::string& datasource, const std::string& job,
                   const std::string& client = {});

  // What workers have written about the job, oldest first; the last 1000 lines are kept.
  LogPage log(const std::string& datasource, const std::string& job, const std::string& client,
              const LogQuery& query);

  // Why the job is not running now.
  Explanation explain(const std::string& datasource, const std::string& job,
                      const std::string& client = {});

  StoreStatus store_status();
  // Needs an operator's token.
  StoreStats store_stats();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace jobq
