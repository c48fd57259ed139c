// Values that store, clients and drivers share: statuses, jobs, errors, what is asked of them.
// Times are the store's clock. See docs/protocol.md for the meaning of each field.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobq/names.h"

namespace jobq {

using Span = std::chrono::milliseconds;
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

enum class Status : std::uint8_t {
  kSubmitted,
  kAccepted,
  kRetrying,
  kComplete,
  kFailed,
  kCancelled,
  kForbidden
};
template <>
inline constexpr std::array<std::string_view, 7> kNames<Status>{
    "submitted", "accepted", "retrying", "complete", "failed", "cancelled", "forbidden"};

// Final: the job never changes again.
constexpr bool is_final(Status status) { return status >= Status::kComplete; }

// Waiting for one attempt after another: initial * factor^(n-1) after failure n, at most the
// maximum, and then less by up to `jitter_percent` of it, by chance. Holds as a whole.
struct Backoff {
  Span initial = std::chrono::seconds(1);  // 0 .. 365 days; zero: no delay
  Span max = std::chrono::hours(1);        // initial .. 365 days
  unsigned factor_percent = 200;           // 100 .. 10000: 200 doubles it each time
  unsigned jitter_percent = 20;            // 0 .. 100
  auto operator<=>(const Backoff&) const = default;
};

// What holds for a job: its own word, else its datasource's, else the store's. Zero and empty: in
// what a job or a datasource asks for, that it does not say; in what holds, that there is no limit.
struct Terms {
  Span keep_for{};               // of the finished job; up to 365 days; the store's default: 60 min
  Span valid_for{};              // until it must have been taken; up to 100 years; for ever
  Span timeout{};                // of one attempt, whatever is renewed; up to 365 days; no limit
  unsigned failures_max = 0;     // the failure with this number is final: 1 .. 1000; 5
  unsigned lost_leases_max = 0;  // the same for lost leases: 1 .. 1000; 3
  unsigned releases_max = 0;     // the same for releases: 1 .. 1000000; no limit
  std::optional<Backoff> backoff{};
  // Instead of `keep_for`, of a job that ends so; as that says.
  Span keep_failed_for{};
  Span keep_cancelled_for{};
  Span keep_forbidden_for{};
  // Soft limits, each up to 365 days; none. An attempt that runs longer than `slow_after` is
  // flagged, as is one without progress for `stall_after`, and goes on; with `stall_fails` the
  // latter fails, with the code "stalled". A release later than `defer_max` after the first start
  // fails the job
  // ("deferred").
  Span slow_after{};
  Span stall_after{};
  bool stall_fails = false;
  Span defer_max{};
  // Up to 16 names, such as "gpu", all of which a worker must have (WorkerOptions::labels). Sorted
  // in what holds.
  std::vector<std::string> labels{};
  auto operator<=>(const Terms&) const = default;
};

// Proof that the caller is the job's worker: whoever names an attempt that is not the current one
// is refused.
struct Lease {
  std::string job{};
  unsigned attempt = 0;
  // As the accept told it; every outcome needs it. By itself it is a token for this attempt alone
  // (renew, report, finish): for the process that does the work.
  std::string token{};
};

struct JobError {
  std::string code{};     // a word for programs, at most 64 bytes, not empty
  std::string message{};  // one line for people, at most 1024 bytes
  std::string detail{};   // a trace or captured output, at most 64 KiB
};

// How an attempt ended. kFailed: for good or to be retried, which the job's status tells.
// kCancelled: acknowledged by the worker, or revoked after the grace. kUndelivered: the worker was
// gone when the lease was sent to it.
enum class Ending : std::uint8_t {
  kComplete,
  kFailed,
  kForbidden,
  kCancelled,
  kReleased,
  kTimeout,
  kLeaseLost,
  kUndelivered
};
template <>
inline constexpr std::array<std::string_view, 8> kNames<Ending>{
    "complete", "failed",  "forbidden",  "cancelled",
    "released", "timeout", "lease-lost", "undelivered"};

// An attempt that has ended.
struct Attempt {
  unsigned attempt = 0;
  std::string worker{};
  Time accepted_at{};
  Time ended_at{};
  Ending ending = Ending::kComplete;
  JobError error{};  // of a failure, or a release's message; without detail
};

// A job that another one waits for. An empty datasource: that of the one that waits.
struct After {
  std::string datasource{};
  std::string job{};
  bool any_end = false;  // it need not be complete
};

// The same, as the store knows it.
struct AwaitedJob {
  std::string datasource{};
  std::string job{};
  bool any_end = false;
  Status status = Status::kSubmitted;  // final, if it is not waited for any more
  std::string response{};              // JSON; in an accept alone, if it is complete
  bool left_out =
      false;  // in an accept: its response is kept no more, or too large with the others'
};

// At which end of its job a follow-up is made: when it is complete; when it failed or was
// forbidden; at any, also when it was cancelled.
enum class FollowOn : std::uint8_t { kComplete, kFailed, kAny };
template <>
inline constexpr std::array<std::string_view, 3> kNames<FollowOn>{"complete", "failed", "any"};

// What is submitted when a job ends, with the token that the job was submitted with, as the same
// client. A job has up to 16, those of its follow-ups counted, with up to 64 KiB of texts.
struct FollowUp {
  FollowOn on = FollowOn::kComplete;
  std::string datasource{};  // empty: the job's own
  std::string function{};
  // JSON; empty: {"datasource", "job", "function", "status", "response" or "error"} of the job.
  std::string request{};
  unsigned priority = 0;
  std::string job{};             // its id; empty: a GUID is made
  std::vector<FollowUp> then{};  // what follows it in its turn
  // What came of it, in a status alone: its job was made; or why not.
  bool made = false;
  std::string refused{};
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
  // Why it failed or was forbidden; while it is retrying, why the last attempt failed. In lists
  // without detail.
  JobError error;

