// What follows jobs, in the journal and in the checkpoint.
#include "golden_records.h"
#include "record.capnp.h"

namespace store {
namespace {

Time at(std::int64_t ms) { return Time(Span(1'700'000'000'000 + ms)); }

const Terms kTerms{.keep_for = Span(60'000),
                   .failures_max = 5,
                   .lost_leases_max = 3,
                   .backoff = Backoff{Span(1000), Span(3'600'000), 200, 20}};

FollowPlan plan() {
  return {.then = {{.datasource = "mail", .function = "send", .then = {{.job = "j-3"}}},
                   {.on = jobq::FollowOn::kFailed, .request = "[1]", .priority = 9}},
          .allowance = {.priority_max = std::uint8_t{80},
                        .waiting_max = 7,
                        .rates = {{10, RateSpan::kMinute, 5}},
                        .functions = {"s*"}},
          .token_until = at(5000),
          .token = "k1.a"};
}

std::vector<Entry> entries() {
  return {{.sequence = 1,
           .job = {0, 1},
           .change = Submitted{.id = "j-1",
                               .client = "alice",
                               .function = {},
                               .request = "1",
                               .trace = {},
                               .tags = {},
                               .priority = 50,
                               .not_before = {},
                               .terms = kTerms,
                               .content = {},
                               .then = std::make_shared<const FollowPlan>(plan()),
                               .follows = "mail/j-0"}},
          {.sequence = 0, .job = {0, 1}, .change = Followed{0, {.id = "j-2"}}},
          {.sequence = 0, .job = {0, 1}, .change = Followed{1, {.refused = "token: was revoked"}}}};
}

}  // namespace

TEST_CASE("what follows a job is in the journal as it was said") {
  const DecodedTurn turn =
      decode_turn(stored<record::Turn>("record-turn-then", encode_turn(at(0), entries())));
  REQUIRE(turn.entries.size() == 3);
  const auto& submitted = std::get<Submitted>(turn.entries[0].change);
  REQUIRE(submitted.then != nullptr);
  CHECK(describe(*submitted.then) == describe(plan()));
  CHECK(submitted.follows == "mail/j-0");
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}}) {
    CHECK(describe(turn.entries[i]) == describe(entries()[i]));
  }
}

TEST_CASE("what follows a job, and what came of it, reads as it was written") {
  State state(1);
  Entry added{.sequence = 0, .job = {}, .change = DatasourceAdded{"scan"}};
  state.apply(at(0), added);
  auto changes = entries();
  for (Entry& entry : changes) {
    state.apply(at(0), entry);
  }
  const Job& job = *state.find(0, "j-1");
  const std::string record =
      stored<record::Job>("record-job-then", encode_job(state, job, Texts{}, nullptr));
  const StoredJob read = decode_job(job.key, record);
  REQUIRE(read.then.plan != nullptr);
  CHECK(describe(*read.then.plan) == describe(plan()));
  CHECK(read.then.results.at(0).id == "j-2");
  CHECK(read.then.results.at(1).refused == "token: was revoked");
  CHECK(read.follows == "mail/j-0");
}

}  // namespace store
