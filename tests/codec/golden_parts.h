// Schedules and functions as the golden replies have them.
#pragma once

#include "replies.h"

namespace store {

inline Time golden_time(std::int64_t ms) { return Time(Span(1'700'000'000'000 + ms)); }

inline jobq::ScheduleStatus schedule_status() {
  return {.name = "nightly",
          .schedule = {.cron = "30 2 * * *",
                       .zone = "Europe/Berlin",
                       .catch_up = jobq::CatchUp::kOne,
                       .overlap = jobq::Overlap::kQueue,
                       .jitter = Span(60'000),
                       .job = {.request = "{}", .client = "alice", .priority = 20}},
          .added_at = golden_time(0),
          .next_at = golden_time(5'000),
          .is_paused = false,
          .paused_why = {},
          .runs = 7,
          .last_job = "nightly.20231114T221320Z",
          .last_slot = golden_time(1'000),
          .last_at = golden_time(2'000),
          .last_status = "complete",
          .last_ended_at = golden_time(3'000),
          .skipped_at = golden_time(4'000),
          .skipped_why = "was missed: the store was off, or had no room",
          .times = {{golden_time(5'000)}, {golden_time(6'000)}}};
}
inline jobq::ScheduleStatus paused_schedule() {
  return {.name = "poll",
          .schedule = {.every = Span(900'000), .job = {.client = "alice"}},
          .added_at = golden_time(0),
          .is_paused = true,
          .paused_why = "its token was revoked"};
}

inline jobq::FunctionStatus function_status() {
  return {.function = {.name = "ocr",
                       .version = "1.2",
                       .documentation = "# OCR\n\nReads a page.",
                       .author = "alice@example.org",
                       .tags = {"fast", "text"},
                       .priority = 70,
                       .terms = {.keep_for = Span(60'000), .keep_failed_for = Span(90'000)},
                       .cost = 5,
                       .calls = {{"GET", "/photos/*"}, {"", "/scans/latest"}},
                       .request_schema = R"({"type":"object"})",
                       .response_schema = "true",
                       .indexed = {{"page", "/page", true}, {"lang", "/options/lang", false}}},
          .registered_at = golden_time(1'000),
          .changed_at = golden_time(2'000),
          .cost = 5,
          .quota = jobq::Quota{.left = 0,
                               .left_at = golden_time(9'000),
                               .rates = {{.count = 10, .per = Span(3'600'000), .used = 7}}}};
}

}  // namespace store
