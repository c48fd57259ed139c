// Jobs with a key run in turn.
#include "engine_fixture.h"

namespace store {
namespace {

class Keys : public ReplayedEngine {
 public:
  void submit_keyed(const Ids& jobs, const std::string& key = "k", SubmitOptions options = {}) {
    options.turn_key = key;
    submit_all(jobs, std::move(options));
  }
  // What there is to be had now.
  Ids given(std::size_t max = 10) { return ids(accept(max)); }
  std::vector<std::pair<Reason::Kind, std::uint64_t>> reasons(const std::string& job) {
    std::vector<std::pair<Reason::Kind, std::uint64_t>> reasons;
    for (const Reason& reason : ask<Explanation>(Explain{"scan", job, "alice"}).reasons) {
      reasons.emplace_back(reason.kind, reason.count);
    }
    return reasons;
  }
};

}  // namespace

TEST_CASE_METHOD(Keys, "jobs of one key run one at a time, in the order of their submits") {
  submit_keyed({"a", "b", "c"});
  submit_keyed({"x"}, "other");
  submit({.job = "free"});
  REQUIRE(given() == Ids{"a", "x", "free"});
  REQUIRE(given().empty());
  complete({"a", 1});
  REQUIRE(given() == Ids{"b"});
  SECTION("a failure ends a job too") { fail({"b", 1}); }
  SECTION("so does a cancel") {
    cancel("b");
    acknowledge_cancel({"b", 1});
  }
  REQUIRE(given() == Ids{"c"});
}

TEST_CASE_METHOD(Keys, "one that is tried again keeps its place, whatever it waits for") {
  submit_keyed({"a", "b"});
  REQUIRE(given() == Ids{"a"});
  SECTION("a backoff") { retry({"a", 1}, 10s); }
  SECTION("a release") { release({"a", 1}, 10s); }
  REQUIRE(given().empty());
  advance(10s);
  REQUIRE(given() == Ids{"a"});
  complete({"a", 2});
  REQUIRE(given() == Ids{"b"});
}

TEST_CASE_METHOD(Keys, "one that waits for its time holds up those behind it") {
  submit_keyed({"a"}, "k", {.delay = 1h});
  submit_keyed({"b"}, "k", {.priority = 100});
  REQUIRE(given().empty());
  SECTION("until it is time") {
    advance(1h);
    REQUIRE(given() == Ids{"a"});
  }
  SECTION("unless it is cancelled") {
    cancel("a");
    REQUIRE(given() == Ids{"b"});
  }
}

TEST_CASE_METHOD(Keys, "who waits for work gets the next one of a key when the one before ends") {
  submit_keyed({"a", "b"});
  const Lease a = accept_one();
  const auto waiting = park_accept("v");
  REQUIRE(ReplayedEngine::given(waiting).empty());
  complete(a);
  REQUIRE(ReplayedEngine::given(waiting) == Ids{"b"});
}

TEST_CASE_METHOD(Keys, "a worker cannot take one by its name before its turn") {
  submit_keyed({"a", "b"});
  REQUIRE(refusal(take("b")) == Code::kConflict);
  REQUIRE(taken(take("a")) == Status::kAccepted);
  REQUIRE(refusal(take("b")) == Code::kConflict);
  complete({"a", 1});
  REQUIRE(taken(take("b")) == Status::kAccepted);
}

TEST_CASE_METHOD(Keys, "as many of a key run at a time as its datasource says, the best first") {
  configure({.key_running_max = 2});
  submit_keyed({"a"}, "k", {.priority = 10});
  submit_keyed({"b", "c"}, "k", {.priority = 50});
  REQUIRE(given() == Ids{"b", "c"});
  submit_keyed({"d"}, "k", {.priority = 90});
  REQUIRE(given().empty());
  complete({"b", 1});
  REQUIRE(given() == Ids{"d"});
  SECTION("what waits for its time holds up nobody") {
    retry({"d", 1}, 10s);
    REQUIRE(given() == Ids{"a"});
    advance(10s);
    REQUIRE(given().empty());
    complete({"a", 1});
    REQUIRE(given() == Ids{"d"});
  }
  SECTION("a better one takes the place of one that could go") {
    configure({.key_running_max = 3});
    submit_keyed({"e"}, "k", {.priority = 5});
    ask<JobReply>(Edit{"scan", "e", 99, {}, {}});
    REQUIRE(given() == Ids{"e"});
  }
}

TEST_CASE_METHOD(Keys, "another number of a key that may run holds at once") {
  submit_keyed({"a", "b", "c", "d"});
  submit_keyed({"late"}, "k", {.delay = 1h});
  REQUIRE(given() == Ids{"a"});
  configure({.key_running_max = 3});
  REQUIRE(given() == Ids{"b", "c"});
  configure({.key_running_max = 1});
  complete({"a", 1});
  complete({"b", 1});
  REQUIRE(given().empty());
  complete({"c", 1});
  REQUIRE(given() == Ids{"d"});
  configure({});
  complete({"d", 1});
  REQUIRE(given().empty());
  advance(1h);
  REQUIRE(given() == Ids{"late"});
}

TEST_CASE_METHOD(Keys, "why a job waits names those of its key before it") {
  using Kind = Reason::Kind;
  submit_keyed({"a", "b", "c"});
  accept_one();
  REQUIRE(reasons("b") == std::vector{std::pair(Kind::kKey, std::uint64_t{1})});
  REQUIRE(reasons("c") == std::vector{std::pair(Kind::kKey, std::uint64_t{2})});
  complete({"a", 1});
  REQUIRE(reasons("b") == std::vector{std::pair(Kind::kDue, std::uint64_t{0})});
}

TEST_CASE_METHOD(Keys, "clients take turns with jobs of one key among others as ever") {
  submit_keyed({"a1", "a2"});
  submit_all({"b1", "b2"}, {.client = "bob"});
  submit({.job = "a3"});
  REQUIRE(given() == Ids{"a1", "b1", "a3", "b2"});
}

TEST_CASE_METHOD(Keys, "a job that is made anew has its key too") {
  submit_keyed({"a", "b"});
  fail(accept_one());
  ask<SubmitReply>(Restart{"scan", "a", "again"});
  REQUIRE(view("again").turn_key == "k");
  REQUIRE(given() == Ids{"b"});
  complete({"b", 1});
  REQUIRE(given() == Ids{"again"});
}

TEST_CASE_METHOD(Keys, "the same key elsewhere is another one") {
  submit_keyed({"a"});
  submit({.job = "b", .datasource = "print", .turn_key = "k"});
  REQUIRE(given() == Ids{"a"});
  Accept command = accept_command(2);
  command.datasource = "print";
  REQUIRE(ids(ask<AcceptReply>(std::move(command)).jobs) == Ids{"b"});
}

}  // namespace store
