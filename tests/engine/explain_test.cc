// Why a job is not running now.
#include <map>
#include <set>

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

TEST_CASE_METHOD(ExplainFixture, "nothing holds a job that the next worker gets", "[explain]") {
  submit({.job = "a"});
  REQUIRE(kinds("a") == Kinds{Kind::kNoWorker});
  submit_and_accept({.job = "b", .priority = 100});
  REQUIRE(kinds("a") == Kinds{Kind::kDue});
  REQUIRE(explain("a").status == Status::kSubmitted);
  REQUIRE(explain("a").earliest == Time{});
}

TEST_CASE_METHOD(ExplainFixture, "a job that runs or has ended says so", "[explain]") {
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

TEST_CASE_METHOD(ExplainFixture, "a cancelled job says whether its worker stopped", "[explain]") {
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

TEST_CASE_METHOD(ExplainFixture, "a job that waits for its time says until when", "[explain]") {
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

TEST_CASE_METHOD(ExplainFixture, "all reasons that hold are told", "[explain]") {
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

TEST_CASE_METHOD(ExplainFixture, "a worker that waits, or was heard of lately, is a worker",
                 "[explain]") {
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

TEST_CASE_METHOD(ExplainFixture, "no more jobs ahead are counted than the limit",
                 "[explain][limits]") {
  limits.ahead_counted_max = 3;
  for (int i = 0; i < 10; ++i) {
    submit();
  }
  REQUIRE(reason("j3", Kind::kBehind).count == 2);
  REQUIRE(reason("j4", Kind::kBehind).count == 3);
  REQUIRE(reason("j10", Kind::kBehind).count == 3);
  REQUIRE(reason("j10", Kind::kBehind).text.find("at least") != std::string::npos);
}

// A queue made by chance, with jobs in every status that waits.
class RandomQueue : public ExplainFixture {
 public:
  explicit RandomQueue(unsigned seed) : random_(seed) {
    if (pick(3) == 0) {
      configure({.running_max = 1 + pick(4)});
    }
    for (unsigned i = 0; i < 30; ++i) {
      submit({.client = "c" + std::to_string(pick(4)),
              .priority = static_cast<std::uint8_t>(1 + pick(2)),
              .delay = Span(pick(4) == 0 ? pick(5000) : 0),
              .backoff = Backoff{.initial = Span(pick(2) * 1000), .max = 1h}});
      if (pick(3) == 0) {
        for (const AcceptedView& job : accept(1 + pick(3))) {
          const Lease& lease = job.lease;
          pick(2) == 0 ? release(lease) : pick(2) == 0 ? retry(lease) : complete(lease);
        }
      }
      advance(Span(pick(300)));
    }
    if (pick(5) == 0) {
      set_mode(Mode::kPaused);
    }
  }
  // Who waits, in no order.
  Ids waiting() {
    ListJobs command = list_command(std::nullopt);
    command.statuses =
        1u << static_cast<int>(Status::kSubmitted) | 1u << static_cast<int>(Status::kRetrying);
    return ids(ask<ListReply>(command).jobs);
  }

 private:
  unsigned pick(unsigned count) { return static_cast<unsigned>(random_() % count); }
  std::mt19937 random_;
};

TEST_CASE("a job that waits has a reason, and one that is due is the next", "[explain]") {
  int queues_with_due = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    RandomQueue queue(seed);
    std::set<std::string> due;
    for (const std::string& job : queue.waiting()) {
      const auto kinds = queue.kinds(job);
      REQUIRE_FALSE(kinds.empty());
      const std::set<Kind> each(kinds.begin(), kinds.end());
      REQUIRE(each.size() == kinds.size());
      REQUIRE_FALSE((each.contains(Kind::kDue) && each.size() > 1));
      if (each.contains(Kind::kDue)) {
        due.insert(job);
      }
    }
    const auto next = queue.accept(1, "next");
    REQUIRE(due.size() <= 1);
    queues_with_due += due.empty() ? 0 : 1;
    if (!due.empty()) {
      REQUIRE(ids(next) == Ids{*due.begin()});
    } else {
      REQUIRE(next.empty());
    }
  }
  REQUIRE(queues_with_due > 20);
  REQUIRE(queues_with_due < 55);
}

TEST_CASE("a job is served after as many as it was said to be behind", "[explain]") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    RandomQueue queue(seed);
    queue.configure({});  // no limit of running jobs
    std::map<std::string, std::uint64_t> behind;
    for (const std::string& job : queue.waiting()) {
      if (!queue.find(job)->is_delayed) {
        behind[job] = 0;
        for (const Reason& reason : queue.explain(job).reasons) {
          behind[job] += reason.kind == Kind::kBehind ? reason.count : 0;
        }
      }
    }
    queue.set_mode(Mode::kRunning);
    std::map<std::string, std::uint64_t> served;
    for (const AcceptedView& job : queue.accept(1000, "all")) {
      const std::uint64_t before = served.size();
      served[job.lease.job] = before;
    }
    REQUIRE(served == behind);
  }
}

}  // namespace store
