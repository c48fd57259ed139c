// The store's one source of time. The server reads it once per turn; everything else is told.
#pragma once

#include <algorithm>
#include <chrono>

#include "job.h"

namespace store {

class Clock {
 public:
  virtual ~Clock() = default;
  // The time of day, which somebody may set back.
  virtual Time now() const = 0;
  // Time that only passes.
  virtual Span elapsed() const = 0;
};

class SystemClock : public Clock {
 public:
  Time now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  }
  Span elapsed() const override {
    return std::chrono::duration_cast<Span>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

// The time of a clock, but never going backwards, also not from what the journal has seen. While
// the clock is behind, time goes on at 7/8 of its pace: timers keep running, and the clock catches
// up.
class StoreTime {
 public:
  // `clock` must outlive this.
  StoreTime(const Clock& clock, Time last) : clock_(clock), last_(last), seen_(clock.elapsed()) {}

  Time now() {
    const Span elapsed = clock_.elapsed();
    behind_ += 7 * (elapsed - seen_);
    seen_ = elapsed;
    const Time clock = clock_.now();
    if (clock >= last_) {
      last_ = clock;
      behind_ = {};
    } else {
      last_ += behind_ / 8;
      behind_ %= 8;
    }
    return last_;
  }

 private:
  const Clock& clock_;
  Time last_;
  Span seen_;
  Span behind_{};  // eighths of what has passed and is not in `last_` yet
};

}  // namespace store
