// What a watcher is given to begin with.
#include "watched_engine.h"

namespace store {

TEST_CASE_METHOD(WatchedEngine, "a client's scope shows its live jobs and the last event") {
  submit({.job = "waits", .delay = 1h});
  retry(submit_and_accept({.job = "retries"}));
  submit_and_accept({.job = "runs"});
  complete(submit_and_accept({.job = "complete"}));
  cancel(submit({.job = "cancelled"}));
  submit({.job = "foreign", .client = "bob"});
  const SubscribeReply reply = unchanged([&] { return subscribe("alice"); });
  CHECK(reply.scope == EventScope{0, "alice", 0});
  CHECK(ids(reply.snapshot.jobs.jobs) == Ids{"waits", "retries", "runs"});
  CHECK(reply.snapshot.jobs.jobs[2].status == Status::kAccepted);
  CHECK(reply.snapshot.jobs.cursor == 0);
  CHECK(reply.snapshot.cursor == last_sequence());
  CHECK(reply.snapshot.oldest == 1);
}

TEST_CASE_METHOD(WatchedEngine, "a driver's scope shows the live jobs of all clients or of one") {
  submit({.job = "a"});
  submit({.job = "b", .client = "bob"});
  const SubscribeReply all = subscribe(std::nullopt);
  CHECK(all.scope == EventScope{0, "", 0});
  CHECK(ids(all.snapshot.jobs.jobs) == Ids{"a", "b"});
  CHECK(ids(subscribe("bob").snapshot.jobs.jobs) == Ids{"b"});
}

TEST_CASE_METHOD(WatchedEngine, "a job's scope shows the job even when it is final") {
  submit({.job = "other"});
  cancel(submit({.job = "j"}));
  const SubscribeReply reply = unchanged([&] { return subscribe("alice", "j"); });
  CHECK(reply.scope == EventScope{0, "alice", 2});
  REQUIRE(ids(reply.snapshot.jobs.jobs) == Ids{"j"});
  CHECK(reply.snapshot.jobs.jobs[0].status == Status::kCancelled);
  // Whoever asks, it is the scope of the job's client.
  CHECK(subscribe(std::nullopt, "j").scope == reply.scope);
}

TEST_CASE_METHOD(WatchedEngine, "a snapshot has as many jobs as asked for, and where it goes on") {
  submit_all({"a", "b", "c"});
  Subscribe command = subscribe_command();
  command.limit = 2;
  const Snapshot snapshot = ask<SubscribeReply>(command).snapshot;
  CHECK(ids(snapshot.jobs.jobs) == Ids{"a", "b"});
  REQUIRE(snapshot.jobs.cursor == 2);
  CHECK(snapshot.cursor == 3);
  CHECK(ids(ask<ListReply>(list_command("alice", snapshot.jobs.cursor)).jobs) == Ids{"c"});
}

TEST_CASE_METHOD(WatchedEngine, "a watcher with a cursor may leave the jobs out") {
  submit({.job = "j"});
  for (const std::string job : {"", "j"}) {
    Subscribe command = subscribe_command("alice", job);
    command.no_snapshot = true;
    const Snapshot snapshot = ask<SubscribeReply>(command).snapshot;
    CHECK(snapshot.jobs.jobs.empty());
    CHECK(snapshot.cursor == 1);
    CHECK(snapshot.oldest == 1);
  }
}

TEST_CASE_METHOD(WatchedEngine, "a watcher may come before the first job") {
  const SubscribeReply reply = subscribe("alice");
  CHECK(reply.scope == EventScope{0, "alice", 0});
  CHECK(reply.snapshot.jobs.jobs.empty());
  CHECK(reply.snapshot.cursor == 0);
  CHECK(reply.snapshot.oldest == 1);
  submit();
  CHECK(covers(reply.scope, last_event(Kind::kSubmitted)));
  limits.datasources_max = 1;
  Subscribe elsewhere = subscribe_command();
  elsewhere.datasource = "another";
  CHECK(refusal(unchanged([&] { return apply(elsewhere); })) == Code::kFull);
}

TEST_CASE_METHOD(WatchedEngine, "a snapshot says which events are forgotten") {
  submit_all({"a", "b", "c"});
  forget_below(3);
  CHECK(subscribe().snapshot.oldest == 3);
  forget_below(4);
  CHECK(subscribe().snapshot.oldest == 4);
  CHECK(subscribe().snapshot.cursor == 3);
  CHECK(ids(subscribe().snapshot.jobs.jobs) == Ids{"a", "b", "c"});
}

TEST_CASE_METHOD(WatchedEngine, "forgotten events hand out no work") {
  configure({});
  set_mode(Mode::kPaused);
  submit_all({"a", "b"});
  const auto before = engine.digest();
  forget_below(2);
  CHECK(engine.digest() != before);
  CHECK(last<EventsForgotten>().sequence == 0);
  CHECK(std::get<EventsForgotten>(last<EventsForgotten>().change).oldest == 2);
}

}  // namespace store
