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

}  // namespace store
