// How many jobs of a function run at the same time.
#include "engine_fixture.h"

namespace store {
namespace {

class FunctionLimits : public ReplayedEngine {
 public:
  FunctionLimits() { configure({.function_limits = {{"mail", 2}, {"ocr", 1}}}); }
  Ids accepted(std::size_t max, std::vector<std::string> functions = {}) {
    Accept command = accept_command(max);
    command.functions = std::move(functions);
    return ids(ask<AcceptReply>(std::move(command)).jobs);
  }
};

}  // namespace

TEST_CASE_METHOD(FunctionLimits, "no more jobs of a function run than may, others go first",
                 "[limit]") {
  submit({.job = "a", .function = "ocr"});
  submit({.job = "b", .function = "ocr"});
  submit({.job = "c"});
  submit({.job = "d", .function = "mail"});
  CHECK(accepted(10) == Ids{"a", "c", "d"});
  CHECK(accepted(10).empty());
  CHECK(accepted(10, {"ocr"}).empty());
  CHECK(accepted(10, {"ocr*"}).empty());
  CHECK(replayed_digest() == engine.digest());
}

TEST_CASE_METHOD(FunctionLimits, "one that ends makes room for whoever waits", "[limit]") {
  submit({.job = "a", .function = "ocr"});
  submit({.job = "b", .function = "ocr"});
  const Lease a = accept_one();
  const auto waits = park_accept("other", 60s, {"ocr"});
  CHECK(given(waits).empty());
  SECTION("well") { complete(a); }
  SECTION("for another attempt") { update(a, Retry{.error = {"code", "", ""}, .delay = 1h}); }
  tick();
  CHECK(given(waits) == Ids{"b"});
}

TEST_CASE_METHOD(FunctionLimits, "a worker that names its job waits too", "[limit]") {
  submit({.job = "a", .function = "ocr"});
  submit({.job = "b", .function = "ocr"});
  accept_one();
  CHECK(refusal(update({"b", 0}, AcceptOne{"other", 1, 10s})) == Code::kTooMany);
}

TEST_CASE_METHOD(FunctionLimits, "explain says so", "[limit]") {
  submit({.job = "a", .function = "ocr"});
  submit({.job = "b", .function = "ocr"});
  accept_one();
  const auto explained = ask<Explanation>(Explain{"scan", "b", "alice"});
  REQUIRE(!explained.reasons.empty());
  CHECK(explained.reasons[0].kind == Reason::Kind::kConcurrency);
  CHECK(explained.reasons[0].text == "1 job of the function ocr is running, as many as may");
}

TEST_CASE_METHOD(FunctionLimits, "another limit holds at once", "[limit]") {
  submit({.job = "a", .function = "ocr"});
  submit({.job = "b", .function = "ocr"});
  CHECK(accepted(10) == Ids{"a"});
  configure({});
  CHECK(accepted(10) == Ids{"b"});
}

}  // namespace store
