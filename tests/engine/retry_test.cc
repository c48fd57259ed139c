// Failures, lost leases, releases: their limits, and how long the job waits for its next attempt.
#include <algorithm>
#include <set>

#include "engine_fixture.h"
#include "terms.h"

namespace store {
namespace {

constexpr Backoff backoff(Span initial, std::uint32_t factor_percent, Span max,
                          std::uint8_t jitter_percent = 0) {
  return {.initial = initial,
          .max = max,
          .factor_percent = factor_percent,
          .jitter_percent = jitter_percent};
}

}  // namespace

TEST_CASE("backoff grows by its factor up to its maximum", "[backoff]") {
  const Backoff doubling = backoff(1s, 200, 1min);
  const std::vector<Span> expected{1s, 2s, 4s, 8s, 16s, 32s, 1min, 1min};
  for (std::uint32_t failures = 1; failures <= expected.size(); ++failures) {
    REQUIRE(backoff_delay(doubling, failures, 123) == expected[failures - 1]);
  }
  REQUIRE(backoff_delay(backoff(1s, 100, 1h), 1000, 1) == 1s);
  REQUIRE(backoff_delay(backoff(1s, 150, 1h), 3, 1) == 2250ms);
  REQUIRE(backoff_delay(backoff(1s, 10'000, 1h), 1000, 1) == 1h);
}

TEST_CASE("backoff that begins with nothing stays nothing", "[backoff]") {
  for (const std::uint32_t failures : {1u, 2u, 200u, 1000u}) {
    REQUIRE(backoff_delay(backoff(0s, 10'000, 1h, 100), failures, 99) == 0s);
  }
}

TEST_CASE("jitter takes off up to its percentage, by chance", "[backoff]") {
  const Backoff jittered = backoff(10s, 100, 1h, 20);
  std::mt19937_64 random(5);
  std::set<Span> seen;
  for (int i = 0; i < 10'000; ++i) {
    const Span delay = backoff_delay(jittered, 1, random());
    REQUIRE(delay >= 8s);
    REQUIRE(delay <= 10s);
    seen.insert(delay);
  }
  REQUIRE(*seen.begin() < 8010ms);
  REQUIRE(*seen.rbegin() > 9990ms);
  REQUIRE(seen.size() > 1900);
  // Of what remains after the maximum.
  REQUIRE(backoff_delay(backoff(1s, 10'000, 10s, 50), 9, 5'000) == 5s);
  REQUIRE(backoff_delay(backoff(1s, 100, 10s, 100), 1, 1'000) == 0s);
}

TEST_CASE_METHOD(ReplayedEngine, "a failure makes the job wait for its backoff, each time longer") {
  submit({.job = "a", .backoff = backoff(1s, 300, 5s)});
  for (const Span wait : {1s, 3s, 5s, 5s}) {
    const auto item = retry(accept_one());
    REQUIRE(taken(item) == Status::kRetrying);
    REQUIRE(std::get<UpdateReply::Result>(item).not_before == now + wait);
    REQUIRE(view("a").not_before == now + wait);
    REQUIRE(view("a").has_failure);
    REQUIRE(accept().empty());
    advance(wait - 1ms);
    REQUIRE(accept().empty());
    advance(1ms);
  }
  REQUIRE(view("a").failures == 4);
  REQUIRE(taken(retry(accept_one())) == Status::kFailed);  // the fifth, by default
  REQUIRE(view("a").failures == 5);
  REQUIRE(std::get<RetriedLast>(last<RetriedLast>().change).failure.code == "broken");
  REQUIRE(accept().empty());
}

TEST_CASE_METHOD(ReplayedEngine, "jobs that fail together are not tried again together",
                 "[backoff]") {
  std::set<Time> next_attempts;
  std::set<Time> after_timeout;
  for (int i = 0; i < 20; ++i) {
    submit({.timeout = 10s, .backoff = backoff(1h, 100, 1h, 50)});
  }
  const auto jobs = accept(20);
  for (int i = 0; i < 10; ++i) {
    retry({jobs[static_cast<std::size_t>(i)].lease.job, 1});
  }
  advance(10s);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Time next = view(jobs[i].lease.job).not_before;
    const Time failed_at = i < 10 ? now - 10s : now;
    REQUIRE(next >= failed_at + 30min);
    REQUIRE(next <= failed_at + 1h);
    (i < 10 ? next_attempts : after_timeout).insert(next);
  }
  REQUIRE(next_attempts.size() > 5);
  REQUIRE(after_timeout.size() > 5);  // all by the chance of one tick
}

TEST_CASE_METHOD(ReplayedEngine, "a failure without backoff may run again at once") {
  submit({.job = "a", .backoff = kNoBackoff});
  const auto item = retry(accept_one());
  REQUIRE(taken(item) == Status::kRetrying);
  REQUIRE(std::get<UpdateReply::Result>(item).not_before == Time{});
  REQUIRE(accept_one().attempt == 2);
}

TEST_CASE_METHOD(ReplayedEngine, "the delay of a retry takes the place of the backoff") {
  retry(submit_and_accept({.job = "a", .backoff = backoff(1s, 200, 1min, 100)}), 24h * 365);
  REQUIRE(view("a").not_before == now + 24h * 365);
  advance(24h * 365);
  retry(accept_one(), 1ms);
  REQUIRE(view("a").not_before == now + 1ms);
  REQUIRE(view("a").failures == 2);
}

TEST_CASE_METHOD(ReplayedEngine,
                 "the delay of a release is kept, without it the job waits no more") {
  submit({.job = "a"});
  const auto item = release(accept_one(), 10s);
  REQUIRE(taken(item) == Status::kSubmitted);
  REQUIRE(std::get<UpdateReply::Result>(item).not_before == now + 10s);
  advance(9999ms);
  REQUIRE(accept().empty());
  advance(1ms);
  release(accept_one());
  REQUIRE(view("a").not_before == Time{});
  REQUIRE(accept_one().attempt == 3);
}

TEST_CASE_METHOD(ReplayedEngine, "the failure with the number of the limit is final", "[limits]") {
  for (const std::uint32_t max : {1u, 2u, 7u}) {
    const std::string job = submit({.failures_max = max, .backoff = kNoBackoff});
    for (std::uint32_t i = 1; i < max; ++i) {
      REQUIRE(taken(retry(accept_one())) == Status::kRetrying);
    }
    REQUIRE(taken(retry(accept_one())) == Status::kFailed);
    REQUIRE(view(job).failures == max);
    REQUIRE(view(job).attempt == max);
  }
}

TEST_CASE_METHOD(ReplayedEngine, "the lost lease with the number of the limit is final",
                 "[limits]") {
  for (const std::uint32_t max : {1u, 4u}) {
    const std::string job = submit({.lost_leases_max = max});
    for (std::uint32_t i = 1; i <= max; ++i) {
      REQUIRE(is_waiting(status(job)));
      accept_one("killer");
      advance(30s);
    }
    REQUIRE(status(job) == Status::kFailed);
    REQUIRE(view(job).lost_leases == max);
    const JobError& failure = std::get<LeaseLostLast>(last<LeaseLostLast>().change).failure;
    REQUIRE(failure.code == "lost-leases");
    REQUIRE(failure.message.find("killer") != std::string::npos);
  }
}

TEST_CASE_METHOD(ReplayedEngine, "the release with the number of the limit is final", "[limits]") {
  for (const std::uint32_t max : {1u, 3u}) {
    const std::string job = submit({.releases_max = max});
    for (std::uint32_t i = 1; i < max; ++i) {
      REQUIRE(taken(release(accept_one())) == Status::kSubmitted);
    }
    REQUIRE(taken(release(accept_one())) == Status::kFailed);
    REQUIRE(view(job).releases == max);
    REQUIRE(std::get<ReleasedLast>(last<ReleasedLast>().change).failure.code == "releases");
  }
}

TEST_CASE_METHOD(ReplayedEngine, "releases are without limit by default") {
  submit({.job = "a", .failures_max = 1, .lost_leases_max = 1});
  for (int i = 0; i < 500; ++i) {
    REQUIRE(taken(release(accept_one())) == Status::kSubmitted);
  }
  REQUIRE(view("a").releases == 500);
  REQUIRE(taken(complete(accept_one())) == Status::kComplete);
}

TEST_CASE_METHOD(ReplayedEngine, "failures, lost leases and releases are counted apart") {
  retry(submit_and_accept({.job = "a",
                           .failures_max = 2,
                           .lost_leases_max = 2,
                           .releases_max = 2,
                           .backoff = kNoBackoff}));
  release(accept_one());
  accept_one();
  advance(30s);
  const auto given = accept();
  engine.take_back(now, chance(), given, effects);  // counts for none
  JobView job = view("a");
  REQUIRE(job.attempt == 4);
  REQUIRE(job.failures == 1);
  REQUIRE(job.lost_leases == 1);
  REQUIRE(job.releases == 1);
  REQUIRE(job.status == Status::kSubmitted);
  REQUIRE(taken(release(accept_one())) == Status::kFailed);
  job = view("a");
  REQUIRE(job.failures == 1);
  REQUIRE(job.lost_leases == 1);
  REQUIRE(job.releases == 2);
}

TEST_CASE_METHOD(ReplayedEngine, "a word that was taken is answered again until the next attempt",
                 "[repeat]") {
  const Lease first = submit_and_accept({.job = "a", .backoff = backoff(10s, 100, 10s)});
  const Time next = now + 10s;
  retry(first);
  advance(3s);
  const auto again = unchanged([&] { return retry(first); });
  REQUIRE(taken(again) == Status::kRetrying);
  REQUIRE(std::get<UpdateReply::Result>(again).not_before == next);
  advance(7s);
  const auto when_due = unchanged([&] { return retry(first); });
  REQUIRE(taken(when_due) == Status::kRetrying);
  REQUIRE(std::get<UpdateReply::Result>(when_due).not_before == Time{});

  const Lease second = accept_one();
  REQUIRE(refusal(unchanged([&] { return retry(first); })) == Code::kConflict);
  release(second);
  REQUIRE(taken(unchanged([&] { return release(second); })) == Status::kSubmitted);
  REQUIRE(refusal(unchanged([&] { return retry(first); })) == Code::kConflict);
}

TEST_CASE_METHOD(ReplayedEngine, "another word about an attempt that has ended is refused",
                 "[repeat]") {
  const Lease lease = submit_and_accept({.job = "a", .backoff = backoff(10s, 100, 10s)});
  retry(lease, 5s, "broken");
  for (const Report& word :
       {Report(Retry{{"other", "message", "detail"}, 5s}),
        Report(Retry{{"broken", "other", "detail"}, 5s}),
        Report(Retry{{"broken", "message", "other"}, 5s}),
        Report(Retry{{"broken", "message", "detail"}, 6s}),
        Report(Failed{{"broken", "message", "detail"}}), Report(Completed{"1"}),
        Report(Forbidden{{"broken", "message", "detail"}}), Report(Release{5s, "broken"}),
        Report(AckCancel{}), Report(Progress{1, ""}),
        Report(Log{{{LogLevel::kInfo, "text"}}, 1})}) {
    REQUIRE(refusal(unchanged([&] { return update(lease, word); })) == Code::kConflict);
  }
}

TEST_CASE_METHOD(ReplayedEngine, "a word after a lease was lost is no repetition", "[repeat]") {
  const Lease lease = submit_and_accept({.job = "a"});
  advance(30s);
  REQUIRE(status("a") == Status::kRetrying);
  REQUIRE(refusal(unchanged([&] { return retry(lease); })) == Code::kConflict);
  REQUIRE(refusal(unchanged([&] { return release(lease); })) == Code::kConflict);
}

TEST_CASE_METHOD(ReplayedEngine, "forbid ends the job for good, and can be repeated") {
  const Lease lease = submit_and_accept({.job = "a"});
  REQUIRE(taken(forbid(lease)) == Status::kForbidden);
  REQUIRE(view("a").has_failure);
  REQUIRE(view("a").failures == 0);
  REQUIRE(taken(unchanged([&] { return forbid(lease); })) == Status::kForbidden);
  REQUIRE(accept().empty());
}

}  // namespace store
