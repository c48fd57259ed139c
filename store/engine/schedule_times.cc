#include "schedule_times.h"

#include <xxhash.h>

#include <algorithm>
#include <cstdio>

namespace store {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

constexpr Span kSecond = seconds(1);

}  // namespace

std::variant<ScheduleTimes, std::string> ScheduleTimes::make(const jobq::Schedule& schedule,
                                                             Time grid) {
  if (schedule.cron.empty()) {
    return ScheduleTimes(std::nullopt, schedule.every, grid);
  }
  auto calendar = Calendar::make(schedule.cron, schedule.zone);
  if (auto* wrong = std::get_if<std::string>(&calendar)) {
    return std::move(*wrong);
  }
  return ScheduleTimes(std::get<Calendar>(calendar), {}, {});
}

std::optional<Time> ScheduleTimes::next(Time after) const {
  if (calendar_) {
    return calendar_->next(floor<seconds>(after));
  }
  const Span passed = after - grid_;
  return after < grid_ ? grid_ : grid_ + (passed / every_ + 1) * every_;
}

// By halves; first from the end on, since what is asked for is mostly near it.
Time ScheduleTimes::latest(Time slot, Time until) const {
  if (!calendar_) {
    return slot + (until - slot) / every_ * every_;
  }
  const auto first_from = [this](Time time) { return next(time - kSecond); };
  for (Span back = kSecond; until - back > slot; back *= 2) {
    const auto found = first_from(floor<seconds>(until - back));
    if (found && *found <= until) {
      slot = std::max(slot, *found);
      break;
    }
  }
  for (Time end = floor<seconds>(until);;) {
    const auto later = next(slot);
    if (!later || *later > end) {
      return slot;
    }
    slot = *later;
    const Time middle = floor<seconds>(slot + (end - slot) / 2);
    const auto found = first_from(middle);
    if (found && *found <= end) {
      slot = std::max(slot, *found);
    } else {
      end = middle - kSecond;
    }
  }
}

Time ScheduleTimes::latest_but(Time slot, Time until, std::size_t count) const {
  Time found = latest(slot, until);
  while (--count > 0 && found > slot) {
    found = latest(slot, found - kSecond);
  }
  return found;
}

Time due_of(const jobq::Schedule& schedule, std::string_view name, const ScheduleTimes& times,
            Time slot) {
  const auto after = schedule.jitter == Span::zero() ? std::nullopt : times.next(slot);
  const Span most = after ? std::min(schedule.jitter, *after - slot) : Span::zero();
  if (most <= Span::zero()) {
    return slot;
  }
  const auto seed = static_cast<std::uint64_t>(slot.time_since_epoch().count());
  return slot + Span(XXH3_64bits_withSeed(name.data(), name.size(), seed) %
                     static_cast<std::uint64_t>(most.count()));
}

void wait_for(ScheduleRun& run, const jobq::Schedule& schedule, std::string_view name,
              const ScheduleTimes& times, std::optional<Time> slot) {
  run.slot = slot.value_or(Time{});
  run.due = slot ? due_of(schedule, name, times, *slot) : Time{};
}

std::string id_of(std::string_view name, Time slot) {
  const auto day = floor<std::chrono::days>(slot);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(floor<seconds>(slot) - day);
  char text[40];
  std::snprintf(text, sizeof text, ".%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return std::string(name) + text;
}

}  // namespace store
