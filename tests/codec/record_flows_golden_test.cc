// What follows jobs, in the journal and in the checkpoint.
#include "golden_records.h"

namespace store {
namespace {

FollowPlan follow_plan() {
  return {.then = {{.datasource = "mail", .function = "send", .then = {{.job = "j-3"}}},
                   {.on = jobq::FollowOn::kFailed, .request = "[1]", .priority = 9}},
          .allowance = {.priority_max = std::uint8_t{80},
                        .waiting_max = 7,
                        .rates = {{10, RateSpan::kMinute, 5}},
                        .functions = {"s*"}},
          .token_until = at(5000),
          .token = "k1.a"};
}

std::vector<Entry> entries_with_plan() {
  Submitted made = plain("j-1", kRetriedTerms);
  made.extras.change().then = std::make_shared<const FollowPlan>(follow_plan());
  made.extras.change().follows = "mail/j-0";
  made.extras.change().group = "album";
  return {{.sequence = 1, .job = {0, 1}, .change = std::move(made)},
          {.sequence = 0, .job = {0, 1}, .change = Followed{0, {.id = "j-2"}}},
          {.sequence = 0, .job = {0, 1}, .change = Followed{1, {.refused = "token: was revoked"}}}};
}

}  // namespace

TEST_CASE("what follows a job is in the journal as it was said") {
  check_turn("record-turn-then", entries_with_plan());
}

TEST_CASE("what follows a job, and what came of it, reads as it was written") {
  State state(1);
  Entry added{.sequence = 0, .job = {}, .change = DatasourceAdded{"scan"}};
  state.apply(at(0), added);
  auto changes = entries_with_plan();
  for (Entry& entry : changes) {
    state.apply(at(0), entry);
  }
  const Job& job = *state.find(0, "j-1");
  const std::string record =
      stored<record::Job>("record-job-then", encode_job(state, job, Texts{}, nullptr));
  const StoredJob read = decode_job(job.key, record);
  REQUIRE(read.then.plan != nullptr);
  CHECK(describe(*read.then.plan) == describe(follow_plan()));
  CHECK(read.then.results.at(0).id == "j-2");
  CHECK(read.then.results.at(1).refused == "token: was revoked");
  CHECK(read.follows == "mail/j-0");
  CHECK(read.group == "album");
}

}  // namespace store
