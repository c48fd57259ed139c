// Jobs that wait for others, in the journal and in the checkpoint.
#include "golden_records.h"
#include "record.capnp.h"

namespace store {
namespace {

Submitted submitted_after(const std::string& id, std::vector<Dependency> after) {
  Submitted made = plain(
      id,
      {.keep_for = Span(60'000), .failures_max = 5, .lost_leases_max = 3, .backoff = Backoff{}});
  made.extras = boxed({.after = std::move(after)});
  return made;
}

std::vector<Entry> turn() {
  return {
      {.sequence = 1, .job = {0, 1}, .change = submitted_after("a", {})},
      {.sequence = 2, .job = {0, 2}, .change = submitted_after("b", {})},
      {.sequence = 3,
       .job = {0, 3},
       .change = submitted_after("c", {{0, 1}, {.datasource = 0, .sequence = 2, .any_end = true}})},
      {.sequence = 4, .job = {0, 4}, .change = submitted_after("d", {{0, 3}})},
      {.sequence = 5, .job = {0, 2}, .change = Cancelled{}},
      {.sequence = 0, .job = {0, 3}, .change = AwaitedEnded{{0, 2}}},
      {.sequence = 6, .job = {0, 1}, .change = Cancelled{}},
      {.sequence = 7, .job = {0, 3}, .change = Unmet{{"dependency", "a is cancelled", {}}}}};
}

}  // namespace

TEST_CASE("what becomes of jobs that wait is in the journal with all that it says") {
  const std::vector<Entry> entries = turn();
  check_turn("record-turn-after", entries);
  check_cuts(encode_turn(at(0), entries), decode_turn);
}

TEST_CASE("a job that waits reads as it was written, and so does what is still to be told") {
  State state{1};
  std::vector<Entry> entries = turn();
  Entry datasource{.sequence = 0, .job = {0, 0}, .change = DatasourceAdded{"scan"}};
  state.apply(at(0), datasource);
  State again{2};
  Restore restore(again);
  for (Entry& entry : entries) {
    state.apply(at(1), entry);
  }
  // c has failed; that d waits for it is to be told yet.
  CHECK(state.dependencies.next_ended()->waiter == JobKey{0, 4});
  restore.datasource("scan", 7, state.datasource(0).last_stamp, 1, "");
  for (const char* id : {"a", "b", "c", "d"}) {
    const Job& job = *state.find(0, id);
    const std::string bytes = encode_job(state, job, {}, nullptr);
    restore.job(decode_job(
        job.key, id == std::string("c") ? stored<record::Job>("record-job-after", bytes) : bytes));
  }
  restore.finish();
  CHECK(describe(again.dependencies.of(*again.find(0, "c"))) ==
        describe(state.dependencies.of(*state.find(0, "c"))));
  CHECK(again.find(0, "d")->awaited == 1);
  CHECK(again.dependencies.next_ended()->awaited == JobKey{0, 3});
}

}  // namespace store
