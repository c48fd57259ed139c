// What happens by the clock: delays, expiry, the time of an attempt, several at once.
#include "engine_fixture.h"

namespace store {
namespace {

// Without chance, so that times can be told.
const Backoff kOneSecond{.initial = 1s, .max = 1h, .factor_percent = 200, .jitter_percent = 0};

}  // namespace

TEST_CASE_METHOD(ReplayedEngine, "a job with notBefore is handed out from that moment on") {
  submit({.job = "a", .not_before = now + 10s});
  REQUIRE(view("a").not_before == now + 10s);
  REQUIRE(view("a").status == Status::kSubmitted);
  REQUIRE(engine.next_deadline() == now + 10s);
  advance(9999ms);
  REQUIRE(accept().empty());
  advance(1ms);
  REQUIRE(view("a").not_before == Time{});
  REQUIRE(ids(accept()) == Ids{"a"});
}

TEST_CASE_METHOD(ReplayedEngine, "a delayed job goes to whoever waits when its time comes") {
  submit({.job = "a", .delay = 10s});
  const auto request = park_accept();
  advance(10s);
  REQUIRE(given(request) == Ids{"a"});
}

TEST_CASE_METHOD(ReplayedEngine, "an accept whose time is over just then still gets the job") {
  submit({.job = "a", .delay = 10s});
  const auto request = park_accept("w", 10s);
  advance(10s);
  REQUIRE(given(request) == Ids{"a"});
}

TEST_CASE_METHOD(ReplayedEngine, "a time in the past is no wait") {
  submit({.job = "a", .not_before = now - 10s});
  REQUIRE(view("a").not_before == Time{});
  REQUIRE(ids(accept()) == Ids{"a"});
}

TEST_CASE_METHOD(ReplayedEngine, "a delay may last for years") {
  constexpr Span kHundredYears = 24h * 365 * 100;
  submit({.job = "a", .delay = kHundredYears, .valid_for = kHundredYears});
  submit({.job = "b", .not_before = limits.not_before_max, .valid_for = kHundredYears});
  advance(kHundredYears - 1ms);
  REQUIRE(accept().empty());
  advance(1ms);
  REQUIRE(ids(accept()) == Ids{"a"});
  REQUIRE(view("b").expires_at == limits.not_before_max + kHundredYears);
}

TEST_CASE_METHOD(ReplayedEngine, "a job that nobody takes in time fails as expired") {
  submit({.job = "a", .valid_for = 10s});
  const auto request = park(patient("a", 60s));
  REQUIRE(view("a").expires_at == now + 10s);
  advance(9999ms);
  REQUIRE(status("a") == Status::kSubmitted);
  advance(1ms);
  const JobView job = std::get<JobReply>(*reply_to(request)).job;
  REQUIRE(job.status == Status::kFailed);
  REQUIRE(job.has_failure);
  REQUIRE(job.finished_at == now);
  REQUIRE(job.attempt == 0);
  REQUIRE(job.failures == 0);
  REQUIRE(job.expires_at == Time{});
  REQUIRE(std::get<Expired>(last<Expired>().change).failure.code == "expired");
  REQUIRE(accept().empty());
}

TEST_CASE_METHOD(ReplayedEngine, "validity counts from the end of the delay") {
  submit({.job = "a", .delay = 10s, .valid_for = 5s});
  submit({.job = "b", .not_before = now + 20s, .valid_for = 5s});
  submit({.job = "c", .not_before = now - 20s, .valid_for = 5s});
  REQUIRE(view("a").expires_at == now + 15s);
  REQUIRE(view("b").expires_at == now + 25s);
  REQUIRE(view("c").expires_at == now + 5s);
  advance(14999ms);
  REQUIRE(status("c") == Status::kFailed);
  REQUIRE(status("a") == Status::kSubmitted);
  advance(1ms);
  REQUIRE(status("a") == Status::kFailed);
  REQUIRE(status("b") == Status::kSubmitted);
}

TEST_CASE_METHOD(ReplayedEngine,
                 "a job whose delay and validity end while the store is down fails") {
  submit({.job = "a", .delay = 10s, .valid_for = 5s});
  const auto request = park_accept("w", 1h);
  advance(1min);
  REQUIRE(status("a") == Status::kFailed);
  REQUIRE_FALSE(reply_to(request));
}

TEST_CASE_METHOD(ReplayedEngine, "a job that a worker has does not expire") {
  const Lease lease = submit_and_accept({.job = "a", .valid_for = 10s});
  REQUIRE(view("a").expires_at == Time{});
  advance(20s);
  REQUIRE(taken(complete(lease)) == Status::kComplete);
}

TEST_CASE_METHOD(ReplayedEngine, "after a failure or a lost lease a job does not expire any more") {
  submit({.job = "a", .valid_for = 60s, .backoff = kOneSecond});
  submit({.job = "b", .valid_for = 60s});
  retry(accept_one());
  accept_one();
  advance(30s);
  REQUIRE(status("a") == Status::kRetrying);
  REQUIRE(status("b") == Status::kRetrying);
  REQUIRE(view("a").expires_at == Time{});
  // Nor does a release after that bring it back.
  release(accept_one());
  advance(1h);
  REQUIRE(ids(accept(2)) == Ids{"a", "b"});
}

TEST_CASE_METHOD(ReplayedEngine, "after a release a job still expires") {
  submit({.job = "a", .valid_for = 20s});
  const Time end = now + 20s;
  advance(5s);
  REQUIRE(taken(release(accept_one())) == Status::kSubmitted);
  REQUIRE(view("a").expires_at == end);
  advance(14999ms);
  REQUIRE(status("a") == Status::kSubmitted);
  advance(1ms);
  REQUIRE(status("a") == Status::kFailed);
}

TEST_CASE_METHOD(ReplayedEngine, "a job released after its validity expires at once") {
  const Lease lease = submit_and_accept({.job = "a", .valid_for = 10s});
  const auto request = park_accept("other");
  advance(15s);
  release(lease);
  REQUIRE_FALSE(reply_to(request));
  REQUIRE(accept(1, "third").empty());
  tick();
  REQUIRE(status("a") == Status::kFailed);
  REQUIRE(view("a").attempt == 1);
  REQUIRE(taken(release(lease)) == Status::kFailed);
}

TEST_CASE_METHOD(ReplayedEngine, "a lease that comes back after the job's validity expires it") {
  submit({.job = "a", .valid_for = 10s});
  const auto given = accept();
  const auto request = park_accept("other");
  advance(15s);
  engine.take_back(now, chance(), given, effects);
  REQUIRE_FALSE(reply_to(request));
  tick();
  REQUIRE(status("a") == Status::kFailed);
}

TEST_CASE_METHOD(ReplayedEngine,
                 "an attempt that runs too long is a failure, whatever is renewed") {
  const Lease lease = submit_and_accept({.job = "a", .timeout = 10s, .backoff = kOneSecond});
  const Time end = now + 10s;
  REQUIRE(view("a").attempt_until == end);
  REQUIRE(view("a").lease_until == end);
  advance(5s);
  REQUIRE(renew(lease, 60s) == end);
  advance(4999ms);
  REQUIRE(status("a") == Status::kAccepted);
  advance(1ms);
  REQUIRE(status("a") == Status::kRetrying);
  REQUIRE(view("a").failures == 1);
  REQUIRE(view("a").lost_leases == 0);
  REQUIRE(view("a").attempt_until == Time{});
  REQUIRE(view("a").not_before == now + 1s);
  REQUIRE(std::get<Retried>(last<Retried>().change).failure.code == "timeout");
  REQUIRE(refusal(complete(lease)) == Code::kConflict);
  advance(1s);
  accept_one();
  advance(10s);
  REQUIRE(view("a").failures == 2);
  REQUIRE(view("a").not_before == now + 2s);
}

TEST_CASE_METHOD(ReplayedEngine, "the last attempt that runs too long fails the job") {
  submit_and_accept({.job = "a", .timeout = 10s, .failures_max = 1});
  advance(10s);
  REQUIRE(status("a") == Status::kFailed);
  REQUIRE(std::get<RetriedLast>(last<RetriedLast>().change).failure.code == "timeout");
}

TEST_CASE_METHOD(ReplayedEngine,
                 "of a lease and an attempt that end while the store is down the "
                 "earlier decides, and of equals the attempt") {
  submit({.job = "lease", .timeout = 31s, .backoff = kOneSecond});
  submit({.job = "attempt", .timeout = 29s, .backoff = kOneSecond});
  submit({.job = "equal", .timeout = 30s, .backoff = kOneSecond});
  REQUIRE(accept(3).size() == 3);
  advance(1h);
  REQUIRE(view("lease").lost_leases == 1);
  REQUIRE(view("lease").failures == 0);
  REQUIRE(view("lease").not_before == Time{});
  REQUIRE(view("attempt").failures == 1);
  REQUIRE(view("attempt").lost_leases == 0);
  REQUIRE(view("attempt").not_before == now + 1s);
  REQUIRE(view("equal").failures == 1);
  REQUIRE(view("equal").lost_leases == 0);
}

TEST_CASE_METHOD(ReplayedEngine,
                 "whatever ends a lease after a cancel was requested cancels the job", "[cancel]") {
  configure({.cancel_grace = 20s});
  submit({.job = "grace"});
  submit({.job = "attempt", .timeout = 10s});
  submit({.job = "lease"});
  for (const char* job : {"grace", "attempt", "lease"}) {
    REQUIRE(accept_one(job).job == job);
  }
  renew({"lease", 1}, 5s);
  for (const char* job : {"grace", "attempt", "lease"}) {
    cancel(job);
  }
  advance(5s);
  REQUIRE(status("lease") == Status::kCancelled);
  REQUIRE(status("attempt") == Status::kAccepted);
  advance(5s);
  REQUIRE(status("attempt") == Status::kCancelled);
  REQUIRE(status("grace") == Status::kAccepted);
  advance(10s);
  REQUIRE(status("grace") == Status::kCancelled);
  for (const char* job : {"grace", "attempt", "lease"}) {
    REQUIRE(view(job).failures == 0);
    REQUIRE(view(job).lost_leases == 0);
    REQUIRE_FALSE(view(job).has_failure);
  }
}

TEST_CASE_METHOD(ReplayedEngine, "timers beyond one turn's share act in the next", "[limits]") {
  limits.expirations_per_turn_max = 2;
  for (const char* job : {"a", "b", "c"}) {
    submit({.job = job, .keep_for = 1min});
  }
  accept(3);
  advance(30s);
  REQUIRE(status("b") == Status::kRetrying);
  REQUIRE(status("c") == Status::kAccepted);
  REQUIRE(refusal(complete({"c", 1})) == Code::kConflict);  // its lease is over all the same
  REQUIRE(engine.next_deadline() <= now);
  tick();
  REQUIRE(status("c") == Status::kRetrying);
  for (const char* job : {"a", "b", "c"}) {
    REQUIRE(accept_one().job == job);
    complete({job, 2});
  }
  advance(1min);
  REQUIRE(engine.state().jobs.finished_count() == 1);
  tick();
  REQUIRE(engine.state().jobs.finished_count() == 0);
}

TEST_CASE_METHOD(ReplayedEngine, "jobs that have expired are not handed out, however many they are",
                 "[limits]") {
  limits.expirations_per_turn_max = 2;
  submit_all({"a", "b", "c", "d", "e"}, {.valid_for = 10s});
  submit({.job = "f", .valid_for = 20s});
  advance(10s);
  REQUIRE(status("b") == Status::kFailed);
  REQUIRE(status("c") == Status::kSubmitted);
  REQUIRE(accept(10).empty());
  REQUIRE(refusal(take("c")) == Code::kConflict);
  const auto request = park_accept();
  tick();
  tick();
  REQUIRE(status("e") == Status::kFailed);
  REQUIRE(given(request) == Ids{"f"});
}

}  // namespace store
