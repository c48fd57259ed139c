// Attempts that run for long or are without progress, and jobs that are handed back for too long.
#include "engine_fixture.h"

namespace store {
namespace {

class SoftLimits : public ReplayedEngine {
 public:
  // Under a lease that is renewed as long as the test needs it.
  Lease accepted(SubmitOptions options) {
    options.backoff = kNoBackoff;
    const Lease lease = submit_and_accept(std::move(options));
    renew(lease, 60min);
    return lease;
  }
  std::string flags(const std::string& job = "j1") {
    const JobView shown = view(job);
    return std::string(shown.is_slow ? "slow " : "") + (shown.is_stalled ? "stalled" : "");
  }
  UpdateItem progress(const Lease& lease) { return update(lease, Progress{0.5, ""}); }
  Ids flagged_jobs() {
    ListJobs list = list_command(std::nullopt);
    list.flagged = true;
    return ids(ask<ListReply>(list).jobs);
  }
  Counters total() {
    return ask<DatasourcesReply>(GetDatasourceStats{"scan"}).datasources.at(0).total;
  }
  std::string why() {
    return ask<Explanation>(Explain{"scan", "j1", std::nullopt}).reasons.at(0).text;
  }
  std::size_t events_of(Event::Kind kind) {
    collect();
    return static_cast<std::size_t>(std::count_if(
        events.begin(), events.end(), [&](const Event& event) { return event.kind == kind; }));
  }
};

}  // namespace

TEST_CASE_METHOD(SoftLimits, "an attempt that runs for long is flagged as slow, and goes on") {
  const Lease lease = accepted({.slow_after = 10s});
  advance(10s - 1ms);
  CHECK(flags().empty());
  CHECK(engine.next_deadline() == now + 1ms);
  advance(1ms);
  CHECK(flags() == "slow ");
  CHECK(flagged_jobs() == Ids{"j1"});
  CHECK(events.back().kind == Event::Kind::kFlagged);
  CHECK(events.back().text == "slow");
  CHECK_THAT(why(), Catch::Contains("(slow)"));
  // Progress does not make it faster, and it is told once.
  progress(lease);
  advance(10min);
  CHECK(flags() == "slow ");
  CHECK(total().slow == 1);
  CHECK(events_of(Event::Kind::kFlagged) == 1);
  CHECK(taken(complete(lease)) == Status::kComplete);
  CHECK(flags().empty());
  CHECK(flagged_jobs().empty());
}

TEST_CASE_METHOD(SoftLimits, "one without progress is flagged as stalled until some comes") {
  const Lease lease = accepted({.stall_after = 10s});
  advance(9s);
  progress(lease);
  advance(9s);
  CHECK(flags().empty());
  // Renewals and lines of the log are no progress.
  renew(lease, 60min);
  update(lease, Log{{{LogLevel::kInfo, "on"}}, 1});
  advance(1s);
  CHECK(flags() == "stalled");
  CHECK(events.back().text == "stalled");
  CHECK_THAT(why(), Catch::Contains("(stalled)"));
  progress(lease);
  CHECK(flags().empty());
  advance(10s);
  CHECK(flags() == "stalled");
  CHECK(total().stalled == 2);
  // The next attempt begins anew.
  release(lease);
  CHECK(flags().empty());
  const Lease second = accept_one();
  advance(10s - 1ms);
  CHECK(flags().empty());
  CHECK(second.attempt == 2);
}

TEST_CASE_METHOD(SoftLimits, "a stall may be a failure as any other") {
  const Lease lease = accepted({.failures_max = 2, .stall_after = 10s, .stall_fails = true});
  advance(10s);
  CHECK(status("j1") == Status::kRetrying);
  CHECK(std::get<Retried>(last<Retried>().change).failure.code == "stalled");
  CHECK(last<Retried>().ended->ending == Ending::kFailed);
  CHECK(refusal(complete(lease)) == Code::kConflict);
  const Lease second = accept_one();
  renew(second, 60min);
  advance(9s);
  progress(second);
  advance(9s);
  CHECK(status("j1") == Status::kAccepted);
  advance(1s);
  CHECK(status("j1") == Status::kFailed);
  CHECK(std::get<RetriedLast>(last<RetriedLast>().change).failure.code == "stalled");
  CHECK(total().stalled == 2);
  CHECK(view("j1").failures == 2);
}

TEST_CASE_METHOD(SoftLimits, "the end of the lease comes before a flag that is as late") {
  submit_and_accept({.slow_after = 30s, .stall_after = 30s});
  advance(30s);
  CHECK(status("j1") == Status::kRetrying);
  CHECK(total().slow + total().stalled == 0);
}

TEST_CASE_METHOD(SoftLimits, "the time in which nobody was served is no stall") {
  const Lease lease = accepted({.stall_after = 10s, .stall_fails = true});
  const Time since = now + 5s;
  now += 1h;
  engine.extend_leases(now, since, 5s, effects);
  advance(0s);
  CHECK(status("j1") == Status::kAccepted);
  advance(10s - 1ms);
  CHECK(flags().empty());
  CHECK(taken(progress(lease)) == Status::kAccepted);
}

TEST_CASE_METHOD(SoftLimits, "a job that is handed back for too long fails") {
  submit({.defer_max = 60s});
  advance(10min);  // it has not started
  Lease lease = accept_one();
  const Time started_at = now;
  CHECK(taken(release(lease, 30s)) == Status::kSubmitted);
  CHECK(view("j1").started_at == started_at);
  advance(59s);
  lease = accept_one();
  CHECK(view("j1").started_at == started_at);
  CHECK(taken(release(lease)) == Status::kSubmitted);
  lease = accept_one();
  advance(1s);
  CHECK(taken(release(lease)) == Status::kFailed);
  CHECK(std::get<ReleasedLast>(last<ReleasedLast>().change).failure.code == "deferred");
  CHECK(view("j1").releases == 3);
}

TEST_CASE_METHOD(SoftLimits, "what the job does not say its function says, then its datasource") {
  configure({.terms = {.slow_after = 20s, .stall_after = 20s, .defer_max = 20s}});
  ask<jobq::FunctionStatus>(
      PutFunction{"scan", {.name = "ocr", .terms = {.stall_after = 15s, .stall_fails = true}}});
  submit({.function = "ocr", .slow_after = 10s});
  const Terms terms = *view("j1").terms;
  CHECK(terms.slow_after == 10s);
  CHECK(terms.stall_after == 15s);
  CHECK(terms.stall_fails);
  CHECK(terms.defer_max == 20s);
  // A repeated submit is known, and one that says more is another.
  CHECK(std::holds_alternative<SubmitReply::Result>(
      try_submit({.job = "j1", .function = "ocr", .slow_after = 10s})));
  CHECK(refusal(try_submit({.job = "j1", .function = "ocr"})) == Code::kConflict);
  CHECK(refusal(
            try_submit({.job = "j1", .function = "ocr", .slow_after = 10s, .stall_fails = true})) ==
        Code::kConflict);
}

}  // namespace store
