// How many jobs of a token run at the same time.
#include "engine_fixture.h"

namespace store {
namespace {

class Running : public ReplayedEngine {
 public:
  Running() { token = "k1.a"; }
  void submit_limited(const Ids& jobs, std::uint32_t max, SubmitOptions options = {}) {
    options.allowance.running_max = max;
    submit_all(jobs, std::move(options));
  }
  Ids accepted(std::size_t max = 10) { return ids(accept(max)); }
};

}  // namespace

TEST_CASE_METHOD(Running, "no more run than may, others go first", "[running]") {
  submit_limited({"a", "b", "c"}, 2);
  token = "k1.b";
  submit({.job = "d"});
  CHECK(accepted() == Ids{"a", "b", "d"});
  CHECK(find("c")->is_held_back);
  CHECK(accepted().empty());
  const auto why = ask<Explanation>(Explain{"scan", "c", "alice"}).reasons.at(0);
  CHECK(why.kind == Reason::Kind::kConcurrency);
  CHECK(why.text == "2 jobs submitted with its token are running, as many as may");
  complete({"b", 1});
  CHECK(accepted() == Ids{"c"});
}

TEST_CASE_METHOD(Running, "whoever waits gets the job when one ends", "[running]") {
  submit_limited({"a", "b"}, 1);
  const Lease a = accept_one();
  const auto waits = park_accept("other", 60s);
  CHECK(given(waits).empty());
  SECTION("well") { complete(a); }
  SECTION("for another attempt") { update(a, Retry{.error = {"code", "", ""}, .delay = 1h}); }
  tick();
  CHECK(given(waits) == Ids{"b"});
}

TEST_CASE_METHOD(Running, "one that is held back is not taken with the word that ends another",
                 "[running]") {
  submit_limited({"a", "b"}, 1);
  const Lease a = accept_one();
  CHECK(accepted().empty());
  REQUIRE(find("b")->is_held_back);
  Update both{"scan", {Outcome{a, Completed{"1"}}, Outcome{{"b", 0}, AcceptOne{"w", 5, 10s}}}};
  const auto items = ask<UpdateReply>(std::move(both)).items;
  CHECK(std::holds_alternative<UpdateReply::Result>(items.at(0)));
  CHECK(refusal(items.at(1)) == Code::kTooMany);
  CHECK(accepted() == Ids{"b"});
}

TEST_CASE_METHOD(Running, "the best goes first, also with another priority by then", "[running]") {
  submit_limited({"a", "b", "c"}, 1);
  CHECK(accepted() == Ids{"a"});
  REQUIRE(find("b")->is_held_back);
  REQUIRE(find("c")->is_held_back);
  apply(Edit{.datasource = "scan", .job = "c", .priority = 90, .request = {}});
  complete({"a", 1});
  CHECK(accepted() == Ids{"c"});
  complete({"c", 1});
  CHECK(accepted() == Ids{"b"});
}

TEST_CASE_METHOD(Running, "one that is let go and does not go lets the next go", "[running]") {
  submit_limited({"a", "b", "c"}, 1);
  CHECK(accepted() == Ids{"a"});
  set_mode(Mode::kPaused);
  complete({"a", 1});
  CHECK_FALSE(find("b")->is_held_back);
  cancel("b");
  set_mode(Mode::kRunning);
  CHECK(accepted() == Ids{"c"});
}

TEST_CASE_METHOD(Running, "one that is held back can be cancelled, and expires", "[running]") {
  submit_limited({"a"}, 1);
  submit_limited({"b"}, 1, {.valid_for = 10s});
  submit_limited({"c", "d"}, 1);
  CHECK(accepted() == Ids{"a"});
  CHECK(cancel("c").status == Status::kCancelled);
  renew({"a", 1}, 1h);
  advance(20s);
  CHECK(status("b") == Status::kFailed);
  complete({"a", 1});
  CHECK(accepted() == Ids{"d"});
}

TEST_CASE_METHOD(Running, "a worker that names its job waits for its token too", "[running]") {
  submit_limited({"a", "b"}, 1);
  accept_one();
  CHECK(refusal(take("b")) == Code::kTooMany);
}

TEST_CASE_METHOD(Running, "copies of a token count together, each with its own limit",
                 "[running]") {
  submit_limited({"a", "b"}, 3);
  submit_limited({"c", "d"}, 1);
  CHECK(accepted() == Ids{"a", "b"});
  complete({"a", 1});
  CHECK(accepted().empty());
  complete({"b", 1});
  CHECK(accepted() == Ids{"c"});
}

TEST_CASE_METHOD(Running, "in turn by a key too", "[running]") {
  submit_limited({"a", "b", "c"}, 1, {.turn_key = "k"});
  CHECK(accepted() == Ids{"a"});
  complete({"a", 1});
  CHECK(accepted() == Ids{"b"});
  cancel("c");
  complete({"b", 1});
  CHECK(accepted().empty());
}

}  // namespace store
