// What attempts and functions keep, in the journal and in the checkpoint.
#include "golden_records.h"

namespace store {
namespace {

constexpr Hash kSaid{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

}  // namespace

TEST_CASE("what is left is in the journal with all that it says") {
  const std::vector<Entry> entries = {
      {.sequence = 0, .job = {2, 7}, .change = CheckpointLeft{"page 5", {}}, .token = "k1.a"},
      {.sequence = 0, .job = {2, 7}, .change = CheckpointLeft{"", kSaid}, .token = "k1.a"},
      {.sequence = 0,
       .job = {2, 7},
       .change = StateChanged{"ocr", {{"page", "5"}, {"gone", ""}}, "k1.b", kSaid},
       .token = "k1.a"},
      {.sequence = 0, .job = {2, 0}, .change = StateChanged{"ocr", {{"page", "6"}}}}};
  check_turn("record-turn-state", entries);
  check_cuts(encode_turn(at(0), entries), decode_turn);
}

TEST_CASE("what a function keeps reads as it was written") {
  const FunctionValues kept{{{"page", "5"}, {"seen", "a\nb"}}, at(1), "k1.a"};
  check_reads<record::FunctionValues>("record-function-values", kept);
  check_cuts(encode_record(kept),
             [](const std::string& cut) { return decode_record<FunctionValues>(cut); });
  CHECK(function_values_key(2, "ocr") == std::string("k\0\0\0\2ocr", 8));
}

TEST_CASE("a job keeps its checkpoint") {
  State state{1};
  Job made{.id = "j", .key = {0, 1}};
  state.add_datasource("scan", "");
  const Slot slot = state.add_job(made, "alice", "ocr", {}, {.backoff = Backoff()}, "k1.a");
  set_checkpoint(state, state.jobs.at(slot), 6);
  CHECK(state.checkpoints.of("k1.a").bytes == 6);
  Texts texts;
  texts.checkpoint = "page 5";
  const std::string bytes = stored<record::Job>(
      "record-job-checkpoint", encode_job(state, *state.find(JobKey{0, 1}), texts, nullptr));
  CHECK(decode_job({0, 1}, bytes).job.checkpoint_bytes == 6);
  CHECK(decode_job_texts(bytes).texts.checkpoint == "page 5");
}

TEST_CASE("flags are in the journal") {
  const std::vector<Entry> entries = {
      {.sequence = 5, .job = {2, 1}, .change = Flagged{Flagged::kSlow}},
      {.sequence = 6, .job = {2, 1}, .change = Flagged{Flagged::kStalled}},
      {.sequence = 0, .job = {2, 1}, .change = StallPutOff{at(7)}}};
  check_turn("record-turn-flags", entries);
}

TEST_CASE("a job keeps its soft limits, and what came of them") {
  State state{1};
  Job made{.id = "j", .key = {0, 1}};
  made.started_at = at(1);
  made.slow_at = at(2);
  made.stall_at = at(3);
  made.is_slow = made.is_stalled = true;
  state.add_datasource("scan", "");
  const Terms terms{.backoff = Backoff(),
                    .slow_after = Span(4),
                    .stall_after = Span(5),
                    .stall_fails = true,
                    .defer_max = Span(6)};
  state.add_job(made, "alice", "ocr", {}, terms, "k1.a");
  const StoredJob read = decode_job(
      {0, 1}, stored<record::Job>("record-job-flags",
                                  encode_job(state, *state.find(JobKey{0, 1}), {}, nullptr)));
  CHECK(describe(read.terms) == describe(terms));
  CHECK(describe(read.job.started_at) == describe(at(1)));
  CHECK(describe(read.job.slow_at) == describe(at(2)));
  CHECK(describe(read.job.stall_at) == describe(at(3)));
  CHECK(read.job.is_slow);
  CHECK(read.job.is_stalled);
}

}  // namespace store
