// Events of a datasource's event log, as watchers get them (jobq/watch.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "jobq/types.h"

namespace jobq {

enum class EventKind : std::uint8_t {
  kSubmitted,
  kAccepted,
  kProgress,
  kLog,
  kComplete,  // the response is in the job's status (jobq/client.h)
  kFailed,    // for good
  kForbidden,
  kRetrying,  // the attempt failed or ran out of time
  kReleased,
  kLeaseLost,
  kUndelivered,  // the worker was gone when the lease was sent to it: the job waits as before
  kCancelRequested,
  kCancelled,
  kEdited,
  kHeartbeat,  // of streams alone, here and below: no watch tells them
  kEnded,
  kFlagged,  // the attempt runs for long, or is without progress, and goes on
  kOther     // one that this library does not know
};
template <>
inline constexpr std::array<std::string_view, 18> kNames<EventKind>{
    "submitted", "accepted", "progress",  "log",        "complete",    "failed",
    "forbidden", "retrying", "released",  "lease-lost", "undelivered", "cancel-requested",
    "cancelled", "edited",   "heartbeat", "ended",      "flagged",     "other"};
// "submitted", "lease-lost", "cancel-requested"

// One entry of a datasource's event log. What does not belong to its kind is empty or zero.
struct Event {
  std::uint64_t sequence = 0;  // 1, 2, ... within the datasource; those of a scope have gaps
  EventKind kind = EventKind::kOther;
  std::string datasource{};
  std::string job{};
  std::string client{};
  Time time{};
  Status status = Status::kSubmitted;  // the job's, after this event
  unsigned attempt = 0;
  std::uint64_t job_sequence = 0;  // JobStatus::sequence
  std::string function{};
  std::string worker{};  // kAccepted: who has it
  JobError error{};      // kFailed, kForbidden, kRetrying: without detail
  double progress = 0;   // kProgress: 0 .. 1
  std::string
      message{};  // kProgress: what the worker said; kReleased: why; kFlagged: "slow" or "stalled"
  std::optional<LogLine> log{};  // kLog
  Time not_before{};  // kSubmitted, kRetrying, kReleased: not to be given out before; zero: at once
  Time until{};       // kAccepted: the lease's deadline; kCancelRequested: end of the grace
  unsigned priority = 0;  // kSubmitted, kEdited
  std::string parent{};   // kSubmitted: the job that this one restarts
};

}  // namespace jobq
