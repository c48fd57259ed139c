#include "clock_watch.h"

#include <spdlog/spdlog.h>

#include "timestamp.h"

namespace store {
namespace {

// How often it is noted that the store is alive.
constexpr Span kAliveInterval = std::chrono::seconds(1);

const char* meaning_of(Pace pace) {
  switch (pace) {
    case Pace::kSlower:
      return "is behind the store's time, which goes slower until it has caught up";
    case Pace::kFaster:
      return "was set forward: the store's time goes faster until it has caught up; "
             "--accept-clock takes the clock's at a start";
    case Pace::kOwnPace:
      return "is more than a day ahead of what has passed, and is not believed; if it is right, "
             "restart jobqd with --accept-clock";
    case Pace::kClock: break;
  }
  return "and the store's time agree again";
}

}  // namespace

void ClockWatch::look(Time now) {
  const bool is_far = std::chrono::abs(time_.clock_now() - now) > StoreTime::kMoment;
  if (const Pace pace = time_.pace(); pace != pace_ && (is_far || pace == Pace::kClock)) {
    pace_ = pace;
    spdlog::log(pace == Pace::kClock ? spdlog::level::info : spdlog::level::warn,
                "the clock, at {}, {}", jobq::rfc3339(time_.clock_now()), meaning_of(pace));
  }
  // A start that finds the clock elsewhere must not fall behind what this turn says.
  if (alive_ != nullptr && (now >= next_note_ || time_.pace() != Pace::kClock)) {
    alive_->note(now, time_.elapsed());
    next_note_ = now + kAliveInterval;
  }
}

}  // namespace store