  std::string function{};
  std::vector<std::string> tags{};  // sorted
  unsigned failures = 0;
  unsigned releases = 0;
  Time not_before{};               // no worker gets it before; zero unless it waits for that
  Time expires_at{};               // until it is taken for the first time; zero: never
  Time attempt_until{};            // of the current attempt; zero: never
  double progress = 0;             // of the latest attempt: 0 .. 1
  std::string progress_message{};  // empty in lists
  // Of a job that a worker has: since when its cancel is requested, and when the lease is revoked.
  Time cancel_requested_at{};
  Time cancel_until{};
  std::string parent{};  // the job that this one restarts
  std::string child{};   // the job that restarted this one
  unsigned log_lines = 0;
  unsigned request_bytes = 0;
  // What holds for it; empty in lists and where it is submitted.
  std::optional<Terms> terms{};
  std::string request{};            // only where it was asked for
  std::string trace{};              // empty in lists
  std::vector<Attempt> attempts{};  // only where asked for: oldest first, the last 32 that ended
  std::string content{};            // in exports: by which a repeated submit is recognised
  // What it waits for, or waited for; empty in lists, in exports what it waits for still.
  std::vector<AwaitedJob> after{};
  std::string turn_key{};         // jobs with the same one run in turn
  std::string unique{};           // of live jobs there is one alone with it
  std::string group{};            // that it belongs to
  unsigned checkpoint_bytes = 0;  // of what an attempt has left for the next one
  std::string checkpoint{};       // that; for drivers, with the request, and in exports
  Time started_at{};              // of the first attempt
  bool is_slow = false;           // while accepted: it runs longer than Terms::slow_after,
  bool is_stalled = false;        // and it is without progress for longer than stall_after
  std::vector<FollowUp> then{};   // empty in lists
  std::string follows{};          // "<datasource>/<job>", whose follow-up it is; empty in lists
  std::string after_group{};      // that it waits for, or waited for; not in lists
  std::string code{};             // that it runs, by its hash,
  std::string method{};           // and what of it is called
};

// What a submit does when there is a live job already that is unique by the same name: is answered
// with that one; is refused; gives that one its own request, as long as it waits.
enum class IfUnique : std::uint8_t { kAnswer, kRefuse, kReplace };
template <>
inline constexpr std::array<std::string_view, 3> kNames<IfUnique>{"answer", "refuse", "replace"};

// Zero and empty: as the datasource is configured, else as the store is. Terms (types.h) has the
// limits and the store's defaults.
struct NewJob {
  std::string job{};       // id; empty: a new GUID is made
  std::string request{};   // JSON, up to 1 MiB
  std::string client{};    // may be empty when the token pins the client
  unsigned priority = 0;   // 1..100, 100 first; the store's default: 50
  std::string function{};  // what is to be done, a name; workers may take only some functions
  Time not_before{};       // no worker gets it before; a time in the past is no wait
  Span delay{};            // the same, counted from the submit; not both
  Terms terms{};
  std::vector<std::string> tags{};  // up to 16 names to find it by
  std::string trace{};              // W3C traceparent, passed through to the worker
  // Up to 64 jobs that must be complete before a worker gets it. When one ends otherwise, it is
  // failed with the code "dependency".
  std::vector<After> after{};
  // A name: jobs of the datasource with the same key run one at a time, in the order of their
  // submits, or as DatasourceConfig::key_running_max says.
  std::string turn_key{};
  std::string unique{};  // a name, of which the datasource has one live job alone
  IfUnique if_unique = IfUnique::kAnswer;
  std::string group{};  // a name: the client's jobs with it are listed and waited for as one
  // Another group, whose jobs that were submitted before must have ended before a worker gets it.
  std::string after_group{};
  std::vector<FollowUp> then{};  // what is submitted when it ends
  // A JSON object, up to 16 KiB, of what its worker may need elsewhere, such as tokens of other
  // services. It goes to the worker alone, and is erased when the job ends.
  std::string grants{};
  // Code of the datasource that it is to run (code.h), by its hash, and what of it is called;
  // empty: "main". The request is {"args": [...], "kwargs": {...}} then.
  std::string code{};
  std::string method{};
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

// What a status is to have beyond what it always has.
struct StatusOptions {
  bool with_attempts = false;
  bool with_request = false;
};

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };
template <>
inline constexpr std::array<std::string_view, 4> kNames<LogLevel>{"debug", "info", "warning",
                                                                  "error"};

// What a worker has written about a job.
struct LogLine {
  unsigned number = 0;  // 1, 2, ... for the job
  Time time{};
  unsigned attempt = 0;
  LogLevel level = LogLevel::kInfo;
  std::string text{};
};

// One page of a job's log; `cursor` goes into the next query as `after`, 0 after the last page.
struct LogPage {
  std::vector<LogLine> lines{};
  unsigned cursor = 0;
};

struct LogQuery {
  unsigned after = 0;  // only lines with a greater number
  unsigned limit = 0;  // 1 .. 1000; 0: the store's default, 100
};

// Why a job is not running now.
struct Reason {
  enum class Kind : std::uint8_t {
    kFinal,        // it has ended
    kRunning,      // a worker has it
    kNotBefore,    // it asked to wait
    kBackoff,      // it waits since the last attempt failed
    kPaused,       // the datasource hands out no jobs
    kConcurrency,  // as many jobs of the datasource run as may; `count`
    kBehind,       // others come first; `count` of them, at most 10000 are counted
    kNoWorker,     // no worker asks for jobs of this datasource and function
    kDue,          // nothing holds it: the next worker that asks gets it
    kAfter,        // it waits for other jobs to end; `count` of them
    kKey,          // others with its key run or come first; `count`
    kThen,         // a follow-up of it was not made, or will not be; `count`: its place, from 1
    kRate          // as many jobs as may have begun, of the datasource, function or key; `count`
  };
  Kind kind = Kind::kFinal;
  std::string text{};  // for people
  Time until{};        // when it ends by itself; zero: not by the clock
  std::uint64_t count = 0;
};
template <>
inline constexpr std::array<std::string_view, 13> kNames<Reason::Kind>{
    "final",     "running", "not-before", "backoff", "paused", "concurrency", "behind",
    "no-worker", "due",     "after",      "key",     "then",   "rate"};

struct Explanation {
  Status status = Status::kSubmitted;
  std::vector<Reason> reasons{};  // all that hold, never none
  // Before this time it cannot run, as far as the clock alone decides; zero: it could run now, or
  // never will.
  Time earliest{};
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

struct RefusalCount {
  std::string what;  // limit, or code
  std::uint64_t count = 0;
};

// Counters since the store's start; schema/protocol.capnp explains them.
struct StoreStats {
  std::uint64_t requests = 0, refusals = 0, replies_dropped = 0;
  std::uint64_t turns = 0, commits = 0, syncs = 0;
  std::uint64_t journal_bytes = 0, derived_bytes = 0;
  std::uint64_t wal_bytes = 0, flush_bytes = 0, compaction_bytes = 0;
  std::uint64_t jobs_live = 0, jobs_finished = 0, waiters_parked = 0;
  std::uint64_t topics = 0, subscribers = 0;
  std::uint64_t frames_sent = 0, frames_lost = 0, repairs = 0, subscriptions_ignored = 0;
  std::vector<RefusalCount> refused = {};
  bool is_paused = false;  // no job of any datasource is handed out
};

}  // namespace jobq
