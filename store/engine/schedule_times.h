// The times of one schedule: by its cron expression, or so much apart. Asked only where something
// is decided: what was decided is in the journal, so that a replay asks no table of time zones.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "calendar.h"
#include "changes.h"

namespace store {

class ScheduleTimes {
 public:
  // What is wrong, field first, where it means no times. `grid`: one of them, where they are so
  // much apart.
  static std::variant<ScheduleTimes, std::string> make(const jobq::Schedule& schedule, Time grid);

  // The first after that one; nothing: never.
  std::optional<Time> next(Time after) const;
  // The last up to that one. REQUIRES: `slot` is one of the times, and not later.
  Time latest(Time slot, Time until) const;
  // The last of them that has `count` - 1 others up to `until` behind it; `slot` itself where there
  // are not as many.
  Time latest_but(Time slot, Time until, std::size_t count) const;

 private:
  ScheduleTimes(const std::optional<Calendar>& calendar, Span every, Time grid)
      : calendar_(calendar), every_(every), grid_(grid) {}

  std::optional<Calendar> calendar_;
  Span every_;
  Time grid_;
};

// When the job of that time is made: later by what follows from its name and time, less than the
// jitter, and before the time after it.
Time due_of(const jobq::Schedule& schedule, std::string_view name, const ScheduleTimes& times,
            Time slot);
// The schedule's next time, if there is one, and when the job of it is made.
void wait_for(ScheduleRun& run, const jobq::Schedule& schedule, std::string_view name,
              const ScheduleTimes& times, std::optional<Time> slot);

// "nightly.20261129T030000Z"
std::string id_of(std::string_view name, Time slot);

}  // namespace store
