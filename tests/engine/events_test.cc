// Which event each change of a job makes, and what is in it.
#include "watched_engine.h"

namespace store {

TEST_CASE_METHOD(WatchedEngine, "a submit is an event with what the job is") {
  submit({.job = "j", .client = "bob", .priority = 70, .function = "ocr"});
  const Event event = last_event(Kind::kSubmitted);
  CHECK(event.sequence == 1);
  CHECK(event.job == JobKey{0, 1});
  CHECK(event.time == now);
  CHECK(event.attempt == 0);
  CHECK(event.status == Status::kSubmitted);
  CHECK(event.priority == 70);
  CHECK(event.until == Time{});
  CHECK(event.id == "j");
  CHECK(event.client == "bob");
  CHECK(event.function == "ocr");
  CHECK(event.code.empty());
  CHECK(event.text.empty());
}

TEST_CASE_METHOD(WatchedEngine, "a submit of a job that has to wait says until when") {
  submit({.delay = 20s});
  CHECK(last_event(Kind::kSubmitted).until == now + 20s);
  submit({.not_before = now + 30s});
  CHECK(last_event(Kind::kSubmitted).until == now + 30s);
  submit({.not_before = now - 30s});
  CHECK(last_event(Kind::kSubmitted).until == Time{});
  CHECK(last_event(Kind::kSubmitted).priority == 50);
}

TEST_CASE_METHOD(WatchedEngine, "a repeated submit is no event") {
  submit_all({"j", "j"});
  CHECK(event_count() == 1);
}

TEST_CASE_METHOD(WatchedEngine, "an accept is an event with the worker and the lease") {
  const Lease lease = submit_and_accept({.job = "j", .function = "ocr"}, "host:1");
  const Event event = last_event(Kind::kAccepted);
  CHECK(event.sequence == 2);
  CHECK(event.job == JobKey{0, 1});
  CHECK(event.attempt == 1);
  CHECK(event.status == Status::kAccepted);
  CHECK(event.text == "host:1");
  CHECK(event.until == now + 30s);
  CHECK(event.function == "ocr");
  release(lease);
  take("j", "host:2");
  CHECK(last_event(Kind::kAccepted).text == "host:2");
  CHECK(last_event(Kind::kAccepted).attempt == 2);
}

TEST_CASE_METHOD(WatchedEngine, "a lease is no longer than the attempt may be") {
  submit_and_accept({.job = "j", .timeout = 5s});
  CHECK(last_event(Kind::kAccepted).until == view("j").lease_until);
  CHECK(last_event(Kind::kAccepted).until == now + 5s);
}

TEST_CASE_METHOD(WatchedEngine, "what a worker says of its progress is an event") {
  const Lease lease = submit_and_accept();
  update(lease, Progress{0.25F, "page 1"});
  const Event event = last_event(Kind::kProgress);
  CHECK(event.progress == 0.25F);
  CHECK(event.text == "page 1");
  CHECK(event.status == Status::kAccepted);
  CHECK(event.attempt == 1);
}

TEST_CASE_METHOD(WatchedEngine, "each log line is an event, a repeated one is none") {
  const Lease lease = submit_and_accept();
  const Log lines{{{LogLevel::kWarning, "one"}, {LogLevel::kInfo, "two"}}, 1};
  update(lease, lines);
  update(lease, lines);
  REQUIRE(event_count() == 4);
  CHECK(events[2].kind == Kind::kLog);
  CHECK(events[2].number == 1);
  CHECK(events[2].level == LogLevel::kWarning);
  CHECK(events[2].text == "one");
  CHECK(events[3].number == 2);
  CHECK(events[3].level == LogLevel::kInfo);
  CHECK(events[3].text == "two");
  CHECK(events[3].attempt == 1);
}

TEST_CASE_METHOD(WatchedEngine, "a completion is an event without the response") {
  complete(submit_and_accept(), "\"done\"");
  const Event event = last_event(Kind::kComplete);
  CHECK(event.status == Status::kComplete);
  CHECK(event.text.empty());
  CHECK(event.attempt == 1);
}

TEST_CASE_METHOD(WatchedEngine, "a failure is an event with its code and message") {
  fail(submit_and_accept(), "exit-7");
  const Event event = last_event(Kind::kFailed);
  CHECK(event.status == Status::kFailed);
  CHECK(event.code == "exit-7");
  CHECK(event.text == "message");
}

TEST_CASE_METHOD(WatchedEngine, "a job that expires has failed") {
  submit({.valid_for = 10s});
  advance(10s);
  const Event event = last_event(Kind::kFailed);
  CHECK(event.status == Status::kFailed);
  CHECK(event.code == "expired");
  CHECK(event.attempt == 0);
  CHECK_FALSE(event.text.empty());
}

TEST_CASE_METHOD(WatchedEngine, "a job whose failures are used up has failed") {
  retry(submit_and_accept({.failures_max = 1}), {}, "jam");
  CHECK(last_event(Kind::kFailed).status == Status::kFailed);
  CHECK(last_event(Kind::kFailed).code == "jam");
}

TEST_CASE_METHOD(WatchedEngine, "a job whose lost leases are used up has failed") {
  submit_and_accept({.lost_leases_max = 1});
  advance(30s);
  CHECK(last_event(Kind::kFailed).status == Status::kFailed);
  CHECK(last_event(Kind::kFailed).code == "lost-leases");
}

TEST_CASE_METHOD(WatchedEngine, "a job whose releases are used up has failed") {
  release(submit_and_accept({.releases_max = 1}));
  CHECK(last_event(Kind::kFailed).status == Status::kFailed);
  CHECK(last_event(Kind::kFailed).code == "releases");
}

TEST_CASE_METHOD(WatchedEngine, "a job that is forbidden is an event with the reason") {
  forbid(submit_and_accept());
  CHECK(last_event(Kind::kForbidden).status == Status::kForbidden);
  CHECK(last_event(Kind::kForbidden).code == "no");
  CHECK(last_event(Kind::kForbidden).text == "message");
}

TEST_CASE_METHOD(WatchedEngine, "a retry is an event that says when it runs again") {
  const Lease lease = submit_and_accept({.job = "j"});
  retry(lease, 7s, "jam");
  const Event event = last_event(Kind::kRetrying);
  CHECK(event.status == Status::kRetrying);
  CHECK(event.code == "jam");
  CHECK(event.text == "message");
  CHECK(event.until == now + 7s);
  CHECK(event.attempt == 1);
}

TEST_CASE_METHOD(WatchedEngine, "an attempt that takes too long is retried") {
  submit_and_accept({.timeout = 5s, .backoff = Backoff{.initial = 0s, .max = 1h}});
  advance(5s);
  const Event event = last_event(Kind::kRetrying);
  CHECK(event.code == "timeout");
  CHECK(event.status == Status::kRetrying);
  CHECK(event.until == Time{});
}

TEST_CASE_METHOD(WatchedEngine, "a release is an event that says why and until when") {
  release(submit_and_accept(), 9s);
  const Event event = last_event(Kind::kReleased);
  CHECK(event.status == Status::kSubmitted);
  CHECK(event.text == "draining");
  CHECK(event.until == now + 9s);
  CHECK(event.attempt == 1);
  advance(9s);
  release(accept_one());
  CHECK(last_event(Kind::kReleased).until == Time{});
}

TEST_CASE_METHOD(WatchedEngine, "a lost lease is an event") {
  submit_and_accept();
  advance(30s);
  CHECK(last_event(Kind::kLeaseLost).status == Status::kRetrying);
  CHECK(last_event(Kind::kLeaseLost).attempt == 1);
  CHECK(last_event(Kind::kLeaseLost).time == now);
}

TEST_CASE_METHOD(WatchedEngine, "a lease that could not be delivered is an event") {
  submit({.job = "j"});
  engine.take_back(now, chance(), accept(), effects);
  CHECK(last_event(Kind::kUndelivered).status == Status::kSubmitted);
}

TEST_CASE_METHOD(WatchedEngine, "a requested cancel is an event, and so is its end") {
  configure({.cancel_grace = 10s});
  const Lease lease = submit_and_accept({.job = "j"});
  cancel("j");
  CHECK(last_event(Kind::kCancelRequested).status == Status::kAccepted);
  CHECK(last_event(Kind::kCancelRequested).until == now + 10s);
  cancel("j");
  CHECK(event_count() == 3);
  acknowledge_cancel(lease);
  CHECK(last_event(Kind::kCancelled).status == Status::kCancelled);
}

TEST_CASE_METHOD(WatchedEngine, "whatever ends a job with a cancel, it is cancelled") {
  const auto unwanted = [&](const std::string& job) {
    const Lease lease = submit_and_accept({.job = job});
    cancel(job);
    return lease;
  };
  retry(unwanted("a"));
  CHECK(last_event(Kind::kCancelled).code.empty());
  release(unwanted("b"));
  CHECK(last_event(Kind::kCancelled).text.empty());
  unwanted("c");
  advance(30s);
  CHECK(last_event(Kind::kCancelled).status == Status::kCancelled);
  submit({.job = "d"});
  cancel("d");
  CHECK(last_event(Kind::kCancelled).attempt == 0);
  complete(unwanted("e"));
  last_event(Kind::kComplete);
}

TEST_CASE_METHOD(WatchedEngine, "an edit is an event with the priority") {
  submit({.job = "j", .delay = 1h});
  ask<JobReply>(Edit{"scan", "j", 90, {}, {}});
  CHECK(last_event(Kind::kEdited).priority == 90);
  CHECK(last_event(Kind::kEdited).status == Status::kSubmitted);
  ask<SubmitReply>(Restart{"scan", "j", {}});
  CHECK(last_event(Kind::kEdited).priority == 90);
  CHECK(event_count() == 3);
}

TEST_CASE_METHOD(WatchedEngine, "a restart is a submit with a parent") {
  fail(submit_and_accept({.job = "j", .client = "bob", .priority = 30, .function = "ocr"}));
  ask<SubmitReply>(Restart{"scan", "j", "again"});
  const Event event = last_event(Kind::kSubmitted);
  CHECK(event.id == "again");
  CHECK(event.text == "j");
  CHECK(event.client == "bob");
  CHECK(event.function == "ocr");
  CHECK(event.priority == 30);
  CHECK(event.status == Status::kSubmitted);
  CHECK(event.job == JobKey{0, event.sequence});
}

TEST_CASE_METHOD(WatchedEngine, "what matters to the store alone is no event") {
  configure({.description = "x"});
  set_mode(Mode::kPaused);
  set_mode(Mode::kRunning);
  submit({.job = "j", .keep_for = 1s, .delay = 5s});
  advance(5s);  // it is due
  const Lease lease = accept_one();
  renew(lease, 10s);
  complete(lease);
  REQUIRE(event_count() == 3);
  forget_below(2);
  advance(1s);  // it is forgotten
  REQUIRE(find("j") == nullptr);
  CHECK(event_count() == 3);
  CHECK(last_sequence() == 3);
}

TEST_CASE_METHOD(WatchedEngine, "each datasource counts its own events") {
  submit();
  submit({.job = "k", .datasource = "print"});
  submit();
  collect();
  REQUIRE(events.size() == 3);
  CHECK(events[1].job == JobKey{1, 1});
  CHECK(events[1].sequence == 1);
  CHECK(events[2].sequence == 2);
}

TEST_CASE_METHOD(WatchedEngine, "an event is of its datasource, its client and its job") {
  submit({.client = "bob"});
  const Event event = last_event(Kind::kSubmitted);
  CHECK(covers({0, "", 0}, event));
  CHECK(covers({0, "bob", 0}, event));
  CHECK(covers({0, "bob", 1}, event));
  CHECK_FALSE(covers({0, "alice", 0}, event));
  CHECK_FALSE(covers({0, "bob", 2}, event));
}

}  // namespace store
