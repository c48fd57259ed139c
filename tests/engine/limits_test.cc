// Limits of the engine that concern several operations.
#include "engine_fixture.h"

namespace store {
TEST_CASE_METHOD(ReplayedEngine, "no more requests are held back than the limit", "[wait]") {
  limits.waiters_max = 3;
  submit({.job = "a"});
  park_accept("w", 5s, {"none"});
  park(Renew{"scan", {}, 30s, "w", 10s, 0});
  park(patient("a", 10s));
  REQUIRE(engine.waiter_count() == 3);
  const auto refused = unchanged([&] { return apply(patient("a", 10s)); });
  REQUIRE(refusal(refused) == Code::kTooMany);
  REQUIRE(std::get<Refused>(*refused).retry_after > 0s);
  Accept other = accept_command(1, "other");
  other.functions = {"none"};
  other.wait = 10s;
  REQUIRE(refusal(unchanged([&] { return apply(other); })) == Code::kTooMany);
  // What is answered at once is not held back.
  REQUIRE(view("a").status == Status::kSubmitted);
  other.functions = {};
  REQUIRE(ask<AcceptReply>(other).jobs.size() == 1);  // and makes room, since it is news
  REQUIRE(engine.waiter_count() == 2);
  park(patient("a", 10s));
}

TEST_CASE_METHOD(ReplayedEngine, "a worker may renew its place among those who are held back",
                 "[wait]") {
  limits.waiters_max = 1;
  configure({});
  park_accept("w");
  park_accept("w");
  REQUIRE(engine.waiter_count() == 1);
}

TEST_CASE_METHOD(ReplayedEngine, "an accept that is refused ends no earlier one of the worker",
                 "[wait]") {
  limits.waiters_per_token_max = 1;
  configure({});
  token = "one";
  const auto waiting = park_accept("w");
  park_accept("w");  // its own place
  REQUIRE(reply_to(waiting));
  token = "other";
  park_accept("v");
  Accept again = accept_command(1, "w");
  again.wait = 10s;
  REQUIRE(refusal(unchanged([&] { return apply(again); })) == Code::kTooMany);
  REQUIRE(engine.waiter_count() == 2);
  again.wait = 0s;
  REQUIRE(ask<AcceptReply>(again).jobs.empty());
  REQUIRE(engine.waiter_count() == 1);
}

TEST_CASE_METHOD(ReplayedEngine, "no more requests of one client are held back than the limit",
                 "[wait]") {
  limits.waiters_per_client_max = 2;
  submit({.job = "a", .client = "alice"});
  submit({.job = "b", .client = "bob"});
  const auto first = park(patient("a", 10s));
  park(patient("a", 10s));
  REQUIRE(refusal(unchanged([&] { return apply(patient("a", 10s)); })) == Code::kTooMany);
  park(patient("b", 10s, false, "bob"));
  park(patient("a", 10s, false, std::nullopt));  // drivers count together, for themselves
  park(patient("b", 10s, false, std::nullopt));
  REQUIRE(refusal(unchanged([&] { return apply(patient("b", 10s, false, std::nullopt)); })) ==
          Code::kTooMany);
  advance(10s);
  REQUIRE(reply_to(first));
  REQUIRE(engine.waiter_count() == 0);
  park(patient("a", 10s));
  park(patient("a", 10s));
  REQUIRE(refusal(apply(patient("a", 10s))) == Code::kTooMany);
  cancel("a");
  REQUIRE(engine.waiter_count() == 0);
}

TEST_CASE_METHOD(ReplayedEngine, "of those whose wait is over a turn answers its share", "[wait]") {
  limits.expirations_per_turn_max = 2;
  submit({.job = "a"});
  for (int i = 0; i < 5; ++i) {
    park(patient("a", 10s));
  }
  advance(10s);
  REQUIRE(engine.waiter_count() == 3);
  REQUIRE(engine.next_deadline() <= now);
  tick();
  tick();
  REQUIRE(engine.waiter_count() == 0);
}

TEST_CASE_METHOD(ReplayedEngine, "jobs beyond the number of finished ones go in shares",
                 "[retention]") {
  limits.expirations_per_turn_max = 2;
  limits.finished_max = 1;
  for (int i = 0; i < 6; ++i) {
    cancel(submit());
  }
  tick();
  REQUIRE(engine.state().jobs.finished_count() == 4);
  tick();
  REQUIRE(engine.state().jobs.finished_count() == 2);
  tick();
  REQUIRE(engine.state().jobs.finished_count() == 1);
  REQUIRE(find("j6") != nullptr);
}

TEST_CASE_METHOD(ReplayedEngine, "a token whose jobs finish without end pushes out its own",
                 "[retention][share]") {
  limits.finished_max = 5;
  const auto finish = [&](const std::string& by, const Ids& jobs) {
    for (const std::string& job : jobs) {
      token = by;
      submit({.job = job});
      advance(1s);
      cancel(job);
    }
    tick();
    collect();
  };
  const auto are_there = [&](const Ids& jobs) {
    return std::all_of(jobs.begin(), jobs.end(),
                       [&](const std::string& job) { return find(job) != nullptr; });
  };
  finish("modest", {"m1", "m2"});
  finish("greedy", {"g1", "g2", "g3"});
  REQUIRE(are_there({"m1", "m2", "g1", "g2", "g3"}));
  finish("greedy", {"g4", "g5"});
  REQUIRE(are_there({"m1", "m2", "g3", "g4", "g5"}));
  REQUIRE(engine.state().jobs.finished_count() == 5);
  finish("modest", {"m3"});  // as many as the other: whose oldest is older loses it
  REQUIRE(are_there({"m2", "m3", "g3", "g4", "g5"}));
  REQUIRE(engine.state().jobs.finished_count() == 5);
  finish("modest", {"m4", "m5"});
  finish("", {"u1"});
  REQUIRE(engine.state().jobs.finished_count() == 5);
  REQUIRE(are_there({"m5", "g5", "u1"}));
  // What goes in another order than it came.
  apply(Remove{"scan", "m5"});
  tick();
  collect();
  finish("greedy", {"g6", "g7"});
  REQUIRE(are_there({"g7", "u1"}));
}

TEST_CASE_METHOD(ReplayedEngine, "a worker that waits in a new datasource needs room for it") {
  limits.datasources_max = 1;
  configure({});
  Accept accept = accept_command();
  accept.datasource = "other";
  REQUIRE(ask<AcceptReply>(accept).jobs.empty());
  accept.wait = 1s;
  REQUIRE(refusal(unchanged([&] { return apply(accept); })) == Code::kFull);
  Subscribe subscribe{.datasource = "other", .job = {}, .client = "alice", .limit = 10};
  REQUIRE(refusal(unchanged([&] { return apply(subscribe); })) == Code::kFull);
  // A renewal needs none: it is answered.
  REQUIRE(ask<RenewReply>(Renew{"other", {}, 30s, "w", 1s, 0}).cancels.empty());
  limits.datasources_max = 2;
  park(accept);
  REQUIRE(engine.state().datasource_count() == 2);
}

TEST_CASE_METHOD(ReplayedEngine, "a reply tells of no more cancels than a message has items",
                 "[cancel]") {
  limits.items_max = 3;
  for (int i = 0; i < 5; ++i) {
    cancel(submit_and_accept().job);
  }
  const auto first = ask<RenewReply>(Renew{"scan", {}, 30s, "w", 0s, 0}).cancels;
  REQUIRE(first.size() == 3);
  const auto rest = ask<RenewReply>(Renew{"scan", {}, 30s, "w", 0s, first[2].sequence}).cancels;
  REQUIRE(rest.size() == 2);
}

TEST_CASE_METHOD(ReplayedEngine, "a worker that takes one named job needs room among the workers") {
  limits.workers_max = 1;
  submit_all({"a", "b"});
  REQUIRE(taken(take("a", "w1")) == Status::kAccepted);
  REQUIRE(taken(take("b", "w2")) == Status::kAccepted);
  REQUIRE(engine.state().datasource(0).workers.find("w1") == nullptr);
  REQUIRE(engine.state().datasource(0).workers.find("w2") != nullptr);
  REQUIRE(taken(complete({"a", 1})) == Status::kComplete);  // the lease is as good as before
}

namespace {

class WorkerRows : public ReplayedEngine {
 public:
  // Each of the workers is given a job, one a second.
  void work(const std::string& by, const Ids& workers, const std::string& datasource = "scan") {
    for (const std::string& worker : workers) {
      token = "client";
      submit({.datasource = datasource});
      advance(1s);
      token = by;
      Accept accept = accept_command(1, worker);
      accept.datasource = datasource;
      REQUIRE(ask<AcceptReply>(accept).jobs.size() == 1);
    }
  }
  Ids known(const std::string& datasource = "scan") const {
    Ids names;
    const auto index = engine.state().find_datasource(datasource);
    for (const auto& [name, worker] : engine.state().datasource(*index).workers.all()) {
      names.push_back(name);
    }
    return names;
  }
};

}  // namespace

TEST_CASE_METHOD(WorkerRows, "a token with worker names without end pushes out its own",
                 "[share]") {
  limits.workers_max = 8;
  work("modest", {"m1", "m2"});
  work("greedy", {"g1", "g2", "g3", "g4", "g5", "g6", "g7", "g8"});
  REQUIRE(known() == Ids{"g3", "g4", "g5", "g6", "g7", "g8", "m1", "m2"});
  work("greedy", {"g3"});  // it has a row
  work("greedy", {"g9"});
  REQUIRE(known() == Ids{"g3", "g5", "g6", "g7", "g8", "g9", "m1", "m2"});
  // Who has less than a quarter gets room from whoever was silent longest.
  work("third", {"t1"});
  REQUIRE(known() == Ids{"g3", "g5", "g6", "g7", "g8", "g9", "m2", "t1"});
  work("third", {"t2"});
  REQUIRE(known() == Ids{"g3", "g5", "g6", "g7", "g8", "g9", "t1", "t2"});
  work("modest", {"g5"});  // the other's name: the row is its own now
  REQUIRE(engine.state().worker_rows.of("modest").count == 1);
  REQUIRE(engine.state().worker_rows.of("greedy").count == 5);
}

TEST_CASE_METHOD(WorkerRows, "workers of all datasources are bounded in sum", "[share]") {
  limits.workers_of_all_max = 8;
  work("modest", {"m1", "m2"});
  work("greedy", {"g1", "g2", "g3"}, "other");
  work("greedy", {"g4", "g5", "g6", "g7"});
  REQUIRE(known("other") == Ids{"g2", "g3"});
  REQUIRE(known() == Ids{"g4", "g5", "g6", "g7", "m1", "m2"});
  REQUIRE(engine.state().worker_rows.all().count == 8);
}

TEST_CASE_METHOD(WorkerRows, "of a large full table several workers make room at a time",
                 "[share]") {
  limits.workers_max = 128;
  Ids names;
  for (int i = 0; i < 129; ++i) {
    names.push_back("w" + std::to_string(1000 + i));
  }
  work("greedy", names);
  REQUIRE(known().size() == 127);
  REQUIRE(known().front() == "w1002");
}

// Of each table that all share: who takes without end is refused by name, and others are not.

TEST_CASE_METHOD(ReplayedEngine,
                 "a token that makes datasources without end leaves some for others", "[share]") {
  limits.datasources_max = 5;
  limits.datasources_per_token_max = 2;
  const auto submit_to = [&](const std::string& by, const std::string& datasource) {
    token = by;
    return std::get<SubmitReply>(*apply(submit_command({.datasource = datasource}))).items[0];
  };
  const auto limit_of = [](const auto& item) {
    const auto* refused = std::get_if<Refused>(&item);
    return refused == nullptr ? std::string() : std::string(refused->limit);
  };
  REQUIRE(limit_of(submit_to("greedy", "a")).empty());
  token = "greedy";
  ask<DatasourceConfig>(Configure{"b", {}});
  const auto refused = unchanged([&] { return std::get<Refused>(submit_to("greedy", "c")); });
  REQUIRE(refused.code == Code::kFull);
  REQUIRE(refused.detail ==
          "datasource: datasourcesPerTokenMax = 2 are there of this token already");
  REQUIRE(std::get<Refused>(*unchanged([&] {
            return apply(Configure{"c", {}});
          })).limit == "datasourcesPerTokenMax");
  Accept accept = accept_command();
  accept.datasource = "c";
  accept.wait = 10s;
  REQUIRE(refusal(unchanged([&] { return apply(accept); })) == Code::kFull);
  REQUIRE(limit_of(submit_to("greedy", "a")).empty());  // it is there
  REQUIRE(limit_of(submit_to("modest", "c")).empty());
  REQUIRE(limit_of(submit_to("modest", "a")).empty());
  REQUIRE(limit_of(submit_to("modest", "d")).empty());
  REQUIRE(limit_of(submit_to("modest", "e")) == "datasourcesPerTokenMax");
  REQUIRE(limit_of(submit_to("third", "e")).empty());
  REQUIRE(limit_of(submit_to("fourth", "f")) == "datasourcesMax");
}

TEST_CASE_METHOD(ReplayedEngine, "a token that fills configurations leaves room for others",
                 "[share]") {
  limits.config_bytes_max = 250;
  limits.config_bytes_per_token_max = 100;
  const auto configured = [&](const std::string& by, const std::string& datasource,
                              std::size_t bytes) {
    token = by;
    DatasourceConfig config;
    config.description = std::string(bytes, 'd');
    const auto reply = apply(Configure{datasource, config});
    const auto* refused = std::get_if<Refused>(&*reply);
    return refused == nullptr ? std::string() : std::string(refused->limit);
  };
  REQUIRE(configured("greedy", "a", 60).empty());
  REQUIRE(unchanged([&] { return configured("greedy", "b", 41); }) == "configBytesPerTokenMax");
  REQUIRE(configured("greedy", "b", 40).empty());
  REQUIRE(configured("greedy", "a", 60).empty());                        // the same again
  REQUIRE(configured("operator", "a", 61) == "configBytesPerTokenMax");  // whoever asks
  REQUIRE(configured("modest", "c", 100).empty());
  REQUIRE(configured("third", "d", 51) == "configBytesMax");
  REQUIRE(configured("third", "d", 50).empty());
  REQUIRE(configured("greedy", "a", 0).empty());
  REQUIRE(configured("greedy", "b", 100).empty());
}

TEST_CASE_METHOD(ReplayedEngine, "a token that fills the catalogue leaves room for others",
                 "[share]") {
  limits.catalogue_bytes_max = 25;
  limits.catalogue_bytes_per_token_max = 10;
  const auto registered = [&](const std::string& by, const std::string& datasource,
                              std::size_t bytes) {
    token = by;
    const auto reply = apply(Configure{datasource, {.item = std::string(bytes, 'i')}, true});
    const auto* refused = std::get_if<Refused>(&*reply);
    return refused == nullptr ? std::string() : std::string(refused->limit);
  };
  REQUIRE(registered("greedy", "a", 6).empty());
  REQUIRE(unchanged([&] { return registered("greedy", "b", 5); }) == "catalogueBytesPerTokenMax");
  REQUIRE(registered("greedy", "b", 4).empty());
  REQUIRE(registered("operator", "a", 7) == "catalogueBytesPerTokenMax");  // whoever asks
  REQUIRE(registered("modest", "c", 10).empty());
  REQUIRE(registered("third", "d", 6) == "catalogueBytesMax");
  REQUIRE(registered("greedy", "a", 1).empty());
  REQUIRE(registered("third", "d", 10).empty());
}

TEST_CASE_METHOD(ReplayedEngine, "a token whose requests wait without end leaves room for others",
                 "[share]") {
  limits.waiters_max = 3;
  limits.waiters_per_token_max = 2;
  submit({.job = "a"});
  const auto limit_of = [&](const std::string& by, const Command& command) {
    token = by;
    const auto reply = apply(command);
    const auto* refused = reply ? std::get_if<Refused>(&*reply) : nullptr;
    return refused == nullptr ? std::string() : std::string(refused->limit);
  };
  Accept accept = accept_command(1, "w1");
  accept.functions = {"none"};
  accept.wait = 20s;
  REQUIRE(limit_of("greedy", accept).empty());
  REQUIRE(limit_of("greedy", patient("a", 10s)).empty());
  for (const Command& more :
       std::vector<Command>{patient("a", 10s), ReadEvents{.datasource = "scan",
                                               .job = {},
                                               .client = "alice",
                                               .after = 1,
                                               .limit = 10,
                                               .wait = 10s}}) {
    REQUIRE(unchanged([&] { return limit_of("greedy", more); }) == "waitersPerTokenMax");
  }
  REQUIRE(limit_of("modest", patient("a", 10s)).empty());
  REQUIRE(limit_of("modest", patient("a", 10s)) == "waitersMax");
  REQUIRE(engine.waiter_count() == 3);
  advance(10s);
  REQUIRE(engine.waiter_count() == 1);
  REQUIRE(limit_of("greedy", patient("a", 10s)).empty());
  REQUIRE(limit_of("greedy", patient("a", 10s)) == "waitersPerTokenMax");
}

TEST_CASE_METHOD(ReplayedEngine, "requests that wait are counted in bytes, too", "[share]") {
  limits.waiter_bytes_max = 40'000;
  limits.waiter_bytes_per_token_max = 20'000;
  configure({});
  Accept accept = accept_command(1, "w1");
  for (int i = 0; i < 64; ++i) {
    accept.functions.push_back(std::string(128, static_cast<char>('0' + i)));
  }
  accept.wait = 10s;
  const auto limit_of = [&](const std::string& by, const std::string& worker) {
    token = by;
    accept.worker = worker;
    const auto reply = apply(accept);
    const auto* refused = reply ? std::get_if<Refused>(&*reply) : nullptr;
    return refused == nullptr ? std::string() : std::string(refused->limit);
  };
  REQUIRE(limit_of("greedy", "w1").empty());
  REQUIRE(limit_of("greedy", "w1").empty());  // its place once more
  REQUIRE(engine.waiter_count() == 1);
  REQUIRE(limit_of("modest", "w2").empty());
  REQUIRE(limit_of("greedy", "w3") == "waiterBytesPerTokenMax");
  REQUIRE(limit_of("third", "w3") == "waiterBytesMax");
  advance(10s);
  REQUIRE(engine.waiter_count() == 0);
  REQUIRE(limit_of("greedy", "w3").empty());
}

}  // namespace store
