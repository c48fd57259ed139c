// Schedules in the journal and in the checkpoint.
#include "golden_records.h"
#include "record.capnp.h"

namespace store {
namespace {

std::shared_ptr<const SchedulePlan> plan() {
  return std::make_shared<const SchedulePlan>(
      SchedulePlan{{.cron = "30 2 * * *",
                    .zone = "Europe/Berlin",
                    .catch_up = jobq::CatchUp::kAll,
                    .overlap = jobq::Overlap::kReplace,
                    .jitter = Span(90'000),
                    .job = {.request = R"({"page":1})", .client = "alice", .tags = {"night"}}},
                   {.priority_max = 0,
                    .bytes_max = 999'999'999'999'999,
                    .waiting_max = 4,
                    .rates = {{5, RateSpan::kHour}, {50, RateSpan::kDay}}},
                   at(86'400'000)});
}

std::shared_ptr<const ScheduleRun> run() {
  return std::make_shared<const ScheduleRun>(ScheduleRun{.added_at = at(0),
                                                         .slot = at(5'000),
                                                         .due = at(6'000),
                                                         .is_paused = true,
                                                         .is_token_over = true,
                                                         .paused_why = "its token was revoked",
                                                         .runs = 7,
                                                         .last_job = "nightly.20231114T221320Z",
                                                         .last_sequence = 41,
                                                         .last_slot = at(1'000),
                                                         .last_at = at(2'000),
                                                         .last_status = Status::kFailed,
                                                         .last_ended_at = at(3'000),
                                                         .skipped_at = at(4'000),
                                                         .skipped_why = "the job j had not ended"});
}

}  // namespace

TEST_CASE("what happens to schedules is in the journal with all that it says") {
  const std::vector<Entry> entries = {
      {.sequence = 0,
       .job = {2, 0},
       .change = ScheduleSet{"nightly", plan(), run()},
       .token = "k1.a"},
      {.sequence = 0, .job = {2, 0}, .change = ScheduleChanged{"nightly", run()}},
      {.sequence = 0, .job = {2, 0}, .change = ScheduleRemoved{"nightly"}, .token = "k1.a"}};
  check_turn("record-turn-schedules", entries);
}

TEST_CASE("a schedule reads as it was written") {
  check_reads<record::Schedule>("record-schedule", ScheduleState{plan(), "k1.a", *run()});
  check_reads<record::Schedule>(
      "", ScheduleState{std::make_shared<const SchedulePlan>(
                            SchedulePlan{{.every = Span(1000), .job = {.client = "a"}}, {}, {}}),
                        "",
                        {}});
  check_cuts(encode_record(ScheduleState{plan(), "k1.a", *run()}),
             [](const std::string& cut) { return decode_record<ScheduleState>(cut); });
  CHECK(schedule_key(2, "nightly") == std::string("s\0\0\0\2nightly", 12));
}

}  // namespace store
