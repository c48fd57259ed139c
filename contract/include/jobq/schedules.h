// Schedules: jobs that a datasource is given again and again, by the clock. docs/schedules.md says
// how, docs/protocol.md has the limits. Times are the store's clock.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jobq/types.h"

namespace jobq {

// What is made up for of the times that passed while the store was off, or could take no job in:
// nothing, the last of them, or all, the last 1000.
enum class CatchUp : std::uint8_t { kNone, kOne, kAll };
template <>
inline constexpr std::array<std::string_view, 3> kNames<CatchUp>{"none", "one", "all"};

// While the job made before has not ended: no new one, one all the same, or one in its place, which
// is cancelled.
enum class Overlap : std::uint8_t { kSkip, kQueue, kReplace };
template <>
inline constexpr std::array<std::string_view, 3> kNames<Overlap>{"skip", "queue", "replace"};

struct Schedule {
  std::string cron{};  // "0 3 * * *", "@hourly", ...; with six fields the first is the second
  std::string zone{};  // of the cron expression, as "Europe/Berlin"; empty: UTC
  Span every{};        // instead of it: 1 s .. 365 days
  CatchUp catch_up = CatchUp::kNone;
  Overlap overlap = Overlap::kSkip;
  Span jitter{};  // each job up to so much later, never after the next time; up to 1 day
  NewJob job{};   // what is submitted; without id, notBefore and delay
};

struct ScheduledTime {
  Time at{};
};

struct ScheduleStatus {
  std::string name{};
  Schedule schedule{};  // in lists without the job's request
  Time added_at{};
  Time next_at{};  // zero while it is paused
  bool is_paused = false;
  std::string paused_why{};
  std::uint64_t runs = 0;  // jobs made
  std::string last_job{};
  Time last_slot{};           // the time that it was made for
  Time last_at{};             // when it was made
  std::string last_status{};  // of that job, also when it is forgotten
  Time last_ended_at{};
  Time skipped_at{};  // when a time passed without a job, at last, and why
  std::string skipped_why{};
  std::vector<ScheduledTime> times{};  // the next ones, where asked for
};

struct SchedulePage {
  std::vector<ScheduleStatus> schedules{};
  bool is_end = false;
};

}  // namespace jobq
