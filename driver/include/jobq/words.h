// Jobs as a driver gets them, and what it can say about them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "jobq/types.h"

namespace jobq {

struct AcceptedJob {
  Lease lease;
  Time lease_until{};
  std::string client;
  std::string request;  // JSON as submitted
  std::uint64_t sequence = 0;
  unsigned priority = 0;
  Time submitted_at{};
  std::string function{};
  std::vector<std::string> tags{};  // sorted
  std::string trace{};              // W3C traceparent
  Time attempt_until{};             // when the attempt has run out of time; zero: never
  unsigned failures = 0;
  unsigned lost_leases = 0;
  unsigned releases = 0;
};

// Words that end an attempt. JobError (types.h) is one too: the job is failed, for good.

// The job is complete; its response, as JSON.
struct Done {
  std::string response;
};

// This attempt failed: the job waits for another one, or is failed when it has failed too often.
struct Retry {
  JobError error{};
  Span delay{};  // up to 365 days, in place of the backoff; zero: the backoff decides
};

// Handed back: the job waits as before, at no cost unless the job limits its releases.
struct Release {
  Span delay{};           // up to 365 days: not to be given out before; zero: at once
  std::string message{};  // why, for the job's history; at most 1024 bytes
};

// The client may not have this done: the job is forbidden, for good.
struct Forbid {
  JobError error{};
};

// The worker has stopped as the client asked. Refused with 409 when nobody asked.
struct Cancelled {};

using Word = std::variant<Done, JobError, Retry, Release, Forbid, Cancelled>;

// Words after which the job goes on.

struct Progress {
  double value = 0;       // 0 .. 1
  std::string message{};  // at most 1024 bytes
};

struct LogText {
  LogLevel level = LogLevel::kInfo;
  std::string text{};  // 1 .. 1024 bytes
};

struct Log {
  std::vector<LogText> lines{};  // 1 .. 1024
  // Number of the first line, counted 1, 2, ... by the worker within the attempt: lines up to the
  // greatest number that the store has had are skipped. Zero: all are taken.
  unsigned first = 0;
};

// Takes this one waiting job out of turn; the lease's attempt is not looked at. Refused with 409
// when the job does not wait or may not run yet, 429 when too many run, 503 while paused.
struct AcceptOne {
  std::string worker{};
  std::uint64_t request_number = 0;  // as Driver::accept counts them
  Span lease{};
};

struct Outcome {
  Lease lease;
  std::variant<Done, JobError, Retry, Release, Forbid, Cancelled, Progress, Log, AcceptOne> word;
};

struct UpdateResult {
  // 200, or a refusal that changed nothing: 409 when the lease is not held; 400, 413; of AcceptOne
  // also 429, 503.
  unsigned code = 0;
  std::string error;
  // With 200, the job's after this. Where a cancel was requested, Retry and Release leave the job
  // cancelled.
  Status status = Status::kAccepted;
  Time not_before{};                      // when it may run again, if later than now
  std::optional<AcceptedJob> accepted{};  // of AcceptOne
  Span retry_after{};                     // with 429: when asking again makes sense
};

}  // namespace jobq
