// Why a job is not running now. That who is due is the next, and who is behind comes after as many
// as it was said, the simulator checks in queues made by chance (tests/sim).
#include "engine_fixture.h"

namespace store {

using Kind = Reason::Kind;

class ExplainFixture : public ReplayedEngine {
 public:
  Explanation explain(const std::string& job) {
    return unchanged([&] { return ask<Explanation>(Explain{"scan", job, std::nullopt}); });
  }
  // In the order in which they are told.
  std::vector<Kind> kinds(const std::string& job) {
    std::vector<Kind> kinds;
    for (const Reason& reason : explain(job).reasons) {
      REQUIRE_FALSE(reason.text.empty());
      kinds.push_back(reason.kind);
    }
    return kinds;
  }
  Reason reason(const std::string& job, Kind kind) {
    for (const Reason& reason : explain(job).reasons) {
      if (reason.kind == kind) {
        return reason;
      }
    }
    FAIL("no such reason");
    return {};
  }
  using Kinds = std::vector<Kind>;
};

TEST_CASE_METHOD(ExplainFixture, "nothing holds a job that the next worker gets") {
  submit({.job = "a"});
  REQUIRE(kinds("a") == Kinds{Kind::kNoWorker});
  submit_and_accept({.job = "b", .priority = 100});
  REQUIRE(kinds("a") == Kinds{Kind::kDue});
  REQUIRE(explain("a").status == Status::kSubmitted);
  REQUIRE(explain("a").earliest == Time{});
}

TEST_CASE_METHOD(ExplainFixture, "a job that runs or has ended says so") {
  const Lease lease = submit_and_accept({.job = "a"}, "w1");
  REQUIRE(kinds("a") == Kinds{Kind::kRunning});
  REQUIRE(explain("a").status == Status::kAccepted);
  REQUIRE(reason("a", Kind::kRunning).until == now + 30s);
  REQUIRE(reason("a", Kind::kRunning).text.find("w1") != std::string::npos);
  cancel("a");
  REQUIRE(reason("a", Kind::kRunning).text.find("cancel") != std::string::npos);
  complete(lease);
  REQUIRE(kinds("a") == Kinds{Kind::kFinal});
  REQUIRE(explain("a").status == Status::kComplete);
  REQUIRE(reason("a", Kind::kFinal).text.find("complete") != std::string::npos);
}

TEST_CASE_METHOD(ExplainFixture, "a cancelled job says whether its worker stopped") {
  const auto cancelled = [&](const std::string& job) { return reason(job, Kind::kFinal).text; };
  const Lease stopped = submit_and_accept({.job = "stopped"});
  const Lease let_go = submit_and_accept({.job = "let go"});
  submit_and_accept({.job = "revoked"});
  retry(submit_and_accept({.job = "waited"}));
  for (const char* job : {"stopped", "let go", "revoked", "waited"}) {
    cancel(job);
  }
  acknowledge_cancel(stopped);
  retry(let_go);
  advance(30s);
  REQUIRE(cancelled("stopped") == "it has ended: cancelled; its worker stopped as it was asked to");
  REQUIRE(cancelled("let go") == cancelled("stopped"));
  REQUIRE(cancelled("revoked") ==
          "it has ended: cancelled; its worker did not say in time that it stopped, and its lease "
          "was revoked");
  REQUIRE(cancelled("waited") == "it has ended: cancelled while it waited");
}

TEST_CASE_METHOD(ExplainFixture, "a job that waits for its time says until when") {
  submit_and_accept({.job = "other"});
  submit({.job = "delayed", .priority = 1, .delay = 10s});
  REQUIRE(kinds("delayed") == Kinds{Kind::kNotBefore});
  REQUIRE(reason("delayed", Kind::kNotBefore).until == now + 10s);
  REQUIRE(explain("delayed").earliest == now + 10s);
  retry(submit_and_accept({.job = "failed"}), 20s);
  REQUIRE(kinds("failed") == Kinds{Kind::kBackoff});
  REQUIRE(reason("failed", Kind::kBackoff).until == now + 20s);
  REQUIRE(explain("failed").earliest == now + 20s);
  REQUIRE(explain("failed").status == Status::kRetrying);
  release(submit_and_accept({.job = "released"}), 30s);
  REQUIRE(kinds("released") == Kinds{Kind::kNotBefore});
  advance(10s);
  REQUIRE(kinds("delayed") == Kinds{Kind::kDue});
}

TEST_CASE_METHOD(ExplainFixture, "all reasons that hold are told") {
  configure({.running_max = 1});
  submit_and_accept({.job = "runs"});
  submit_all({"first", "a"});
  submit({.job = "later", .delay = 10s});
  set_mode(Mode::kPaused);
  REQUIRE(kinds("a") == Kinds{Kind::kPaused, Kind::kConcurrency, Kind::kBehind});
  REQUIRE(reason("a", Kind::kConcurrency).count == 1);
  REQUIRE(reason("a", Kind::kBehind).count == 1);
  REQUIRE(kinds("first") == Kinds{Kind::kPaused, Kind::kConcurrency});
  REQUIRE(kinds("later") == Kinds{Kind::kNotBefore, Kind::kPaused, Kind::kConcurrency});
  set_mode(Mode::kRunning);
  set_mode(Mode::kDraining);
  REQUIRE(kinds("first") == Kinds{Kind::kConcurrency});
  complete({"runs", 1});
  REQUIRE(kinds("first") == Kinds{Kind::kDue});
}

TEST_CASE_METHOD(ExplainFixture, "a worker that waits, or was heard of lately, is a worker") {
  configure({});
  set_mode(Mode::kPaused);
  submit({.job = "ocr", .priority = 60, .function = "ocr"});
  submit({.job = "none"});
  REQUIRE(kinds("ocr") == Kinds{Kind::kPaused, Kind::kNoWorker});
  REQUIRE(reason("ocr", Kind::kNoWorker).text.find("ocr") != std::string::npos);
  const auto only_ocr = park_accept("w1", 10s, {"mail", "ocr"});
  REQUIRE(kinds("ocr") == Kinds{Kind::kPaused});
  REQUIRE(kinds("none") == Kinds{Kind::kPaused, Kind::kBehind, Kind::kNoWorker});
  park_accept("w2", 10s);
  REQUIRE(kinds("none") == Kinds{Kind::kPaused, Kind::kBehind});
  advance(10s);
  REQUIRE(reply_to(only_ocr));
  REQUIRE(kinds("none") == Kinds{Kind::kPaused, Kind::kBehind, Kind::kNoWorker});
  set_mode(Mode::kRunning);
  complete(accept_one());
  submit({.job = "more"});
  REQUIRE(kinds("none") == Kinds{Kind::kDue});
  advance(59999ms);
  REQUIRE(kinds("none") == Kinds{Kind::kDue});
  advance(1ms);
  REQUIRE(kinds("none") == Kinds{Kind::kNoWorker});
}

TEST_CASE_METHOD(ExplainFixture, "no more jobs ahead are counted than the limit", "[limits]") {
  limits.ahead_counted_max = 3;
  for (int i = 0; i < 10; ++i) {
    submit();
  }
  REQUIRE(reason("j3", Kind::kBehind).count == 2);
  REQUIRE(reason("j4", Kind::kBehind).count == 3);
  REQUIRE(reason("j10", Kind::kBehind).count == 3);
  REQUIRE(reason("j10", Kind::kBehind).text.find("at least") != std::string::npos);
}

}  // namespace store
