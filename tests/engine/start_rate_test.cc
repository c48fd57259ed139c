// How many attempts may begin in a span: of a datasource, of a function, of a key.
#include "engine_fixture.h"

namespace store {
namespace {

class StartRates : public ReplayedEngine {
 public:
  Ids accepted(std::size_t max = 10, Ids functions = {}) {
    Accept command = accept_command(max);
    command.lease = 1h;
    command.functions = std::move(functions);
    return ids(ask<AcceptReply>(std::move(command)).jobs);
  }
  Reason reason(const std::string& job) {
    const auto reasons = ask<Explanation>(Explain{"scan", job, "alice"}).reasons;
    REQUIRE(!reasons.empty());
    return reasons[0];
  }
};

}  // namespace

TEST_CASE_METHOD(StartRates, "no more of a datasource begin in a span than may", "[rate]") {
  configure({.start_rate = "2/m"});
  submit_all({"a", "b", "c"});
  CHECK(accepted() == Ids{"a", "b"});
  CHECK(accepted().empty());
  const Reason why = reason("c");
  CHECK(why.kind == Reason::Kind::kRate);
  CHECK(why.text == "2 jobs of the datasource have begun, as many as may (2/m)");
  CHECK(why.count == 2);
  CHECK(why.until > now + 60s);
  CHECK(why.until <= now + 62s);
  now = why.until - 1ms;
  CHECK(accepted().empty());
  now = why.until;
  CHECK(accepted() == Ids{"c"});
}

TEST_CASE_METHOD(StartRates, "who waits gets the job as soon as it may begin", "[rate]") {
  configure({.start_rate = "1/m"});
  submit_all({"a", "b"});
  CHECK(accepted() == Ids{"a"});
  const auto request = park_accept("other", 600s);
  CHECK(given(request).empty());
  const Time opens = reason("b").until;
  CHECK(engine.next_deadline() <= opens);
  now = opens - 1ms;
  tick();
  CHECK(given(request).empty());
  CHECK(engine.next_deadline() == opens);
  now = opens;
  tick();
  CHECK(given(request) == Ids{"b"});
}

TEST_CASE_METHOD(StartRates, "others go first while a function may not", "[rate]") {
  configure({.function_rates = {{"ocr", "1/h"}}});
  submit({.job = "a", .function = "ocr"});
  submit({.job = "b", .function = "ocr"});
  submit({.job = "c"});
  submit({.job = "d", .function = "mail"});
  CHECK(accepted() == Ids{"a", "c", "d"});
  CHECK(reason("b").text == "1 job of the function ocr has begun, as many as may (1/h)");
  const auto request = park_accept("other", 60s, {"ocr"});
  CHECK(given(request).empty());
  const Time opens = reason("b").until;
  now = opens;
  CHECK(accepted(10, {"ocr"}) == Ids{"b"});
}

TEST_CASE_METHOD(StartRates, "the jobs of each key have a rate, and others go first", "[rate]") {
  configure({.key_running_max = 5, .key_start_rate = "1/m"});
  submit_all({"a", "b", "c"}, {.turn_key = "k"});
  submit({.job = "d", .turn_key = "l"});
  submit({.job = "e"});
  CHECK(accepted() == Ids{"a", "d", "e"});
  CHECK(view("b").not_before > now + 60s);
  const Reason why = reason("b");
  CHECK(why.kind == Reason::Kind::kRate);
  CHECK(why.until == find("b")->not_before);
  CHECK(why.text == "1 job with the key k has begun, as many as may (1/m)");
  complete({"a", 1});
  now = why.until;
  tick();
  CHECK(accepted() == Ids{"b"});
  CHECK(accepted().empty());
}

TEST_CASE_METHOD(StartRates, "in the order of their submits all the same", "[rate]") {
  configure({.key_start_rate = "1/m"});
  submit_all({"a", "b", "c"}, {.turn_key = "k"});
  CHECK(accepted() == Ids{"a"});
  complete({"a", 1});
  CHECK(accepted().empty());
  CHECK(find("b")->is_put_off);
  CHECK_FALSE(find("c")->is_put_off);
  SECTION("also when the first is gone") { cancel("b"); }
  SECTION("or has another priority") {
    apply(Edit{.datasource = "scan", .job = "b", .priority = 9, .request = {}});
  }
  CHECK(accepted().empty());
  now += 62s;
  tick();
  CHECK(accepted().size() == 1);
}

TEST_CASE_METHOD(StartRates, "each attempt counts, and a worker that names its job waits too",
                 "[rate]") {
  configure({.start_rate = "2/m"});
  const Lease lease = submit_and_accept({.job = "a"});
  release(lease);
  CHECK(accepted() == Ids{"a"});
  submit({.job = "b"});
  const auto refused = take("b");
  REQUIRE(refusal(refused) == Code::kTooMany);
  CHECK(std::get<Refused>(refused).retry_after > 59s);
  now += 62s;
  CHECK(refusal(take("b")) == std::nullopt);
}

TEST_CASE_METHOD(StartRates, "what has begun counts under another rate, and is forgotten",
                 "[rate]") {
  configure({.start_rate = "3/m"});
  submit_all({"a", "b", "c", "d", "e"});
  CHECK(accepted(2) == Ids{"a", "b"});
  SECTION("of the same span") {
    configure({.start_rate = "2/m"});
    CHECK(accepted().empty());
  }
  SECTION("none") {
    configure({});
    CHECK(accepted() == Ids{"c", "d", "e"});
  }
  now += 62s;
  CHECK(engine.state().tokens.starts_count() == 1);
  token = "k1.other";
  for (int i = 0; i < 4; ++i) {
    submit({.client = "sweeper", .allowance = {.rates = {{1000, RateSpan::kSecond}}}});
  }
  CHECK(engine.state().tokens.use_of("\nscan\n") == nullptr);
  CHECK(engine.state().tokens.starts_count() == 0);
}

TEST_CASE_METHOD(StartRates, "keys beyond what can be counted wait", "[rate]") {
  limits.starts_counted_max = 1;
  configure({.key_start_rate = "5/m"});
  submit({.job = "a", .turn_key = "k"});
  submit({.job = "b", .turn_key = "l"});
  CHECK(accepted() == Ids{"a"});
  CHECK(find("b")->not_before == now + 1s);
}

TEST_CASE_METHOD(StartRates, "no token of that name is listed", "[rate]") {
  configure({.start_rate = "2/m"});
  submit_and_accept({.job = "a"});
  CHECK(ask<TokensReply>(ListTokens{.after = {}, .limit = 10}).tokens.empty());
}

}  // namespace store
