// Jobs of one client that are looked at as one.
#include "engine_fixture.h"

namespace store {
namespace {

class Groups : public ReplayedEngine {
 public:
  Ids in(const std::string& group, std::optional<std::string> client = "alice") {
    ListJobs list = list_command(std::move(client), 0, 1000);
    list.group = group;
    const Ids found = ids(ask<ListReply>(list).jobs);
    CHECK(std::get<CountReply>(*apply(CountJobs{list})).count == found.size());
    return found;
  }
};

}  // namespace

TEST_CASE_METHOD(Groups, "a group has its client's jobs, live and ended", "[group]") {
  submit({.job = "a", .group = "g"});
  submit({.job = "b"});
  submit({.job = "c", .group = "h"});
  submit({.job = "d", .group = "g"});
  submit({.job = "e", .client = "bob", .group = "g"});
  complete(accept_one());
  CHECK(in("g") == Ids{"a", "d"});
  CHECK(in("h") == Ids{"c"});
  CHECK(in("g", "bob") == Ids{"e"});
  CHECK(in("h", "bob").empty());
  CHECK(in("g", std::nullopt) == Ids{"a", "d", "e"});
  CHECK(in("none").empty());
  CHECK(ask<JobReply>(GetJob{"scan", "d", "alice"}).job.group == "g");
  CHECK(replayed_digest() == engine.digest());
}

TEST_CASE_METHOD(Groups, "a group is there as long as one of its jobs", "[group]") {
  submit({.job = "a", .group = "g"});
  submit({.job = "b", .group = "g"});
  const State& state = engine.state();
  const auto of_g = state.brought.all().bytes;
  apply(Cancel{"scan", "a", "alice"});
  apply(Remove{"scan", "a"});
  advance(1ms);
  CHECK(in("g") == Ids{"b"});
  CHECK(state.datasource(0).groups.size() == 1);
  CHECK(state.brought.all().bytes == of_g);
  apply(Cancel{"scan", "b", "alice"});
  apply(Remove{"scan", "b"});
  advance(1ms);
  CHECK(in("g").empty());
  CHECK(state.datasource(0).groups.empty());
  CHECK(state.brought.all().bytes == 0);
}

TEST_CASE_METHOD(Groups, "a restarted job is of its parent's group", "[group]") {
  submit({.job = "a", .group = "g"});
  apply(Cancel{"scan", "a", "alice"});
  apply(Restart{"scan", "a", "again"});
  CHECK(in("g") == Ids{"a", "again"});
}

TEST_CASE_METHOD(Groups, "the same job in another group is another one", "[group]") {
  submit({.job = "a", .group = "g"});
  CHECK(refusal(try_submit({.job = "a", .group = "h"})) == Code::kConflict);
  CHECK_FALSE(std::get<SubmitReply::Result>(try_submit({.job = "a", .group = "g"})).created);
}

TEST_CASE_METHOD(Groups, "room for a new group is asked for", "[group]") {
  token = "k1.t";
  submit({.job = "a", .group = "g"});
  limits.name_bytes_max = limits.name_bytes_per_token_max = engine.state().brought.all().bytes;
  submit({.job = "b", .group = "g"});
  CHECK(refusal(try_submit({.job = "c", .group = "h"})) == Code::kFull);
}

TEST_CASE_METHOD(ReplayedEngine, "a job waits for a group to end, however its jobs do", "[group]") {
  submit({.job = "a", .group = "g"});
  submit({.job = "b", .group = "g"});
  submit({.job = "sum", .after_group = "g"});
  const auto explained = ask<Explanation>(Explain{"scan", "sum", "alice"});
  REQUIRE(explained.reasons.at(0).kind == Reason::Kind::kAfter);
  CHECK(explained.reasons[0].text == "it waits for 2 jobs of the group g");
  CHECK(view("sum").after_group == "g");
  REQUIRE(ids(accept(10)) == Ids{"a", "b"});
  CHECK(refusal(take("sum")) == Code::kConflict);
  complete({"a", 1});
  CHECK(accept(10).empty());
  SECTION("well") { complete({"b", 1}); }
  SECTION("badly") { fail({"b", 1}); }
  SECTION("by a cancel") {
    cancel("b");
    acknowledge_cancel({"b", 1});
  }
  const auto given = accept(10);
  REQUIRE(ids(given) == Ids{"sum"});
  CHECK(given[0].after_group == "g");
}

TEST_CASE_METHOD(ReplayedEngine, "not for those that come later, so that none waits for itself",
                 "[group]") {
  submit({.job = "a", .group = "g"});
  submit({.job = "sum", .group = "sums", .after_group = "g"});
  submit({.job = "b", .group = "g", .after_group = "sums"});
  submit({.job = "all", .after_group = "g"});
  CHECK(ids(accept(10)) == Ids{"a"});
  complete({"a", 1});
  CHECK(ids(accept(10)) == Ids{"sum"});
  complete({"sum", 1});
  CHECK(ids(accept(10)) == Ids{"b"});
  complete({"b", 1});
  CHECK(ids(accept(10)) == Ids{"all"});
}

TEST_CASE_METHOD(ReplayedEngine, "for none where there is none, of its own client alone",
                 "[group]") {
  submit({.job = "b", .client = "bob", .group = "g"});
  submit({.job = "sum", .after_group = "g"});
  CHECK(ids(accept(10)) == Ids{"b", "sum"});
}

TEST_CASE_METHOD(ReplayedEngine, "a wait for a group ends with the job", "[group]") {
  submit({.job = "a", .group = "g"});
  submit({.job = "sum", .valid_for = 10s, .after_group = "g"});
  submit({.job = "other", .after_group = "g"});
  advance(1h);
  CHECK(status("sum") == Status::kSubmitted);  // its time has not begun
  cancel("sum");
  complete(accept_one());
  CHECK(ids(accept(10)) == Ids{"other"});
  CHECK(engine.next_deadline() != Time::min());
}

TEST_CASE_METHOD(ReplayedEngine, "many that wait for a group are told in steps", "[group]") {
  limits.flow_steps_per_turn_max = 2;
  submit({.job = "a", .group = "g"});
  for (const char* job : {"s1", "s2", "s3", "s4", "s5"}) {
    submit({.job = job, .after_group = "g"});
  }
  tick();
  complete(accept_one());
  CHECK(engine.next_deadline() == Time::min());
  CHECK(ids(accept(10)) == Ids{"s1", "s2"});
  SECTION("the rest follows") {
    tick();
    tick();
    CHECK(ids(accept(10)) == Ids{"s3", "s4", "s5"});
  }
  SECTION("also while the group has a younger one") {
    submit({.job = "b", .group = "g"});
    tick();
    tick();
    CHECK(ids(accept(10)).size() == 4);
  }
}

TEST_CASE_METHOD(ReplayedEngine, "a restarted job waits for no group", "[group]") {
  submit({.job = "a", .group = "g"});
  submit({.job = "sum", .after_group = "g"});
  cancel("sum");
  apply(Restart{.datasource = "scan", .job = "sum", .new_id = "again"});
  CHECK(ids(accept(10)) == Ids{"a", "again"});
}

}  // namespace store
