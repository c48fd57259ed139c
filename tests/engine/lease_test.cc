#include "engine_fixture.h"

namespace store {

TEST_CASE_METHOD(ReplayedEngine, "a renewed lease lasts from the moment of renewal", "[renew]") {
  const Lease lease = submit_and_accept({.job = "a"});
  advance(20s);
  REQUIRE(renew(lease, 30s) == now + 30s);
  advance(29s);
  REQUIRE(status("a") == Status::kAccepted);
  advance(1s);
  REQUIRE(status("a") == Status::kRetrying);
}

TEST_CASE_METHOD(ReplayedEngine, "renew at the deadline is refused and changes nothing",
                 "[renew]") {
  const Lease lease = submit_and_accept({.job = "a"});
  now += 30s;  // the deadline itself counts as over, even before the timer has run
  REQUIRE_FALSE(unchanged([&] { return renew(lease, 30s); }));
}

TEST_CASE_METHOD(ReplayedEngine, "renew of what is not held is refused and changes nothing",
                 "[renew]") {
  submit_all({"a", "b"});
  const Lease lease = accept_one();
  const auto digest = engine.digest();
  REQUIRE_FALSE(renew({"a", lease.attempt + 1}, 30s));
  REQUIRE_FALSE(renew({"b", 1}, 30s));
  REQUIRE_FALSE(renew({"unknown", 1}, 30s));
  const Renew elsewhere{"other", {lease}, 30s, {}, {}, 0};
  REQUIRE_FALSE(ask<RenewReply>(elsewhere).leases.at(0));
  REQUIRE(engine.digest() == digest);
}

TEST_CASE_METHOD(ReplayedEngine, "a lost lease returns the job, before younger ones") {
  submit_all({"a", "b"});
  const Lease first = accept_one("w1");
  advance(30s);
  REQUIRE(status("a") == Status::kRetrying);
  REQUIRE(find("a")->lost_leases == 1);
  const auto jobs = accept(2, "w2");
  REQUIRE(jobs.at(0).lease.job == "a");
  REQUIRE(jobs.at(0).lease.attempt == first.attempt + 1);
  REQUIRE(jobs.at(1).lease.job == "b");
}

TEST_CASE_METHOD(ReplayedEngine, "a lost lease goes to whoever waits, by the clock") {
  submit_and_accept({.job = "a"}, "w1");
  const auto request = park_accept("w2");
  REQUIRE(engine.next_deadline() == now + 30s);
  advance(30s);
  REQUIRE(std::get<AcceptReply>(*reply_to(request)).jobs.at(0).lease.attempt == 2);
}

TEST_CASE_METHOD(ReplayedEngine,
                 "a job that fails by its last lost lease is still there for the reply",
                 "[limits]") {
  limits.finished_max = 0;
  submit_and_accept({.job = "a"});
  advance(30s);
  accept_one();
  advance(30s);
  accept_one();
  const auto request = park(patient("a", 60s, true));
  now += 30s;
  tick();
  REQUIRE(find("a") != nullptr);
  REQUIRE(std::get<JobReply>(*reply_to(request)).job.status == Status::kFailed);
  tick();
  REQUIRE(find("a") == nullptr);
}

TEST_CASE_METHOD(ReplayedEngine, "a lease that could not be delivered is handed back at no cost") {
  submit({.job = "a"});
  const auto given = accept(1, "gone");
  const auto request = park_accept("here");
  engine.take_back(now, chance(), given, effects);
  const auto jobs = std::get<AcceptReply>(*reply_to(request)).jobs;
  REQUIRE(jobs.at(0).lease.attempt == 2);
  REQUIRE(jobs.at(0).lost_leases == 0);
  REQUIRE(refusal(complete({"a", 1})) == Code::kConflict);

  engine.take_back(now, chance(), given, effects);  // the lease is not that one any more
  REQUIRE(status("a") == Status::kAccepted);
}

TEST_CASE_METHOD(ReplayedEngine, "repeating an outcome that was taken answers the same again",
                 "[update][repeat]") {
  const Lease lease = submit_and_accept({.job = "a"});
  complete(lease, "1");
  const auto digest = engine.digest();
  REQUIRE(taken(complete(lease, "1")) == Status::kComplete);
  REQUIRE(refusal(complete(lease, "2")) == Code::kConflict);
  REQUIRE(refusal(update(lease, Failed{{"x", "", ""}})) == Code::kConflict);
  REQUIRE(refusal(complete({"a", lease.attempt + 1}, "1")) == Code::kConflict);
  REQUIRE(engine.digest() == digest);
}

TEST_CASE_METHOD(ReplayedEngine, "an earlier attempt can no longer finish the job",
                 "[update][fencing]") {
  const Lease stale = submit_and_accept({.job = "a"}, "w1");
  advance(30s);
  const Lease current = accept_one("w2");
  REQUIRE(refusal(unchanged([&] { return complete(stale); })) == Code::kConflict);
  REQUIRE(taken(complete(current)) == Status::kComplete);
  REQUIRE(refusal(complete(stale)) == Code::kConflict);
}

TEST_CASE_METHOD(ReplayedEngine, "a finished job is forgotten when its time is over",
                 "[retention]") {
  complete(submit_and_accept({.job = "a", .keep_for = 1min}));
  REQUIRE(engine.next_deadline() == now + 1min);
  advance(59s);
  REQUIRE(find("a") != nullptr);
  advance(1s);
  REQUIRE(find("a") == nullptr);
  REQUIRE(engine.state().jobs.finished_count() == 0);
  submit({.job = "a"});
}

TEST_CASE_METHOD(ReplayedEngine, "too many finished jobs are forgotten early, oldest first",
                 "[retention][limits]") {
  limits.finished_max = 2;
  for (const char* job : {"a", "b", "c"}) {
    // Who asks for a long time gets no more than others.
    complete(submit_and_accept({.job = job, .keep_for = *job == 'a' ? 600min : 60min}));
    now += 1s;
  }
  REQUIRE(engine.next_deadline() <= now);
  tick();
  REQUIRE(find("a") == nullptr);
  REQUIRE(find("b") != nullptr);
  REQUIRE(engine.state().jobs.finished_count() == 2);
}

TEST_CASE_METHOD(ReplayedEngine, "leases get the time back in which nobody was served", "[lease]") {
  const Lease ended = submit_and_accept({.job = "ended"}, "w1");
  advance(1s);
  const Lease held = submit_and_accept({.job = "held"}, "w2");
  const Time since = now + 28s + 500ms;  // the first lease has half a second left
  now = since + 60s;
  engine.extend_leases(now, since, 5s, effects);
  tick();
  REQUIRE(find("ended")->deadline == now + 500ms + 5s);
  REQUIRE(find("held")->deadline == now + 1500ms + 5s);
  REQUIRE(taken(complete(held)) == Status::kComplete);
  advance(6s);
  REQUIRE(find("ended")->lost_leases == 1);
  REQUIRE(refusal(complete(ended)) == Code::kConflict);
}

TEST_CASE_METHOD(ReplayedEngine,
                 "leases that were over before, or end much later, stay as they are", "[lease]") {
  submit_and_accept({.job = "a"}, "w1");
  const Time deadline = find("a")->deadline;
  engine.extend_leases(now + 3s, now, 5s, effects);
  REQUIRE(find("a")->deadline == deadline);
  engine.extend_leases(now + 40s, deadline + 1ms, 5s, effects);
  REQUIRE(find("a")->deadline == deadline);
}

}  // namespace store
