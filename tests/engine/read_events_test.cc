// The journal as watchers ask for it: what is answered at once, what is held back, what is gone.
// Which events there are is the storage's business; see tests/storage/event_log_test.cc.
#include "watched_engine.h"

namespace store {

TEST_CASE_METHOD(WatchedEngine, "what is there is answered at once") {
  submit({.job = "j"});
  const auto reply =
      unchanged([&] { return ask<EventsReply>(read_command(0, 10s, "alice", "j")); });
  CHECK(reply.datasource == "scan");
  CHECK(reply.scope == EventScope{0, "alice", 1});
  CHECK(reply.after == 0);
  CHECK(reply.limit == 100);
  CHECK(reply.scans > 0);
  CHECK(ask<EventsReply>(read_command(0, 10s)).scope == EventScope{0, "alice", 0});
  CHECK(ask<EventsReply>(read_command(0, 10s, std::nullopt)).scope == EventScope{0, "", 0});
}

TEST_CASE_METHOD(WatchedEngine, "without a wait nothing is held back") {
  submit();
  CHECK(ask<EventsReply>(read_command(1)).after == 1);
  CHECK(engine.waiter_count() == 0);
}

TEST_CASE_METHOD(WatchedEngine, "who waits is answered by the next event of the scope") {
  submit_all({"a", "b"});
  submit({.job = "c", .client = "bob"});
  const auto of_all = park(read_command(3, 60s, std::nullopt));
  const auto of_client = park(read_command(3, 60s));
  const auto of_job = park(read_command(3, 60s, "alice", "a"));
  cancel("b");
  CHECK(found(of_all).after == 3);
  CHECK(found(of_client).after == 3);
  CHECK_FALSE(reply_to(of_job));
  CHECK(engine.waiter_count() == 1);
  cancel("a");
  CHECK(found(of_job).scope == EventScope{0, "alice", 1});
  CHECK(engine.waiter_count() == 0);
}

TEST_CASE_METHOD(WatchedEngine, "other clients' events wake nobody") {
  submit({.job = "a"});
  const auto waiting = park(read_command(1, 60s));
  submit({.job = "b", .client = "bob"});
  submit({.job = "c", .datasource = "print"});
  CHECK_FALSE(reply_to(waiting));
  // What others did does not let it ask in vain again either.
  park(read_command(2, 60s));
  CHECK(engine.waiter_count() == 2);
}

TEST_CASE_METHOD(WatchedEngine, "one event answers all who wait for it") {
  submit({.job = "a"});
  const auto first = park(read_command(1, 60s));
  const auto second = park(read_command(1, 60s));
  cancel("a");
  CHECK(found(first).after == 1);
  CHECK(found(second).after == 1);
}

TEST_CASE_METHOD(WatchedEngine, "whose time is over is answered with what there is") {
  submit();
  const auto waiting = park(read_command(1, 10s));
  advance(9999ms);
  CHECK_FALSE(reply_to(waiting));
  CHECK(engine.next_deadline() == now + 1ms);
  advance(1ms);
  CHECK(found(waiting).after == 1);
}

TEST_CASE_METHOD(WatchedEngine, "a watcher may wait for the first event of all") {
  const auto waiting = park(read_command(0, 10s));
  submit();
  CHECK(found(waiting).scope == EventScope{0, "alice", 0});
  ReadEvents elsewhere = read_command(0);
  elsewhere.datasource = "unknown";
  const auto reply = unchanged([&] { return ask<EventsReply>(elsewhere); });
  CHECK(reply.limit == 0);
  limits.datasources_max = 1;
  elsewhere.wait = 10s;
  CHECK(refusal(unchanged([&] { return apply(elsewhere); })) == Code::kFull);
}

TEST_CASE_METHOD(WatchedEngine, "no more than the limit wait for events") {
  limits.waiters_max = 3;
  limits.waiters_per_client_max = 2;
  submit({.client = "bob"});
  submit({.job = "a"});
  park(read_command(2, 60s));
  // They count together with those who wait for news of a job.
  park(patient("a", 60s));
  const auto code = [&](const ReadEvents& command) {
    const auto reply = unchanged([&] { return apply(command); });
    const auto refused = refusal(reply);
    REQUIRE(refused);
    CHECK(std::get<Refused>(*reply).retry_after > 0s);
    return *refused;
  };
  CHECK(code(read_command(2, 60s)) == Code::kTooMany);
  park(read_command(2, 60s, "bob"));
  CHECK(code(read_command(2, 60s, std::nullopt)) == Code::kTooMany);
  // What is answered at once is not held back.
  ask<EventsReply>(read_command(0, 60s));
  ask<EventsReply>(read_command(2));
  cancel("a");
  CHECK(engine.waiter_count() == 1);
  park(read_command(3, 60s));
  park(read_command(3, 60s));
}

TEST_CASE_METHOD(WatchedEngine, "whose time is over makes room for the client") {
  limits.waiters_per_client_max = 1;
  submit();
  for (int i = 0; i < 3; ++i) {
    const auto waiting = park(read_command(1, 1s));
    advance(1s);
    found(waiting);
  }
}

TEST_CASE_METHOD(WatchedEngine, "a cursor below what is kept is gone") {
  submit_all({"a", "b", "c", "d"});
  cancel("d");
  forget_below(4);
  const GoneReply reply = gone(read_command(2));
  CHECK(reply.snapshot.cursor == 5);
  CHECK(reply.snapshot.oldest == 4);
  CHECK(ids(reply.snapshot.jobs.jobs) == Ids{"a", "b", "c"});
  CHECK_THAT(reply.detail, Catch::StartsWith("after: ") && Catch::Contains("4"));
  // The one before the oldest misses nothing.
  CHECK(ask<EventsReply>(read_command(3)).after == 3);
  gone(read_command(2, 60s));
  gone(read_command(1, 0s, "alice", "a"));
  gone(read_command(1, 0s, std::nullopt));
}

TEST_CASE_METHOD(WatchedEngine, "from 0 is from the oldest that is kept") {
  submit_all({"a", "b", "c"});
  forget_below(3);
  CHECK(ask<EventsReply>(read_command(0)).after == 2);
  forget_below(4);
  CHECK(ask<EventsReply>(read_command(0)).after == 3);
}

TEST_CASE_METHOD(WatchedEngine, "a cursor beyond the last event is of another event log") {
  submit({.job = "a"});
  const GoneReply reply = gone(read_command(2, 60s));
  CHECK(reply.detail == "after: the event log ends at 1; this cursor is of another one");
  CHECK(reply.snapshot.cursor == 1);
  CHECK(ids(reply.snapshot.jobs.jobs) == Ids{"a"});
  gone(read_command(UINT64_MAX));
  gone(read_command(2, 0s, "alice", "a"));
  ReadEvents elsewhere = read_command(1, 60s);
  elsewhere.datasource = "unknown";
  CHECK(gone(elsewhere).snapshot.cursor == 0);
}

TEST_CASE_METHOD(WatchedEngine, "a store that ends refuses those who wait") {
  submit();
  const auto waiting = park(read_command(1, 60s));
  engine.give_up_waiting({Code::kUnavailable, "the store ends"}, effects);
  CHECK(refusal(reply_to(waiting)) == Code::kUnavailable);
  CHECK(engine.waiter_count() == 0);
}

}  // namespace store
