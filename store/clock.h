// The store's one source of time. The server reads it once per turn; everything else is told.
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "job.h"

namespace store {

class Clock {
 public:
  virtual ~Clock() = default;
  // The time of day, which somebody may set wrong.
  virtual Time now() const = 0;
  // Time that only passes, also while the machine sleeps: since it was started.
  virtual Span elapsed() const = 0;
};

class SystemClock : public Clock {
 public:
  Time now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  }
  Span elapsed() const override {
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::duration_cast<Span>(std::chrono::seconds(time.tv_sec) +
                                            std::chrono::nanoseconds(time.tv_nsec));
  }
};

// The store's time, and what elapsed() was, at one moment since the machine's start.
struct LastAlive {
  Time time{};
  Span elapsed{};
};

// Both times of a turn.
struct Moment {
  Time now;    // the store's
  Time clock;  // of day
};

// How far the store's time is from the clock's, and what it does about that.
enum class Pace {
  kClock,    // they agree
  kSlower,   // the clock is behind: time goes at 7/8 of its pace until that has caught up
  kFaster,   // the clock is ahead by more than a moment: time catches up at 9/8
  kOwnPace,  // the clock is so far ahead that it is not believed
};

// The time of a clock, but never going backwards, also not from what the store has said before its
// start, and never leaping: what has not passed does not make leases end and jobs run.
class StoreTime {
 public:
  struct Start {
    Time journal_last{};  // zero: there is none
    std::optional<LastAlive> alive = {};
    bool is_clock_believed = false;  // however far ahead it is
  };

  // Further ahead, a clock is not followed at once.
  static constexpr Span kMoment = std::chrono::seconds(1);
  // Further ahead, it is not followed at all.
  static constexpr Span kBelievedAhead = std::chrono::hours(24);
  // For so long a store may have been off, if nothing tells how long it was.
  static constexpr Span kBelievedOff = std::chrono::days(30);

  // `clock` must outlive this.
  StoreTime(const Clock& clock, const Start& start)
      : clock_(clock),
        seen_(clock.elapsed()),
        last_alive_(std::max(start.journal_last, start.alive ? start.alive->time : Time{})),
        last_(last_alive_) {
    clock_now_ = clock_.now();
    if (start.alive) {
      last_ = std::max(last_, start.alive->time + (seen_ - start.alive->elapsed));
    }
    const bool is_unbounded = last_alive_ == Time{} || start.is_clock_believed ||
                              (!start.alive && clock_now_ - last_ <= kBelievedOff);
    last_ = is_unbounded ? std::max(last_, clock_now_) : last_;
    now();
  }

  Time now() {
    const Span elapsed = clock_.elapsed();
    const Span passed = elapsed - seen_;
    seen_ = elapsed;
    clock_now_ = clock_.now();
    const Span ahead = clock_now_ - (last_ + passed);
    if (clock_now_ < last_) {
      pace_ = Pace::kSlower;
      pass(passed, 7);
    } else if (ahead <= kMoment) {
      pace_ = Pace::kClock;
      last_ = clock_now_;
      eighths_ = {};
    } else if (ahead <= kBelievedAhead) {
      pace_ = Pace::kFaster;
      pass(passed, 9);
    } else {
      pace_ = Pace::kOwnPace;
      pass(passed, 8);
    }
    return last_;
  }

  // As of the last now().
  Time clock_now() const { return clock_now_; }
  Span elapsed() const { return seen_; }
  Pace pace() const { return pace_; }
  // Before the start; zero for a new store.
  Time last_alive() const { return last_alive_; }

 private:
  void pass(Span passed, int eighths) {
    eighths_ += eighths * passed;
    last_ += eighths_ / 8;
    eighths_ %= 8;
  }

  const Clock& clock_;
  Span seen_;
  const Time last_alive_;
  Time last_;
  Time clock_now_{};
  Pace pace_ = Pace::kClock;
  Span eighths_{};  // of what has passed and is not in `last_` yet
};

}  // namespace store
