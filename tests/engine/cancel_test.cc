// A job's cancel: what waits is cancelled at once, what a worker has is asked for.
#include "engine_fixture.h"

namespace store {
namespace {

Renew listen(const std::string& worker, Span wait = 60s, Sequence seen = 0) {
  return {"scan", {}, 30s, worker, wait, seen};
}

}  // namespace

class CancelFixture : public ReplayedEngine {
 public:
  // A job that a worker has and that is to be cancelled.
  Lease cancelling(SubmitOptions options = {}, const std::string& worker = "w") {
    const Lease lease = submit_and_accept(std::move(options), worker);
    cancel(lease.job);
    return lease;
  }
  std::vector<CancelRequest> notes_in_accept(std::uint64_t request) {
    const auto reply = reply_to(request);
    REQUIRE(reply);
    REQUIRE(std::get<AcceptReply>(*reply).jobs.empty());
    return std::get<AcceptReply>(*reply).cancels;
  }
  std::vector<CancelRequest> notes_in_renew(std::uint64_t request) {
    const auto reply = reply_to(request);
    REQUIRE(reply);
    return std::get<RenewReply>(*reply).cancels;
  }
};

TEST_CASE_METHOD(CancelFixture, "a job that waits is cancelled at once") {
  submit({.job = "ready"});
  submit({.job = "delayed", .delay = 1h});
  submit({.job = "retrying", .backoff = kNoBackoff});
  submit({.job = "backoff"});
  accept_one();
  release({"ready", 1});
  update({"retrying", 0}, AcceptOne{"w", 77, 30s});
  retry({"retrying", 1});
  update({"backoff", 0}, AcceptOne{"w", 78, 30s});
  retry({"backoff", 1}, 1h);
  REQUIRE(status("retrying") == Status::kRetrying);
  for (const char* job : {"ready", "delayed", "retrying", "backoff"}) {
    const JobView cancelled = cancel(job);
    REQUIRE(cancelled.status == Status::kCancelled);
    REQUIRE(cancelled.finished_at == now);
    REQUIRE(cancelled.not_before == Time{});
    REQUIRE_FALSE(cancelled.has_failure);
  }
  REQUIRE(accept(10).empty());
  REQUIRE(engine.state().jobs.live_count() == 0);
  advance(2h);
  REQUIRE(accept(10).empty());
}

TEST_CASE_METHOD(CancelFixture, "a job that a worker has is asked for, and goes on meanwhile") {
  const Lease lease = submit_and_accept({.job = "a"});
  advance(1s);
  const JobView job = cancel("a");
  REQUIRE(job.status == Status::kAccepted);
  REQUIRE(job.cancel_requested_at == now);
  REQUIRE(job.cancel_until == now + 30s);  // by default
  REQUIRE(last<CancelRequested>().sequence == job.changed);
  REQUIRE(taken(update(lease, Progress{0.5, ""})) == Status::kAccepted);
  REQUIRE(renew(lease, 10s) == now + 10s);
  REQUIRE(renew(lease, 1h) == now + 30s);
}

TEST_CASE_METHOD(CancelFixture, "a renewal says that the cancel of its job is requested",
                 "[renew]") {
  const Lease other = submit_and_accept({.job = "a"});
  const Lease lease = cancelling({.job = "b"});
  const auto reply = ask<RenewReply>(Renew{"scan", {other, lease}, 20s, {}, {}, 0});
  REQUIRE_FALSE(reply.leases.at(0)->cancel_requested);
  REQUIRE(reply.leases.at(1)->cancel_requested);
  REQUIRE(reply.cancels.empty());  // no worker was named
}

TEST_CASE_METHOD(CancelFixture, "a cancel is pushed to the worker's accept and renewal that wait",
                 "[wait]") {
  const Lease lease = submit_and_accept({.job = "a"}, "mine");
  const auto accept = park_accept("mine");
  const auto renewal = park(listen("mine"));
  const auto other_accept = park_accept("other");
  const auto other_renewal = park(listen("other"));
  cancel("a");
  const auto by_accept = notes_in_accept(accept);
  const auto by_renewal = notes_in_renew(renewal);
  for (const auto& notes : {by_accept, by_renewal}) {
    REQUIRE(notes.size() == 1);
    REQUIRE(notes[0].lease.job == "a");
    REQUIRE(notes[0].lease.attempt == lease.attempt);
    REQUIRE(notes[0].sequence == find("a")->cancel_sequence);
    REQUIRE(notes[0].until == now + 30s);
  }
  REQUIRE_FALSE(reply_to(other_accept));
  REQUIRE_FALSE(reply_to(other_renewal));
}

TEST_CASE_METHOD(CancelFixture, "a renewal with a worker tells the cancels above those seen",
                 "[renew]") {
  cancelling({.job = "a"});
  cancelling({.job = "b"}, "other");
  cancelling({.job = "c"});
  const auto both = ask<RenewReply>(listen("w")).cancels;  // there is news: no wait
  REQUIRE(both.size() == 2);
  REQUIRE(both[0].lease.job == "a");
  REQUIRE(both[1].lease.job == "c");
  REQUIRE(both[0].sequence < both[1].sequence);
  const auto later = ask<RenewReply>(listen("w", 0s, both[0].sequence)).cancels;
  REQUIRE(later.size() == 1);
  REQUIRE(later[0].lease.job == "c");
  const auto waiting = park(listen("w", 60s, both[1].sequence));
  cancelling({.job = "d"});
  REQUIRE(notes_in_renew(waiting).at(0).lease.job == "d");
}

TEST_CASE_METHOD(CancelFixture, "cancels of jobs that have ended are told no more", "[renew]") {
  complete(cancelling({.job = "a"}));
  acknowledge_cancel(cancelling({.job = "b"}));
  REQUIRE(ask<RenewReply>(listen("w", 0s)).cancels.empty());
}

TEST_CASE_METHOD(CancelFixture, "a renewal that waits in vain is answered at its time", "[wait]") {
  const Lease lease = submit_and_accept({.job = "a"});
  Renew command = listen("w", 10s);
  command.leases = {lease};
  const auto request = park(command);
  REQUIRE(find("a")->deadline == now + 30s);  // moved at once
  const Time deadline = now + 30s;
  advance(9999ms);
  REQUIRE_FALSE(reply_to(request));
  advance(1ms);
  const auto reply = std::get<RenewReply>(*reply_to(request));
  REQUIRE(reply.leases.at(0)->deadline == deadline);
  REQUIRE(reply.cancels.empty());
}

TEST_CASE_METHOD(CancelFixture, "a worker that renews anew gives up the renewal that waits",
                 "[wait]") {
  submit_and_accept({.job = "a"});
  const auto first = park(listen("w"));
  const auto second = park(listen("w"));
  REQUIRE(notes_in_renew(first).empty());
  cancel("a");
  REQUIRE(notes_in_renew(second).size() == 1);
}

TEST_CASE_METHOD(CancelFixture, "a renewal that may not wait is answered at once",
                 "[wait][limits]") {
  limits.waiters_max = 1;
  const Lease lease = submit_and_accept({.job = "a"});
  park(listen("other"));
  advance(1s);
  Renew command = listen("w");
  command.leases = {lease};
  REQUIRE(ask<RenewReply>(command).leases.at(0)->deadline == now + 30s);
  REQUIRE(engine.waiter_count() == 1);
}

TEST_CASE_METHOD(CancelFixture, "a worker may wait for cancels before its datasource has any job",
                 "[wait]") {
  const auto request = park(listen("w"));
  submit_and_accept({.job = "a"});
  cancel("a");
  REQUIRE(notes_in_renew(request).size() == 1);
}

TEST_CASE_METHOD(CancelFixture, "the worker acknowledges, and can repeat it") {
  const Lease lease = cancelling({.job = "a"});
  advance(1s);
  REQUIRE(taken(acknowledge_cancel(lease)) == Status::kCancelled);
  REQUIRE_FALSE(view("a").is_revoked);
  REQUIRE(view("a").finished_at == now);
  REQUIRE(view("a").cancel_until == Time{});
  REQUIRE(taken(unchanged([&] { return acknowledge_cancel(lease); })) == Status::kCancelled);
  REQUIRE(refusal(unchanged([&] { return complete(lease); })) == Code::kConflict);
}

TEST_CASE_METHOD(CancelFixture, "when the grace is over the lease is revoked") {
  const Lease lease = submit_and_accept({.job = "a"});
  renew(lease, 1h);
  const auto request = park(patient("a", 60s, true));
  cancel("a");
  REQUIRE(engine.next_deadline() == now + 30s);
  advance(29999ms);
  REQUIRE(status("a") == Status::kAccepted);
  advance(1ms);
  const JobView revoked = std::get<JobReply>(*reply_to(request)).job;
  REQUIRE(revoked.status == Status::kCancelled);
  REQUIRE(revoked.is_revoked);
  for (const Report& late :
       {Report(Completed{"1"}), Report(AckCancel{}), Report(Failed{{"x", "", ""}}),
        Report(Retry{{"x", "", ""}, {}}), Report(Release{})}) {
    REQUIRE(refusal(unchanged([&] { return update(lease, late); })) == Code::kConflict);
  }
  REQUIRE_FALSE(renew(lease, 1s));
}

TEST_CASE_METHOD(CancelFixture, "the datasource says how long the grace is") {
  configure({.cancel_grace = 5s});
  const Lease lease = submit_and_accept({.job = "a"});
  REQUIRE(cancel("a").cancel_until == now + 5s);
  now += 5s;  // the end itself counts as over, even before the timer has run
  REQUIRE(refusal(unchanged([&] { return complete(lease); })) == Code::kConflict);
  tick();
  REQUIRE(status("a") == Status::kCancelled);
}

TEST_CASE_METHOD(CancelFixture, "an outcome before the end of the grace wins") {
  const Lease completed = cancelling();
  const Lease failed = cancelling();
  const Lease forbidden = cancelling();
  advance(29999ms);
  REQUIRE(taken(complete(completed)) == Status::kComplete);
  REQUIRE(taken(fail(failed)) == Status::kFailed);
  REQUIRE(taken(forbid(forbidden)) == Status::kForbidden);
  advance(1h - 30s);
  REQUIRE(status(completed.job) == Status::kComplete);
}

TEST_CASE_METHOD(CancelFixture, "a job to be cancelled is not tried again") {
  const Lease retried = cancelling();
  const Lease released = cancelling();
  REQUIRE(taken(retry(retried)) == Status::kCancelled);
  REQUIRE(taken(release(released)) == Status::kCancelled);
  for (const Lease& lease : {retried, released}) {
    REQUIRE(view(lease.job).failures == 0);
    REQUIRE(view(lease.job).releases == 0);
    REQUIRE_FALSE(view(lease.job).has_failure);
  }
  REQUIRE(taken(unchanged([&] { return retry(retried); })) == Status::kCancelled);
  REQUIRE(taken(unchanged([&] { return release(released); })) == Status::kCancelled);
  REQUIRE(accept(10).empty());
}

TEST_CASE_METHOD(CancelFixture, "a repeated cancel changes nothing") {
  cancelling({.job = "a"});
  const Time until = now + 30s;
  advance(10s);
  REQUIRE(unchanged([&] { return cancel("a"); }).cancel_until == until);
  submit({.job = "b"});
  cancel("b");
  REQUIRE(unchanged([&] { return cancel("b"); }).status == Status::kCancelled);
}

}  // namespace store
