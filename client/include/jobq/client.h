// The client's side of a store: submit jobs, ask for their status, wait for their end, list them.
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

struct NewJob {
  std::string job{};      // id; empty: a new GUID is made
  std::string request{};  // JSON, up to 1 MiB
  std::string client{};   // may be empty when the token pins the client
  unsigned priority = 0;  // 1..100, 100 first; 0: the default, 50
  Span keep_for{};        // of the finished job; 0: the default, 60 minutes
};

// What became of one job of a list: `code` 200 and `status`, or a refusal.
struct SubmitResult {
  unsigned code = 0;
  std::string error;
  JobStatus status;
  bool created = false;  // false: the store had this very job already
};

class Client {
 public:
  explicit Client(Connection connection);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // Throws Refused when the job is refused.
  JobStatus submit(const std::string& datasource, NewJob job);

  // Up to 1024 jobs and 8 MiB in one message and one sync; each has a result of its own, in order.
  // Throws Refused only when the whole message is refused.
  std::vector<SubmitResult> submit(const std::string& datasource, std::vector<NewJob> jobs);

  // Throws Refused: 404 unknown, 403 another client's.
  JobStatus status(const std::string& datasource, const std::string& job,
                   const std::string& client = {});

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

  StoreStatus store_status();
  // Needs an operator's token.
  StoreStats store_stats();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace jobq
