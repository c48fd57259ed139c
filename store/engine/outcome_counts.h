// Which counter a job counts in that has ended so. A part of the transition.
#pragma once

#include <cstdint>

#include "datasource.h"
#include "invariant.h"

namespace store {

// Of what the worker said, or the clock: the end of the attempt's time, or a stall, which is
// counted.
template <typename AnyRetried>
Ending ending_of(const AnyRetried& retried) {
  const bool is_timeout = retried.outcome == Hash{} && retried.failure.code != "stalled";
  return is_timeout ? Ending::kTimeout : Ending::kFailed;
}
inline void note_flag(Job& job, const Flagged& flagged, Counters& total) {
  if (flagged.flags == Flagged::kSlow) {
    job.is_slow = true;
    job.slow_at = {};
    ++total.slow;
  } else {
    job.is_stalled = true;
    job.stall_at = {};
    ++total.stalled;
  }
}
// An attempt has ended, by its worker's word or otherwise.
inline void note_end(Job& job, Ending ending, bool is_said, Time now, FunctionCounts& counts) {
  Counters& total = counts.total;
  if (ending == Ending::kLeaseLost || ending == Ending::kUndelivered ||
      (ending == Ending::kCancelled && !is_said)) {
    ++total.lost;  // how long it ran nobody knows
  } else {
    total.ran += now - job.accepted_at;
    counts.runs.add(now - job.accepted_at);
  }
  switch (ending) {
    case Ending::kTimeout:
    case Ending::kFailed: ++job.failures, ++total.errors; break;
    case Ending::kLeaseLost: ++job.lost_leases, ++total.errors; break;
    case Ending::kReleased: ++job.releases, ++total.releases; break;
    case Ending::kComplete:
    case Ending::kForbidden:
    case Ending::kCancelled:
    case Ending::kUndelivered: break;
  }
}
inline std::uint64_t& count_of(Status status, Counters& total) {
  switch (status) {
    case Status::kComplete: return total.complete;
    case Status::kFailed: return total.failed;
    case Status::kCancelled: return total.cancelled;
    case Status::kForbidden: return total.forbidden;
    case Status::kSubmitted:
    case Status::kAccepted:
    case Status::kRetrying: break;
  }
  INVARIANT(false, to_string(status));
  return total.failed;
}

}  // namespace store
