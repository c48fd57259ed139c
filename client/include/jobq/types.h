// Words that clients and drivers of a store share: statuses, jobs, errors, how to connect.
// Times are the store's clock. See docs/protocol.md for the meaning of each field.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace jobq {

using Span = std::chrono::milliseconds;
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

enum class Status { kSubmitted, kAccepted, kRetrying, kComplete, kFailed, kCancelled, kForbidden };

// Final: the job never changes again.
constexpr bool is_final(Status status) { return status >= Status::kComplete; }
std::string_view to_string(Status status);

struct JobError {
  std::string code{};     // a word for programs, at most 64 bytes, not empty
  std::string message{};  // one line for people, at most 1024 bytes
  std::string detail{};   // a trace or captured output, at most 64 KiB
};

struct JobStatus {
  std::string job;
  std::string client;
  Status status = Status::kSubmitted;
  std::uint64_t sequence = 0;  // orders the jobs of a datasource
  std::uint64_t changed = 0;   // grows with every change of the job
  unsigned priority = 0;
  unsigned attempt = 0;
  unsigned lost_leases = 0;
  std::string worker;
  Time submitted_at{};
  Time accepted_at{};    // zero until the first attempt
  Time lease_until{};    // zero unless accepted
  Time finished_at{};    // zero until final
  std::string response;  // JSON, once complete; empty in lists
  JobError error;        // once failed; without detail in lists
};

// Where the store is and what the caller may do there.
struct Connection {
  std::string endpoint = "tcp://127.0.0.1:5555";  // tcp:// or ipc://
  std::string
      server_key{};     // Z85 text, 40 characters; empty: without CURVE (loopback and ipc only)
  std::string token{};  // the capability, as `jobq mint` prints it; may be empty for /status
  // How long one call may take in all, waiting for the store to come back included.
  Span patience = std::chrono::seconds(30);
  // After this long without an answer the request is sent again on a fresh socket. Time that the
  // store was asked to hold the answer back is added to it.
  Span retry_after = std::chrono::seconds(2);
};

// The store said no: nothing was changed. `code` is HTTP's (docs/protocol.md lists them).
class Refused : public std::runtime_error {
 public:
  Refused(unsigned code, const std::string& what) : std::runtime_error(what), code_(code) {}
  unsigned code() const { return code_; }

 private:
  unsigned code_;
};

// The store could not be reached within the patience. Whether the last request took effect is
// unknown; all calls may be repeated.
class Unreachable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct StoreStatus {
  std::string version;
  std::string name;
  Span uptime{};
  Time now{};
  std::string durability;
  std::vector<std::string> request_endpoints;
  std::vector<std::string> driver_endpoints;
  std::vector<std::string> status_endpoints;
};

// Counters since the store's start; schema/protocol.capnp explains them.
struct StoreStats {
  std::uint64_t requests = 0, refusals = 0, replies_dropped = 0;
  std::uint64_t turns = 0, commits = 0, syncs = 0;
  std::uint64_t journal_bytes = 0, derived_bytes = 0;
  std::uint64_t wal_bytes = 0, flush_bytes = 0, compaction_bytes = 0;
  std::uint64_t jobs_live = 0, jobs_finished = 0, waiters_parked = 0;
};

// One page of a list; `cursor` goes into the next query, 0 after the last page.
struct JobPage {
  std::vector<JobStatus> jobs;
  std::uint64_t cursor = 0;
};

struct ListQuery {
  std::string client{};  // as in NewJob; for a driver empty means all clients
  std::uint64_t cursor = 0;
  unsigned limit = 0;              // 1..1000; 0: the store's default, 100
  std::vector<Status> statuses{};  // empty: any
};

// A random (version 4) GUID from the system's generator, to name jobs with.
std::string new_guid();

}  // namespace jobq
