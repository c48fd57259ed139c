// A schedule as it was added, and how it stands.
#pragma once

#include <cstdint>
#include <string>

#include "job.h"
#include "jobq/schedules.h"
#include "token_use.h"

namespace store {

// What somebody wants to be done again and again, and what the token allows that it was added with.
struct SchedulePlan {
  jobq::Schedule schedule;
  Allowance allowance = {};
  Time token_until{};  // zero: it does not end by time
};
// What changes of a schedule as time passes.
struct ScheduleRun {
  Time added_at{};
  Time slot{};  // the next of its times; zero: there is none
  Time due{};   // when the job of that time is made
  bool is_paused = false;
  bool is_token_over = false;  // which is why it is paused
  std::string paused_why{};
  std::uint64_t runs = 0;
  // The job that was made last.
  std::string last_job{};
  Sequence last_sequence = 0;
  Time last_slot{};
  Time last_at{};
  Status last_status = Status::kSubmitted;  // once it has ended
  Time last_ended_at{};
  Time skipped_at{};
  std::string skipped_why{};
};

}  // namespace store
