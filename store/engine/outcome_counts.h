// Which counter a job counts in that has ended so. A part of the transition.
#pragma once

#include <cstdint>

#include "datasource.h"
#include "invariant.h"

namespace store {

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
