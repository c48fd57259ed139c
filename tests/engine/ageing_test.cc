// Jobs that wait for long come before those of higher priorities.
#include "engine_fixture.h"

namespace store {
namespace {

class Ageing : public ReplayedEngine {
 public:
  Ageing() { configure({.ageing = 60s}); }
  // Submitted and given so long after.
  Ids given(std::size_t max = 10) { return ids(accept(max)); }
};

}  // namespace

TEST_CASE_METHOD(Ageing, "a job gains a priority each time a step is over", "[ageing]") {
  submit({.job = "old", .priority = 10});
  advance(59s);
  SECTION("which it has not been") {
    now = Time(1'000'020s);  // the step that began at 1,000,020 s
    submit({.job = "high", .priority = 12});
    CHECK(given() == Ids{"high", "old"});
  }
  SECTION("one step for another client's of the same priority") {
    advance(60s);
    submit({.job = "new", .client = "bob", .priority = 10});
    submit({.job = "newer", .client = "bob", .priority = 10});
    CHECK(given() == Ids{"old", "new", "newer"});
  }
  SECTION("as many as lie between the priorities, and its client takes turns with theirs") {
    advance(120s);
    submit({.job = "b1", .client = "bob", .priority = 13});
    submit({.job = "b2", .client = "bob", .priority = 13});
    submit({.job = "c", .client = "carol", .priority = 14});
    CHECK(given() == Ids{"c", "old", "b1", "b2"});
  }
}

TEST_CASE_METHOD(Ageing, "it begins when the job may run", "[ageing]") {
  submit({.job = "late", .priority = 10, .delay = 1h});
  advance(1h);
  submit({.job = "high", .client = "bob", .priority = 11});
  CHECK(given() == Ids{"high", "late"});
}

TEST_CASE_METHOD(Ageing, "and anew with each attempt", "[ageing]") {
  submit({.job = "a", .priority = 10});
  const Lease lease = accept_one();
  advance(10 * 60s);
  REQUIRE(status("a") == Status::kRetrying);
  submit({.job = "b", .client = "bob", .priority = 11});
  (void)lease;
  advance(600s);
  submit({.job = "c", .client = "bob", .priority = 11});
  CHECK(given() == Ids{"b", "a", "c"});
}

TEST_CASE_METHOD(Ageing, "another step holds for those that wait", "[ageing]") {
  submit({.job = "a", .priority = 10});
  submit({.job = "b", .client = "bob", .priority = 12});
  advance(300s);
  submit({.job = "c", .client = "carol", .priority = 20});
  SECTION("none") {
    configure({});
    CHECK(given() == Ids{"c", "b", "a"});
  }
  SECTION("a shorter one") {
    configure({.ageing = 10s});
    CHECK(given() == Ids{"b", "a", "c"});
  }
  SECTION("the same") { CHECK(given() == Ids{"c", "b", "a"}); }
}

TEST_CASE_METHOD(Ageing, "with another priority it stays as old as it is", "[ageing]") {
  submit({.job = "a", .priority = 10});
  advance(600s);
  submit({.job = "b", .client = "bob", .priority = 25});
  apply(Edit{.datasource = "scan", .job = "a", .priority = 16, .request = {}});
  CHECK(given() == Ids{"a", "b"});
}

}  // namespace store
