// What a token allows of the jobs that are submitted with it.
#include "engine_fixture.h"

namespace store {
namespace {

Allowance rate(std::uint64_t count, RateSpan span = RateSpan::kSecond) {
  return {.rates = {{count, span}}};
}

class Budgets : public ReplayedEngine {
 public:
  Budgets() {
    token = "k1.a";
    now = Time(1'000'000s);  // where a part of each span but the day begins
  }

  std::optional<Refused> refused(SubmitOptions options) {
    const auto item = try_submit(std::move(options));
    const auto* refused = std::get_if<Refused>(&item);
    return refused == nullptr ? std::nullopt : std::optional(*refused);
  }
  std::optional<Code> code(const Allowance& allowance) {
    const auto said = refused({.allowance = allowance});
    return said ? std::optional(said->code) : std::nullopt;
  }
  // Asks what must be refused, and must cost nothing.
  Refused refused_at_no_cost(SubmitOptions options) {
    const auto said = unchanged([&] { return refused(std::move(options)); });
    REQUIRE(said);
    return *said;
  }
  std::optional<std::uint64_t> used(RateSpan span, const std::string& of = "k1.a") {
    const TokenUse* use = engine.state().tokens.use_of(of);
    const auto* window = use == nullptr ? nullptr : &use->windows[static_cast<std::size_t>(span)];
    return window == nullptr || !*window ? std::nullopt : std::optional((*window)->used(now));
  }
  std::size_t waiting() const { return engine.state().tokens.waiting_of("k1.a"); }
};

}  // namespace

TEST_CASE_METHOD(Budgets, "a priority above the token's is refused, one up to it is not") {
  const Allowance allowance{.priority_max = 60};
  const Refused said = refused_at_no_cost({.priority = 61, .allowance = allowance});
  REQUIRE(said.code == Code::kForbidden);
  REQUIRE(said.detail == "priority: 61 is above the token's priority <= 60");
  REQUIRE(said.retry_after == 0ms);
  REQUIRE(view(submit({.priority = 60, .allowance = allowance})).priority == 60);
  REQUIRE(view(submit({.priority = 1, .allowance = allowance})).priority == 1);
}

TEST_CASE_METHOD(Budgets, "a priority that the job does not say is lowered to the token's") {
  const std::uint8_t standard = limits.defaults.priority;
  const auto below = static_cast<std::uint8_t>(standard - 1);
  const auto above = static_cast<std::uint8_t>(standard + 1);
  REQUIRE(view(submit({.allowance = {.priority_max = below}})).priority == below);
  REQUIRE(view(submit({.allowance = {.priority_max = above}})).priority == standard);
  configure({.priority = 80});
  REQUIRE(view(submit({.allowance = {.priority_max = 70}})).priority == 70);
  REQUIRE(view(submit({.allowance = {.priority_max = 90}})).priority == 80);
  REQUIRE(view(submit({.allowance = {.priority_max = 0}})).priority == 0);
  // Nor does the lowest one hold up anything.
  REQUIRE(accept(10).size() == 5);
}

TEST_CASE_METHOD(Budgets, "a request that is longer than the token allows is refused") {
  const Allowance allowance{.bytes_max = 4};
  const Refused said = refused_at_no_cost({.request = "12345", .allowance = allowance});
  REQUIRE(said.code == Code::kTooLarge);
  REQUIRE(said.detail == "request: 5 is above the token's bytes <= 4");
  REQUIRE_FALSE(refused({.request = "1234", .allowance = allowance}));
}

TEST_CASE_METHOD(Budgets,
                 "as many jobs may wait as the token allows, in all datasources together") {
  const Allowance two{.waiting_max = 2};
  submit({.allowance = two});
  submit({.delay = 1h, .datasource = "print"});
  const Refused said = refused_at_no_cost({.allowance = two});
  REQUIRE(said.code == Code::kTooMany);
  REQUIRE(said.detail == "token: waiting <= 2, and 2 jobs are waiting");
  REQUIRE(said.retry_after == 1s);
  SECTION("a copy that may have more goes on, one that may have fewer does not") {
    REQUIRE_FALSE(code({.waiting_max = 3}));
    REQUIRE(code({.waiting_max = 1}) == Code::kTooMany);
    REQUIRE(code({.waiting_max = 0}) == Code::kTooMany);
  }
  SECTION("another token has its own") {
    token = "k1.b";
    REQUIRE_FALSE(code({.waiting_max = 1}));
    REQUIRE(code({.waiting_max = 1}) == Code::kTooMany);
  }
  SECTION("without any token nothing is counted") {
    token.clear();
    submit();
    REQUIRE(engine.state().tokens.waiting_of("") == 0);
  }
}

TEST_CASE_METHOD(Budgets, "a job counts as waiting while it waits, however that began and ended") {
  submit_all({"a", "b"});
  submit({.job = "c", .valid_for = 1min});
  REQUIRE(waiting() == 3);
  token = "k1.worker";
  Lease a = accept_one();
  REQUIRE(waiting() == 2);
  release(a);
  REQUIRE(waiting() == 3);
  REQUIRE(taken(take("a")) == Status::kAccepted);
  REQUIRE(waiting() == 2);
  retry({"a", 2}, 10s);
  REQUIRE(waiting() == 3);
  advance(10s);
  REQUIRE(waiting() == 3);
  a = accept_one();
  REQUIRE(waiting() == 2);
  advance(30s);  // the lease is lost
  REQUIRE(waiting() == 3);
  complete(accept_one());
  REQUIRE(waiting() == 2);
  cancel("b");
  REQUIRE(waiting() == 1);
  apply(Remove{"scan", "b"});
  advance(0s);
  REQUIRE(waiting() == 1);
  advance(20s);  // "c" expires
  REQUIRE(waiting() == 0);
  REQUIRE(engine.state().tokens.waiting_of("k1.worker") == 0);
}

TEST_CASE_METHOD(Budgets, "who makes a job anew is whose budget it waits in") {
  fail(submit_and_accept({.job = "a", .allowance = rate(1)}));
  REQUIRE(waiting() == 0);
  token = "k1.operator";
  ask<SubmitReply>(Restart{"scan", "a", "b"});
  REQUIRE(engine.state().tokens.waiting_of("k1.operator") == 1);
  REQUIRE(waiting() == 0);
  REQUIRE(used(RateSpan::kSecond) == 1);
  REQUIRE_FALSE(used(RateSpan::kSecond, "k1.operator"));
}

TEST_CASE_METHOD(Budgets, "a rate is refused until there is room again, and not longer") {
  const auto [span, letter] =
      GENERATE(std::pair(RateSpan::kSecond, 's'), std::pair(RateSpan::kMinute, 'm'),
               std::pair(RateSpan::kHour, 'h'), std::pair(RateSpan::kDay, 'd'));
  const Span length = length_of(span);
  now = Time(length * 1'000'000);
  const Allowance two = rate(2, span);
  submit({.allowance = two});
  advance(length / 2);
  submit({.allowance = two});
  Refused said = refused_at_no_cost({.allowance = two});
  REQUIRE(said.code == Code::kTooMany);
  REQUIRE(said.detail == std::string("token: rate <= 2/") + letter + ", and 2 are used");
  REQUIRE(said.retry_after == length / 2 + length / 50);
  advance(said.retry_after - 1ms);
  REQUIRE(refused_at_no_cost({.allowance = two}).retry_after == 1ms);
  advance(1ms);
  submit({.allowance = two});
  said = refused_at_no_cost({.allowance = two});
  // The second one comes back now, half a span after the first.
  REQUIRE(said.retry_after == length / 2);
}

TEST_CASE_METHOD(Budgets, "narrowed copies of a token spend one budget") {
  submit_all({"a", "b"}, {.allowance = rate(2)});
  REQUIRE(code(rate(2)) == Code::kTooMany);
  REQUIRE(code(rate(1)) == Code::kTooMany);
  REQUIRE_FALSE(code(rate(3)));
  REQUIRE(code(rate(3)) == Code::kTooMany);
  REQUIRE(used(RateSpan::kSecond) == 3);
  token = "k1.b";
  REQUIRE_FALSE(code(rate(1)));
  REQUIRE(code(rate(1)) == Code::kTooMany);
}

TEST_CASE_METHOD(Budgets, "a copy that was narrowed apart spends its own budget and its parent's") {
  const Allowance parent{.rates = {{10, RateSpan::kMinute, 1}}};
  const auto child = [&](std::uint64_t budget) {
    Allowance child = parent;
    child.rates.push_back({5, RateSpan::kMinute, budget});
    return child;
  };
  for (const std::uint64_t budget : {2u, 3u}) {
    CAPTURE(budget);
    for (int i = 0; i < 5; ++i) {
      REQUIRE_FALSE(code(child(budget)));
    }
    REQUIRE(refused_at_no_cost({.allowance = child(budget)}).detail ==
            (budget == 2 ? "token: rate <= 5/m, and 5 are used"
                         : "token: rate <= 10/m, and 10 are used"));
  }
  // Both of theirs are the parent's ten.
  REQUIRE(code(child(4)) == Code::kTooMany);
  REQUIRE(code(parent) == Code::kTooMany);
  REQUIRE(used(RateSpan::kMinute, use_name("k1.a", 1)) == 10);
  REQUIRE(used(RateSpan::kMinute, use_name("k1.a", 2)) == 5);
  advance(61200ms);
  for (int i = 0; i < 10; ++i) {
    REQUIRE_FALSE(code(parent));
  }
  REQUIRE(code(child(2)) == Code::kTooMany);
}

TEST_CASE_METHOD(Budgets,
                 "a token has no more budgets than it may, and gets others when one is over") {
  limits.budgets_per_token_max = 2;
  const auto own = [](std::uint64_t budget) {
    return Allowance{.rates = {{5, RateSpan::kSecond, budget}}};
  };
  REQUIRE_FALSE(code(own(1)));
  REQUIRE_FALSE(code(own(2)));
  const Refused said = refused_at_no_cost({.allowance = own(3)});
  CHECK(said.code == Code::kTooMany);
  CHECK(said.detail == "token: budgetsPerTokenMax = 2 rates are counted of this token already");
  CHECK(said.retry_after == 1s);
  REQUIRE_FALSE(code(own(2)));
  token = "k1.b";
  REQUIRE_FALSE(code(own(3)));
  SECTION("nor all more than there may be") {
    limits.budgets_max = 3;
    CHECK(refused_at_no_cost({.allowance = own(4)}).limit == "budgetsMax");
  }
  advance(1020ms);
  // Those that are over are swept with what is counted next, some each time.
  for (int i = 0; i < 3; ++i) {
    REQUIRE_FALSE(code(own(3)));
  }
  token = "k1.a";
  REQUIRE_FALSE(code(own(3)));
}

TEST_CASE_METHOD(Budgets, "a job may be valid for as long as the token allows") {
  const Allowance allowance{.valid_for_max = 90s};
  const Refused said = refused_at_no_cost({.valid_for = 91s, .allowance = allowance});
  REQUIRE(said.code == Code::kForbidden);
  REQUIRE(said.detail == "validForMs: 91000 is above the token's valid-for <= 90s");
  const auto expires = [&](SubmitOptions options) {
    return view(submit(std::move(options))).expires_at - now;
  };
  REQUIRE(expires({.valid_for = 90s, .allowance = allowance}) == 90s);
  REQUIRE(expires({.allowance = allowance}) == 90s);
  REQUIRE(expires({.valid_for = 1s, .allowance = allowance}) == 1s);
  configure({.terms = {.valid_for = 10s}});
  REQUIRE(expires({.allowance = allowance}) == 10s);
}

TEST_CASE_METHOD(Budgets, "counting begins with the first submit that is limited, of that span") {
  submit_all({"a", "b", "c"});
  REQUIRE_FALSE(engine.state().tokens.use_of("k1.a"));
  REQUIRE_FALSE(code(rate(1)));
  REQUIRE(used(RateSpan::kSecond) == 1);
  REQUIRE_FALSE(used(RateSpan::kDay));
  REQUIRE_FALSE(code(rate(1, RateSpan::kDay)));
  REQUIRE(used(RateSpan::kSecond) == 2);
  REQUIRE(used(RateSpan::kDay) == 1);
  // What no rate limits is not counted.
  submit();
  REQUIRE(used(RateSpan::kSecond) == 2);
  // A refused one begins nothing.
  REQUIRE(code(rate(0, RateSpan::kHour)) == Code::kForbidden);
  REQUIRE_FALSE(used(RateSpan::kHour));
}

TEST_CASE_METHOD(Budgets, "a job counts as much as its function costs") {
  configure({.costs = {{"", 2}, {"ocr", 3}}});
  submit({.function = "ocr", .allowance = rate(5)});
  REQUIRE(used(RateSpan::kSecond) == 3);
  submit({.function = "copy", .allowance = rate(5)});
  REQUIRE(used(RateSpan::kSecond) == 4);
  REQUIRE(refused_at_no_cost({.allowance = rate(5)}).code == Code::kTooMany);
  REQUIRE(refused_at_no_cost({.function = "ocr", .allowance = rate(6)}).code == Code::kTooMany);
  submit({.function = "ocr", .allowance = rate(7)});
  // Elsewhere functions cost what they cost there.
  submit({.function = "ocr", .datasource = "print", .allowance = rate(8)});
  REQUIRE(used(RateSpan::kSecond) == 8);
  // What is counted is what it cost when it was submitted.
  configure({});
  REQUIRE(used(RateSpan::kSecond) == 8);
  submit({.function = "ocr", .allowance = rate(9)});
}

TEST_CASE_METHOD(Budgets, "a job that costs more than ever passes is refused for good") {
  configure({.costs = {{"ocr", 3}}});
  const Refused said = refused_at_no_cost({.function = "ocr", .allowance = rate(2)});
  REQUIRE(said.code == Code::kForbidden);
  REQUIRE(said.detail == "token: rate <= 2/s never allows a job that counts for 3");
  REQUIRE(said.retry_after == 0ms);
  REQUIRE(code(rate(0)) == Code::kForbidden);
  // Also when another rate would let it in later.
  submit({.allowance = rate(3)});
  Allowance both = rate(3);
  both.rates.push_back({2, RateSpan::kDay});
  REQUIRE(refused_at_no_cost({.function = "ocr", .allowance = both}).code == Code::kForbidden);
}

TEST_CASE_METHOD(Budgets, "of several rates all must have room, and when they do is told") {
  Allowance both = rate(1);
  both.rates.push_back({2, RateSpan::kMinute});
  submit({.allowance = both});
  REQUIRE(refused_at_no_cost({.allowance = both}).retry_after == 1020ms);
  advance(1020ms);
  submit({.allowance = both});
  const Refused said = refused_at_no_cost({.allowance = both});
  REQUIRE(said.detail == "token: rate <= 2/m, and 2 are used");
  advance(said.retry_after - 1ms);
  REQUIRE(refused_at_no_cost({.allowance = both}).retry_after == 1ms);
  advance(1ms);
  submit({.allowance = both});
}

TEST_CASE_METHOD(Budgets, "a repeated submit costs nothing, also when nothing is left") {
  const SubmitOptions again{.job = "a", .allowance = {.waiting_max = 1, .rates = {{1, {}}}}};
  submit(again);
  const auto item = unchanged([&] { return try_submit(again); });
  REQUIRE_FALSE(std::get<SubmitReply::Result>(item).created);
  REQUIRE(used(RateSpan::kSecond) == 1);
  SubmitOptions other = again;
  other.request = "[]";
  REQUIRE(refused_at_no_cost(other).code == Code::kConflict);
}

TEST_CASE_METHOD(Budgets, "what the store refuses costs nothing") {
  submit({.allowance = rate(2)});
  SECTION("its datasource drains") {
    set_mode(Mode::kDraining);
    REQUIRE(refused_at_no_cost({.allowance = rate(2)}).code == Code::kUnavailable);
    // The token's word comes first.
    REQUIRE(refused_at_no_cost({.allowance = rate(1)}).code == Code::kTooMany);
  }
  SECTION("there are as many jobs as may be") {
    limits.jobs_live_max = 1;
    REQUIRE(refused_at_no_cost({.allowance = rate(2)}).code == Code::kFull);
    REQUIRE(refused_at_no_cost({.allowance = rate(1)}).code == Code::kTooMany);
  }
  SECTION("there are as many datasources as may be") {
    limits.datasources_max = 1;
    REQUIRE(refused_at_no_cost({.datasource = "print", .allowance = rate(2)}).code == Code::kFull);
  }
  REQUIRE(used(RateSpan::kSecond) == 1);
}

TEST_CASE_METHOD(Budgets, "the first limit that is met is the one that is named") {
  configure({.costs = {{"ocr", 9}}});
  submit({.allowance = rate(5)});
  const SubmitOptions all{
      .request = "12345",
      .priority = 9,
      .function = "ocr",
      .allowance = {
          .priority_max = 8, .bytes_max = 4, .waiting_max = 1, .rates = {{5, RateSpan::kSecond}}}};
  SubmitOptions left = all;
  REQUIRE_THAT(refused_at_no_cost(left).detail, Catch::StartsWith("priority:"));
  left.allowance.priority_max = 9;
  REQUIRE_THAT(refused_at_no_cost(left).detail, Catch::StartsWith("request:"));
  left.allowance.bytes_max = 5;
  REQUIRE_THAT(refused_at_no_cost(left).detail, Catch::StartsWith("token: waiting"));
  left.allowance.waiting_max = 2;
  REQUIRE_THAT(refused_at_no_cost(left).detail, Catch::StartsWith("token: rate"));
  left.allowance.rates[0].count = 10;
  REQUIRE_FALSE(refused(left));
}

TEST_CASE_METHOD(Budgets, "the jobs of one submit are counted one after the other") {
  Submit command = submit_command({.job = "a", .allowance = rate(2)});
  for (const char* const id : {"b", "a", "c", "d"}) {
    command.jobs.push_back(submit_command({.job = id}).jobs.at(0));
  }
  const auto items = ask<SubmitReply>(command).items;
  std::string outcome;
  for (const auto& item : items) {
    const auto* taken = std::get_if<SubmitReply::Result>(&item);
    outcome += taken == nullptr ? '-' : taken->created ? '+' : '=';
  }
  REQUIRE(outcome == "++=--");
  REQUIRE(used(RateSpan::kSecond) == 2);
}

}  // namespace store
