// Jobs as a driver gets them, what it can say about them, and what it asks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "jobq/function_state.h"
#include "jobq/types.h"
#include "jobq/workers.h"

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
  std::vector<AwaitedJob> after{};  // what it waited for, and what they answered
  std::string turn_key{};           // no other job with it runs, or no more than may
  std::string checkpoint{};         // what an attempt before has left for this one
  std::vector<StateValue> state{};  // what the job's function keeps between runs, by name
  // Checkpoint and state are not there, for they do not fit with those of the others.
  bool left_out = false;
  std::string after_group{};  // that it waited for
  // Of a function with calls: a token that may make those, as the client, while this attempt has
  // its lease.
  std::string acting_token{};
  std::string grants{};  // JSON, as submitted
  std::string code{};    // that it is to run, by its hash,
  std::string method{};  // and what of it is called
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

using Result = std::variant<Done, JobError, Retry, Release, Forbid, Cancelled>;

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
  std::variant<Done, JobError, Retry, Release, Forbid, Cancelled, Progress, Log, AcceptOne> report;
  // With Progress, Retry and Release: what the job's next attempt is given, UTF-8 up to 64 KiB.
  // Not set: as it is; empty: nothing.
  std::optional<std::string> checkpoint{};
  // With a word that ends the attempt: up to 64 changes of what the job's function keeps between
  // runs, made together with it.
  std::vector<StateChange> state{};
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

struct AcceptQuery {
  std::string worker{};                  // name, unique among the workers that run at the same time
  unsigned max = 1;                      // 1..1024 jobs
  Span lease{};                          // 100 ms .. 1 h; 0: the datasource's, else 30 s
  Span wait{};                           // up to 60 s: how long to wait for a first job
  std::vector<std::string> functions{};  // up to 64: only jobs with one of these; empty: any
  std::vector<std::string> labels{};     // up to 64 that the worker has: jobs may want some
  // Up to 1 h. Only for who keeps one connection: so long after that has ended, unless the worker
  // has asked again over another, its leases are lost. 0: they last as said.
  Span gone_after{};
  // Only jobs that count as of this priority or a higher one; 0: any.
  unsigned least_priority = 0;
  WorkerAbout about{};
  // What the worker knows of: the answer comes at once, without jobs, when another one holds.
  WorkerOrder order = WorkerOrder::kUnsaid;
};

// A job of a worker whose cancel is requested: the worker should stop and say Cancelled.
struct CancelRequest {
  Lease lease{};
  std::uint64_t sequence = 0;  // rises from request to request of a datasource
  Time until{};                // when the lease is revoked, unless an outcome comes before
};

struct RenewQuery {
  std::vector<Lease> leases{};  // up to 1024; none are needed with a worker
  Span lease{};                 // as in AcceptQuery, whatever the accept said
  // Not empty: asks for the cancels of all jobs that this worker holds, those with a sequence above
  // `seen`, and waits up to `wait` (60 s) for one. The deadlines are moved at once.
  std::string worker{};
  Span wait{};
  std::uint64_t seen = 0;
  WorkerOrder order = WorkerOrder::kUnsaid;  // as in AcceptQuery, with a worker
};

struct RenewResult {
  unsigned code = 0;  // 200, or 409: the lease is lost, stop working on the job
  Time lease_until{};
  bool cancel_requested = false;
};

struct Renewal {
  std::vector<RenewResult> results{};  // one for each lease, in order
  std::vector<CancelRequest> cancels{};
  WorkerOrder order = WorkerOrder::kUnsaid;
};

// A request in a datasource's event log: for a job, or for the cancel of one that a worker has.
struct RequestRecord {
  enum class Kind : std::uint8_t { kJob, kCancel };
  std::uint64_t sequence = 0;
  Time time{};
  Kind kind = Kind::kJob;
  JobStatus job{};  // as it stands now, with its request
};
template <>
inline constexpr std::array<std::string_view, 2> kNames<RequestRecord::Kind>{"job", "cancel"};

struct RequestPage {
  std::vector<RequestRecord> requests{};
  std::uint64_t cursor = 0;  // for the next page, 0 after the last
};

// Which requests to tell of; empty: any.
struct RequestQuery {
  std::string client{};
  std::string function{};
  std::string tag{};
  unsigned limit = 0;  // 1..1000; 0: the store's default, 100
};

}  // namespace jobq
