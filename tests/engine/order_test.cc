// Who gets the next job: priority, turns of clients and their weights, age, functions.
#include "engine_fixture.h"

namespace store {

TEST_CASE_METHOD(ReplayedEngine, "priority goes before turns and age") {
  submit({.job = "a1", .client = "alice", .priority = 10});
  submit({.job = "a2", .client = "alice", .priority = 90});
  submit({.job = "b1", .client = "bob", .priority = 90});
  submit({.job = "a3", .client = "alice", .priority = 90});
  submit({.job = "c1", .client = "carol", .priority = 100});
  REQUIRE(ids(accept(10)) == Ids{"c1", "a2", "b1", "a3", "a1"});
}

TEST_CASE_METHOD(ReplayedEngine, "clients take turns within each priority apart") {
  submit_all({"a1", "a2"}, {.client = "alice", .priority = 90});
  submit_all({"a3", "a4"}, {.client = "alice", .priority = 10});
  submit_all({"b1", "b2"}, {.client = "bob", .priority = 90});
  submit_all({"b3", "b4"}, {.client = "bob", .priority = 10});
  REQUIRE(ids(accept(10)) == Ids{"a1", "b1", "a2", "b2", "a3", "b3", "a4", "b4"});
}

TEST_CASE_METHOD(ReplayedEngine, "a client with a weight gets as many jobs in a row") {
  configure({.weights = {{"bob", 3}, {"nobody", 100}}});
  submit_all({"a1", "a2", "a3"}, {.client = "alice"});
  submit_all({"b1", "b2", "b3", "b4"}, {.client = "bob"});
  submit_all({"c1", "c2"}, {.client = "carol"});
  REQUIRE(ids(accept(10)) == Ids{"a1", "b1", "b2", "b3", "c1", "a2", "b4", "c2", "a3"});
}

TEST_CASE_METHOD(ReplayedEngine, "a turn goes on over accepts, and ends when nothing waits") {
  configure({.weights = {{"alice", 3}}});
  submit_all({"a1", "a2"}, {.client = "alice"});
  submit_all({"b1", "b2", "b3"}, {.client = "bob"});
  REQUIRE(accept_one().job == "a1");
  REQUIRE(accept_one().job == "a2");
  submit_all({"a3", "a4", "a5", "a6"}, {.client = "alice"});
  // Alice had left: she queues behind bob, and has her whole turn again.
  REQUIRE(ids(accept(10)) == Ids{"b1", "a3", "a4", "a5", "b2", "a6", "b3"});
}

TEST_CASE_METHOD(ReplayedEngine, "a weight that is lowered ends a turn that is longer") {
  configure({.weights = {{"alice", 5}}});
  submit_all({"a1", "a2", "a3", "a4"}, {.client = "alice"});
  submit_all({"b1", "b2"}, {.client = "bob"});
  REQUIRE(ids(accept(2)) == Ids{"a1", "a2"});
  configure({.weights = {{"alice", 2}}});
  REQUIRE(ids(accept(10)) == Ids{"a3", "b1", "a4", "b2"});
}

TEST_CASE_METHOD(ReplayedEngine, "jobs that come back keep their age") {
  submit_all({"a", "b", "c", "d", "e"}, {.backoff = kNoBackoff});
  const Lease a = accept_one();
  const Lease b = accept_one();
  const Lease c = accept_one();
  release(c);
  retry(a);
  REQUIRE(ids(accept(2)) == Ids{"a", "c"});
  release(b);
  REQUIRE(ids(accept(3)) == Ids{"b", "d", "e"});
}

TEST_CASE_METHOD(ReplayedEngine, "a job that waited for its time stands by age when it is over") {
  submit({.job = "later", .delay = 10s});
  submit_all({"b", "c"});
  REQUIRE(accept_one().job == "b");
  advance(10s);
  REQUIRE(ids(accept(2)) == Ids{"later", "c"});
}

TEST_CASE_METHOD(ReplayedEngine,
                 "a job that comes back does not get its client a turn before others") {
  submit({.job = "a1", .client = "alice"});
  submit({.job = "b1", .client = "bob"});
  submit({.job = "c1", .client = "carol"});
  release(accept_one());
  REQUIRE(ids(accept(3)) == Ids{"b1", "c1", "a1"});
}

TEST_CASE_METHOD(ReplayedEngine, "an accept of some functions gets only jobs with these") {
  submit({.job = "none"});
  submit({.job = "ocr1", .function = "ocr"});
  submit({.job = "mail1", .function = "mail"});
  submit({.job = "ocr2", .function = "ocr"});
  submit({.job = "fax1", .function = "fax"});
  REQUIRE(accept_of({"unknown"}).empty());
  REQUIRE(ids(accept_of({"ocr"}, 10)) == Ids{"ocr1", "ocr2"});
  REQUIRE(accept_of({"ocr"}).empty());
  REQUIRE(ids(accept_of({"fax", "mail", "unknown"}, 10)) == Ids{"mail1", "fax1"});
  REQUIRE(ids(accept(10)) == Ids{"none"});
}

TEST_CASE_METHOD(ReplayedEngine,
                 "among the jobs of some functions priority, turns and age decide") {
  submit({.job = "a1", .client = "alice", .function = "ocr"});
  submit({.job = "a2", .client = "alice", .function = "mail"});
  submit({.job = "a3", .client = "alice", .function = "ocr"});
  submit({.job = "b1", .client = "bob", .function = "fax"});
  submit({.job = "b2", .client = "bob", .function = "mail"});
  submit({.job = "b3", .client = "bob", .function = "ocr"});
  submit({.job = "c1", .client = "carol", .priority = 60, .function = "ocr"});
  submit({.job = "d1", .client = "dave", .priority = 99, .function = "fax"});
  REQUIRE(ids(accept_of({"mail", "ocr"}, 10)) == Ids{"c1", "a1", "b2", "a2", "b3", "a3"});
  REQUIRE(ids(accept(10)) == Ids{"d1", "b1"});
}

TEST_CASE_METHOD(ReplayedEngine, "a function's turn is a turn of its client") {
  submit({.job = "a1", .client = "alice", .function = "ocr"});
  submit({.job = "a2", .client = "alice", .function = "mail"});
  submit({.job = "b1", .client = "bob", .function = "mail"});
  REQUIRE(ids(accept_of({"ocr"})) == Ids{"a1"});
  REQUIRE(ids(accept_of({"mail"}, 2)) == Ids{"b1", "a2"});
}

TEST_CASE_METHOD(ReplayedEngine, "those who wait for a function are passed over by other jobs",
                 "[wait]") {
  const auto mail = park_accept("w1", 60s, {"mail"});
  const auto ocr = park_accept("w2", 60s, {"ocr"});
  const auto mail_too = park_accept("w3", 60s, {"fax", "mail"});
  const auto any = park_accept("w4");
  submit({.job = "o1", .function = "ocr"});
  REQUIRE(given(ocr) == Ids{"o1"});
  submit({.job = "o2", .function = "ocr"});
  REQUIRE(given(any) == Ids{"o2"});
  submit({.job = "m1", .function = "mail"});
  REQUIRE(given(mail) == Ids{"m1"});
  submit({.job = "m2", .function = "mail"});
  REQUIRE(given(mail_too) == Ids{"m2"});
  submit({.job = "m3", .function = "mail"});
  REQUIRE(engine.waiter_count() == 0);
  REQUIRE(status("m3") == Status::kSubmitted);
}

TEST_CASE_METHOD(ReplayedEngine, "several jobs at once go to all who can take them, in their order",
                 "[wait]") {
  configure({});
  set_mode(Mode::kPaused);
  submit({.job = "m1", .function = "mail"});
  submit({.job = "o1", .function = "ocr"});
  submit({.job = "m2", .function = "mail"});
  const auto ocr = park_accept("w1", 60s, {"ocr"});
  const auto any = park_accept("w2");
  const auto mail = park_accept("w3", 60s, {"mail"});
  const auto late = park_accept("w4", 60s, {"mail"});
  set_mode(Mode::kRunning);
  REQUIRE(given(ocr) == Ids{"o1"});
  REQUIRE(given(any) == Ids{"m1"});
  REQUIRE(given(mail) == Ids{"m2"});
  REQUIRE_FALSE(reply_to(late));
}

TEST_CASE_METHOD(ReplayedEngine, "a job taken out of turn is its client's turn") {
  submit_all({"a1", "a2", "a3"}, {.client = "alice"});
  submit_all({"b1", "b2"}, {.client = "bob"});
  REQUIRE(taken(take("a2")) == Status::kAccepted);
  REQUIRE(ids(accept(10)) == Ids{"b1", "a1", "b2", "a3"});
}

}  // namespace store
