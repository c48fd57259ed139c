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

#include "jobq/connection.h"
#include "jobq/lists.h"
#include "jobq/types.h"

namespace jobq {

struct SubmitOptions {
  bool tickets = false;
  // All or none: when one is refused, none is taken.
  bool atomic = false;
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

  // The client's own jobs, oldest first unless `query.order` says otherwise. A page by a value is
  // of all jobs at about one moment; one that changes its place meanwhile may be in two pages, or
  // none.
  JobPage list(const std::string& datasource, const ListQuery& query);
  // How many the list has from `query.cursor` on, in all its pages. Where there are very many, in
  // several answers: jobs that change in between may be counted as they were.
  std::uint64_t count(const std::string& datasource, const ListQuery& query);

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
