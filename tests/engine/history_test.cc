// What is kept of a job's attempts: how each ended, what was logged, how far it came.
#include "engine_fixture.h"
#include "texts.h"

namespace store {
namespace {

Log lines(std::vector<std::string> texts, std::uint32_t first = 0) {
  Log log{.lines = {}, .first = first};
  for (std::string& text : texts) {
    log.lines.push_back({LogLevel::kWarning, std::move(text)});
  }
  return log;
}

}  // namespace

class HistoryFixture : public ReplayedEngine {
 public:
  // How the latest change of this kind ended its attempt.
  template <typename Kind>
  Attempt ended() const {
    REQUIRE(last<Kind>().ended);
    return *last<Kind>().ended;
  }
  std::vector<Logged> logged() const {
    std::vector<Logged> logged;
    for (const Entry& entry : journal) {
      if (const auto* line = std::get_if<Logged>(&entry.change)) {
        logged.push_back(*line);
      }
    }
    return logged;
  }
  LogReply read_log(const std::string& job, std::uint32_t after, std::size_t limit) {
    return ask<LogReply>(ReadLog{"scan", job, "alice", after, limit});
  }
};

TEST_CASE_METHOD(HistoryFixture, "an attempt that fails is kept with its error") {
  const Lease lease = submit_and_accept({.job = "a"}, "w1");
  const Time accepted_at = now;
  advance(3s);
  retry(lease, 0s, "broken");
  const Attempt ended = this->ended<Retried>();
  REQUIRE(ended.attempt == 1);
  REQUIRE(ended.worker == "w1");
  REQUIRE(ended.accepted_at == accepted_at);
  REQUIRE(ended.ended_at == now);
  REQUIRE(ended.ending == Ending::kFailed);
  REQUIRE(ended.error.code == "broken");
  REQUIRE(ended.error.message == "message");
}

TEST_CASE_METHOD(HistoryFixture,
                 "each end of an attempt that is not the job's is kept by its kind") {
  submit_and_accept({.job = "a", .timeout = 10s, .backoff = kNoBackoff}, "w1");
  advance(10s);
  REQUIRE(ended<Retried>().ending == Ending::kTimeout);
  REQUIRE(ended<Retried>().error.code == "timeout");
  REQUIRE(ended<Retried>().error.message.find("w1") != std::string::npos);

  release(accept_one("w2"));
  REQUIRE(ended<Released>().ending == Ending::kReleased);
  REQUIRE(ended<Released>().error.message == "draining");
  REQUIRE(ended<Released>().worker == "w2");
  REQUIRE(ended<Released>().attempt == 2);

  renew(accept_one("w3"), 5s);
  advance(5s);
  REQUIRE(ended<LeaseLost>().ending == Ending::kLeaseLost);
  REQUIRE(ended<LeaseLost>().worker == "w3");
  REQUIRE(ended<LeaseLost>().error.code.empty());

  engine.take_back(now, chance(), accept(1, "w4"), effects);
  collect();
  REQUIRE(ended<Returned>().ending == Ending::kUndelivered);
  REQUIRE(ended<Returned>().worker == "w4");
  REQUIRE(ended<Returned>().attempt == 4);
}

TEST_CASE_METHOD(HistoryFixture, "the attempt that ends the job is told by the job itself") {
  complete(submit_and_accept());
  REQUIRE_FALSE(last<Completed>().ended);
  fail(submit_and_accept());
  REQUIRE_FALSE(last<Failed>().ended);
  forbid(submit_and_accept());
  REQUIRE_FALSE(last<Forbidden>().ended);
  retry(submit_and_accept({.failures_max = 1}));
  REQUIRE_FALSE(last<RetriedLast>().ended);
  release(submit_and_accept({.releases_max = 1}));
  REQUIRE_FALSE(last<ReleasedLast>().ended);
  REQUIRE(std::get<ReleasedLast>(last<ReleasedLast>().change).failure.detail == "draining");
  submit_and_accept({.lost_leases_max = 1});
  advance(30s);
  REQUIRE_FALSE(last<LeaseLostLast>().ended);
  const Lease lease = submit_and_accept();
  cancel(lease.job);
  acknowledge_cancel(lease);
  REQUIRE_FALSE(last<Cancelled>().ended);
}

TEST_CASE_METHOD(HistoryFixture, "log lines are numbered for the job, over its attempts", "[log]") {
  const Lease first = submit_and_accept({.job = "a", .backoff = kNoBackoff});
  REQUIRE(taken(update(first, lines({"one", "two"}, 1))) == Status::kAccepted);
  retry(first);
  const Lease second = accept_one();
  update(second, lines({"three"}, 1));
  const auto logged = this->logged();
  REQUIRE(logged.size() == 3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    REQUIRE(logged[i].number == i + 1);
    REQUIRE(logged[i].level == LogLevel::kWarning);
  }
  REQUIRE(logged[1].text == "two");
  REQUIRE(logged[1].attempt == 1);
  REQUIRE(logged[1].attempt_number == 2);
  REQUIRE(logged[2].text == "three");
  REQUIRE(logged[2].attempt == 2);
  REQUIRE(logged[2].attempt_number == 1);
  REQUIRE(view("a").log_lines == 3);
}

TEST_CASE_METHOD(HistoryFixture, "log lines that the store has are skipped", "[log]") {
  const Lease lease = submit_and_accept({.job = "a"});
  update(lease, lines({"one", "two"}, 1));
  unchanged([&] { return update(lease, lines({"one", "two"}, 1)); });
  update(lease, lines({"two", "three"}, 2));
  REQUIRE(logged().size() == 3);
  REQUIRE(logged()[2].text == "three");
  update(lease, lines({"seven"}, 7));  // lines that were lost stay away
  update(lease, lines({"five"}, 5));
  REQUIRE(logged().size() == 4);
  REQUIRE(logged()[3].number == 4);
}

TEST_CASE_METHOD(HistoryFixture, "log lines without numbers are all taken", "[log]") {
  const Lease lease = submit_and_accept({.job = "a"});
  update(lease, lines({"one"}));
  update(lease, lines({"one"}));
  update(lease, lines({"first"}, 1));
  REQUIRE(view("a").log_lines == 3);
}

TEST_CASE_METHOD(HistoryFixture, "a log is read in pages", "[log]") {
  const Lease lease = submit_and_accept({.job = "a"});
  REQUIRE(read_log("a", 0, 10).is_end);
  REQUIRE(read_log("a", 0, 10).last == 0);
  update(lease, lines({"1", "2", "3", "4", "5"}));
  const LogReply first = unchanged([&] { return read_log("a", 0, 2); });
  REQUIRE(first.job == find("a")->key);
  REQUIRE(first.after == 0);
  REQUIRE(first.last == 2);
  REQUIRE_FALSE(first.is_end);
  const LogReply rest = read_log("a", 2, 3);
  REQUIRE(rest.after == 2);
  REQUIRE(rest.last == 5);
  REQUIRE(rest.is_end);
  REQUIRE(read_log("a", 77, 3).is_end);
}

TEST_CASE_METHOD(HistoryFixture, "a long log is read from the oldest line that is kept",
                 "[log][limits]") {
  const Lease lease = submit_and_accept({.job = "a"});
  const std::vector<std::string> many(kLogLinesKept, "line");
  update(lease, lines(many));
  REQUIRE(read_log("a", 0, 10).after == 0);
  update(lease, lines({"1", "2", "3"}));
  const LogReply page = read_log("a", 0, 10);
  REQUIRE(page.after == 3);
  REQUIRE(page.last == 13);
  REQUIRE(read_log("a", 5, 10).after == 5);
  const LogReply end = read_log("a", kLogLinesKept, 1000);
  REQUIRE(end.last == kLogLinesKept + 3);
  REQUIRE(end.is_end);
}

TEST_CASE_METHOD(HistoryFixture, "progress is shown, stays at the end, and begins anew",
                 "[progress]") {
  const Lease lease = submit_and_accept({.job = "a", .backoff = kNoBackoff});
  REQUIRE(taken(update(lease, Progress{0.25, "page 1"})) == Status::kAccepted);
  REQUIRE(view("a").progress == 0.25);
  REQUIRE(find("a")->has_message);
  REQUIRE(last<Progressed>().sequence == view("a").changed);
  update(lease, Progress{0.5, ""});
  REQUIRE(view("a").progress == 0.5);
  REQUIRE_FALSE(find("a")->has_message);
  update(lease, Progress{0.75, "page 3"});
  retry(lease);
  REQUIRE(view("a").progress == 0.75);
  const Lease next = accept_one();
  REQUIRE(view("a").progress == 0);
  REQUIRE_FALSE(find("a")->has_message);
  REQUIRE(refusal(unchanged([&] {
            return update(lease, Progress{1, "late"});
          })) == Code::kConflict);
  update(next, Progress{1, ""});
  complete(next);
  REQUIRE(view("a").progress == 1);
}

TEST_CASE_METHOD(HistoryFixture, "progress and log lines wake who waits for news of the job",
                 "[wait]") {
  const Lease lease = submit_and_accept({.job = "a"});
  const auto first = park(patient("a", 60s));
  update(lease, Progress{0.5, ""});
  REQUIRE(std::get<JobReply>(*reply_to(first)).job.progress == 0.5);
  const auto second = park(patient("a", 60s));
  update(lease, lines({"text"}));
  REQUIRE(std::get<JobReply>(*reply_to(second)).job.log_lines == 1);
}

TEST_CASE_METHOD(HistoryFixture, "a removed job says what may have been written with it") {
  retry(submit_and_accept({.job = "a", .keep_for = 1s, .backoff = kNoBackoff}));
  const Lease lease = accept_one();
  update(lease, lines({"one", "two"}));
  complete(lease);
  advance(1s);
  const auto removed = [this] { return std::get<Removed>(last<Removed>().change); };
  REQUIRE(removed().log_lines == 2);
  REQUIRE(removed().attempt == 1);  // the one that was complete has no record in the history

  fail(submit_and_accept({.job = "b", .keep_for = 1s}));
  advance(1s);
  REQUIRE(removed().log_lines == 0);
  REQUIRE(removed().attempt == 1);
}

}  // namespace store
