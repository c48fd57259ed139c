// What the store's clock shows, as far as this machine can know without having the same.
#pragma once

#include <chrono>
#include <optional>

#include "jobq/types.h"

namespace jobq {

class StoreClock {
 public:
  using Clock = std::chrono::steady_clock;

  // The store said `now`, and we heard it at `heard_at`: its clock is not behind that since.
  void set(Time now, Clock::time_point heard_at) {
    now_ = now;
    heard_at_ = heard_at;
  }

  // Clocks drift, and are set.
  bool is_fresh() const { return heard_at_ && Clock::now() < *heard_at_ + std::chrono::minutes(1); }

  // By this machine's clock; never before the store's clock shows `time`, and later by no more
  // than its answer was under way. REQUIRES: set() was called.
  Clock::time_point to_local(Time time) const {
    // Times as far as the clock reaches are for ever.
    constexpr Span kFarthest = std::chrono::hours(24 * 365 * 100);
    return *heard_at_ + (time - now_ < kFarthest ? time - now_ : kFarthest);
  }

 private:
  Time now_{};
  std::optional<Clock::time_point> heard_at_;
};

}  // namespace jobq
