// Cron expressions: which local times one means. What a time zone makes of these is calendar.h's.
//
//   [second] minute hour day-of-month month day-of-week, or @hourly @daily @midnight @weekly
//   @monthly @yearly @annually
//
// A field is a list of values, ranges a-b, or *, each with /n for every nth; a/n goes from a to the
// end. Months and days of the week also have names, of three letters; Sunday is 0 and 7. Where both
// days are restricted (neither begins with *), one of them suffices, as with any cron.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace store {

class Cron {
 public:
  // What is wrong, field first, where it is none: "minute: 61 is not within 0..59".
  static std::variant<Cron, std::string> parse(std::string_view text);

  // The first after that time. Nothing: there is none within 41 years, so that there is none at
  // all. (29 February falls on each day of the week within 40 years, also over the year 2100.)
  std::optional<std::chrono::local_seconds> next(std::chrono::local_seconds after) const;

  // It names no hour: it goes by the time that passes, not by the clock on the wall.
  bool is_of_each_hour() const { return hours_ == kAllHours; }

 private:
  static constexpr std::uint64_t kAllHours = (1u << 24) - 1;

  bool has(std::chrono::local_days day) const;
  // The first from that second of the day on.
  std::optional<std::chrono::seconds> next_in_day(std::chrono::seconds from) const;

  // A bit for each value.
  std::uint64_t seconds_ = 0, minutes_ = 0, hours_ = 0, days_ = 0, months_ = 0, weekdays_ = 0;
  bool either_day_suffices_ = false;
};

}  // namespace store
