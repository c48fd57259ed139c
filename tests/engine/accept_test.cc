#include "engine_fixture.h"

namespace store {
TEST_CASE_METHOD(ReplayedEngine, "an accepted job has a lease of the asked length") {
  submit({.job = "a"});
  Accept command = accept_command();
  command.lease = 5s;
  const auto jobs = std::get<AcceptReply>(*apply(command)).jobs;
  REQUIRE(ids(jobs) == Ids{"a"});
  REQUIRE(jobs[0].lease.attempt == 1);
  REQUIRE(jobs[0].lease_until == now + 5s);
  REQUIRE(view("a").worker == "w");
  REQUIRE(status("a") == Status::kAccepted);
}

TEST_CASE_METHOD(ReplayedEngine, "the same request number is answered with the same leases",
                 "[repeat]") {
  submit_all({"a", "b", "c"});
  const Accept command = accept_command(2);
  REQUIRE(ids(std::get<AcceptReply>(*apply(command)).jobs) == Ids{"a", "b"});
  const auto digest = engine.digest();
  REQUIRE(ids(std::get<AcceptReply>(*apply(command)).jobs) == Ids{"a", "b"});
  REQUIRE(engine.digest() == digest);

  complete({"a", 1});
  REQUIRE(ids(std::get<AcceptReply>(*apply(command)).jobs) == Ids{"b"});
  complete({"b", 1});
  REQUIRE(ids(std::get<AcceptReply>(*apply(command)).jobs).empty());
  REQUIRE(status("c") == Status::kSubmitted);
}

TEST_CASE_METHOD(ReplayedEngine, "another worker's request number is no repetition", "[repeat]") {
  submit_all({"a", "b"});
  Accept command = accept_command();
  apply(command);
  command.worker = "other";
  REQUIRE(ids(std::get<AcceptReply>(*apply(command)).jobs) == Ids{"b"});
}

TEST_CASE_METHOD(ReplayedEngine, "a smaller request number is refused and changes nothing",
                 "[repeat]") {
  submit();
  submit();
  Accept command = accept_command();
  command.request_number = 9;
  apply(command);
  command.request_number = 8;
  REQUIRE(refusal(unchanged([&] { return apply(command); })) == Code::kConflict);
}

TEST_CASE_METHOD(ReplayedEngine, "an accept that waits gets the next job in the submit's turn",
                 "[wait]") {
  const auto request = park_accept();
  submit({.job = "a"});
  REQUIRE(given(request) == Ids{"a"});
}

TEST_CASE_METHOD(ReplayedEngine,
                 "an accept that waits in vain is answered with nothing at its time", "[wait]") {
  const auto request = park_accept("w", 10s);
  REQUIRE(engine.next_deadline() == now + 10s);
  advance(9999ms);
  REQUIRE_FALSE(reply_to(request));
  advance(1ms);
  const auto reply = reply_to(request);
  REQUIRE(reply);
  REQUIRE(std::get<AcceptReply>(*reply).jobs.empty());
}

TEST_CASE_METHOD(ReplayedEngine, "those who wait are served in the order in which they came",
                 "[wait]") {
  const auto first = park_accept("w1");
  const auto second = park_accept("w2");
  submit({.job = "a"});
  REQUIRE(reply_to(first));
  REQUIRE_FALSE(reply_to(second));
  submit({.job = "b"});
  REQUIRE(reply_to(second));
}

TEST_CASE_METHOD(ReplayedEngine, "a worker that asks anew gives up what it asked before",
                 "[wait]") {
  Accept command = accept_command();
  command.wait = 10s;
  const auto first = park(command);
  const auto second = park(command);
  REQUIRE(std::get<AcceptReply>(*reply_to(first)).jobs.empty());
  submit({.job = "a"});
  REQUIRE(given(second) == Ids{"a"});
}

TEST_CASE_METHOD(ReplayedEngine, "waiting is refused when too many wait", "[limits]") {
  limits.waiters_max = 1;
  Accept command = accept_command(1, "w1");
  command.wait = 10s;
  apply(command);
  command.worker = "w2";
  REQUIRE(refusal(unchanged([&] { return apply(command); })) == Code::kTooMany);
}

TEST_CASE_METHOD(ReplayedEngine, "one accept gives no more requests than fit a reply", "[limits]") {
  limits.accept_bytes_max = 100;
  submit({.job = "a", .request = std::string(60, '1')});
  submit({.job = "b", .request = std::string(60, '1')});
  submit({.job = "huge", .request = std::string(500, '1')});
  REQUIRE(ids(accept(10)) == Ids{"a"});
  REQUIRE(ids(accept(10)) == Ids{"b"});
  REQUIRE(ids(accept(10)) == Ids{"huge"});
}

TEST_CASE_METHOD(ReplayedEngine, "the worker silent longest makes room in a full table",
                 "[limits]") {
  limits.workers_max = 2;
  for (const char* worker : {"w1", "w2", "w3"}) {
    submit();
    accept_one(worker);
    advance(1s);
  }
  REQUIRE(engine.state().datasource(0).workers.find("w1") == nullptr);
  REQUIRE(engine.state().datasource(0).workers.find("w2") != nullptr);
  REQUIRE(engine.state().datasource(0).workers.find("w3") != nullptr);
}

TEST_CASE_METHOD(ReplayedEngine, "one named job is taken out of turn", "[named]") {
  submit_all({"a", "b"});
  const auto item = update({"b", 0}, AcceptOne{"w", 5, 10s});
  const auto& job = std::get<UpdateReply::Result>(item).accepted;
  REQUIRE(job);
  REQUIRE(job->lease.job == "b");
  REQUIRE(job->lease.attempt == 1);
  REQUIRE(view("b").worker == "w");
  REQUIRE(job->lease_until == now + 10s);
  REQUIRE(taken(complete({"b", 1})) == Status::kComplete);
  REQUIRE(ids(accept(10)) == Ids{"a"});
}

TEST_CASE_METHOD(ReplayedEngine, "a named job that was taken is answered with the same lease",
                 "[named][repeat]") {
  submit({.job = "a"});
  const AcceptOne word{"w", 5, 10s};
  update({"a", 0}, word);
  advance(1s);
  const auto again = unchanged([&] { return update({"a", 0}, word); });
  REQUIRE(std::get<UpdateReply::Result>(again).accepted->lease.attempt == 1);
  REQUIRE(std::get<UpdateReply::Result>(again).accepted->lease_until == now + 9s);
  for (const AcceptOne& other : {AcceptOne{"other", 5, 10s}, AcceptOne{"w", 6, 10s}}) {
    REQUIRE(refusal(unchanged([&] { return update({"a", 0}, other); })) == Code::kConflict);
  }
  release({"a", 1});
  REQUIRE(std::get<UpdateReply::Result>(update({"a", 0}, word)).accepted->lease.attempt == 2);
}

TEST_CASE_METHOD(ReplayedEngine, "a named job uses up none of the worker's request numbers",
                 "[named][repeat]") {
  submit_all({"a", "b", "c"});
  Accept command = accept_command();
  command.request_number = 5;
  REQUIRE(ids(ask<AcceptReply>(command).jobs) == Ids{"a"});
  update({"b", 0}, AcceptOne{"w", 9, 30s});
  REQUIRE(ids(unchanged([&] { return ask<AcceptReply>(command); }).jobs) == Ids{"a"});
  command.request_number = 6;
  REQUIRE(ids(ask<AcceptReply>(command).jobs) == Ids{"c"});
}

}  // namespace store
