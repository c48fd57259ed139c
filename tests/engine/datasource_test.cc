// How a datasource is configured, paused and drained, and the room it has.
#include "engine_fixture.h"

namespace store {
namespace {

const Backoff kOwnBackoff{.initial = 3s, .max = 3min, .factor_percent = 300, .jitter_percent = 3};
const Backoff kOfDatasource{.initial = 2s, .max = 2min, .factor_percent = 250, .jitter_percent = 2};

}  // namespace

TEST_CASE_METHOD(ReplayedEngine, "what nobody says is as the store is configured", "[config]") {
  limits.defaults.priority = 7;
  limits.defaults.terms = {.keep_for = 1min,
                           .valid_for = 2min,
                           .timeout = 3min,
                           .failures_max = 4,
                           .lost_leases_max = 5,
                           .releases_max = 6,
                           .backoff = kOfDatasource};
  submit({.job = "a"});
  REQUIRE(view("a").priority == 7);
  REQUIRE(view("a").terms == limits.defaults.terms);
}

TEST_CASE_METHOD(ReplayedEngine, "the most specific word wins, for each term apart", "[config]") {
  limits.defaults.terms.timeout = 9min;
  const Terms store = limits.defaults.terms;
  DatasourceConfig config;
  config.priority = 11;
  config.terms = {.keep_for = 21s,
                  .valid_for = 22s,
                  .timeout = {},
                  .failures_max = 24,
                  .lost_leases_max = 25,
                  .releases_max = 26,
                  .backoff = kOfDatasource};
  configure(config);
  submit({.job = "silent"});
  REQUIRE(view("silent").priority == 11);
  REQUIRE(view("silent").terms == Terms{.keep_for = 21s,
                                        .valid_for = 22s,
                                        .timeout = 9min,
                                        .failures_max = 24,
                                        .lost_leases_max = 25,
                                        .releases_max = 26,
                                        .backoff = kOfDatasource});
  submit({.job = "says",
          .priority = 12,
          .keep_for = 31s,
          .valid_for = 32s,
          .timeout = 33s,
          .failures_max = 34,
          .lost_leases_max = 35,
          .releases_max = 36,
          .backoff = kOwnBackoff});
  REQUIRE(view("says").priority == 12);
  REQUIRE(view("says").terms == Terms{.keep_for = 31s,
                                      .valid_for = 32s,
                                      .timeout = 33s,
                                      .failures_max = 34,
                                      .lost_leases_max = 35,
                                      .releases_max = 36,
                                      .backoff = kOwnBackoff});
  // Each value of itself, not all or nothing.
  submit({.job = "some", .failures_max = 1});
  REQUIRE(view("some").terms->failures_max == 1);
  REQUIRE(view("some").terms->lost_leases_max == 25);
  config.terms = {};
  configure(config);
  submit({.job = "store"});
  REQUIRE(view("store").terms == store);
}

TEST_CASE_METHOD(ReplayedEngine, "what a job was given at its submit stays", "[config]") {
  DatasourceConfig config;
  config.terms.failures_max = 2;
  config.terms.backoff = kNoBackoff;
  configure(config);
  submit({.job = "a"});
  config.priority = 99;
  config.terms.failures_max = 1;
  configure(config);
  REQUIRE(view("a").priority == 50);
  REQUIRE(taken(retry(accept_one())) == Status::kRetrying);
  REQUIRE(taken(retry(accept_one())) == Status::kFailed);
}

TEST_CASE_METHOD(ReplayedEngine, "leases that do not say last as configured", "[config]") {
  limits.defaults.lease = 7s;
  submit_all({"a", "b", "c"});
  Accept command = accept_command();
  command.lease = {};
  REQUIRE(ask<AcceptReply>(command).jobs[0].lease_until == now + 7s);
  configure({.lease = 9s});
  command.request_number = 50;
  REQUIRE(ask<AcceptReply>(command).jobs[0].lease_until == now + 9s);
  REQUIRE(renew({"a", 1}, 0s) == now + 9s);
  REQUIRE(taken(update({"c", 0}, AcceptOne{"w", 51, {}})) == Status::kAccepted);
  REQUIRE(view("c").lease_until == now + 9s);
}

TEST_CASE_METHOD(ReplayedEngine, "a configuration replaces the one before as a whole", "[config]") {
  const DatasourceConfig first{.description = "scanner",
                               .priority = 3,
                               .terms = {.keep_for = 1s, .timeout = 2s, .backoff = kOwnBackoff},
                               .lease = 4s,
                               .cancel_grace = 5s,
                               .waiting_max = 6,
                               .waiting_per_client_max = 7,
                               .running_max = 8,
                               .weights = {{"alice", 9}}};
  DatasourceConfig expected = first;
  expected.datasource = "scan";
  REQUIRE(configure(first) == expected);
  REQUIRE(ask<DatasourceConfig>(GetConfig{"scan"}) == expected);
  unchanged([&] { return configure(first); });
  DatasourceConfig second;
  second.description = "only that";
  configure(second);
  second.datasource = "scan";
  REQUIRE(ask<DatasourceConfig>(GetConfig{"scan"}) == second);
}

TEST_CASE_METHOD(ReplayedEngine, "a registration leaves alone what it does not speak of",
                 "[config]") {
  const auto enlist = [&](DatasourceConfig config) {
    return ask<DatasourceConfig>(Configure{"scan", std::move(config), true});
  };
  DatasourceConfig expected{.datasource = "scan",
                            .description = "scanner",
                            .terms = {.timeout = 2s, .failures_max = 3},
                            .waiting_max = 6,
                            .item = R"({"n":1})"};
  REQUIRE(enlist(expected) == expected);
  // What an operator configures stays, and is replaced only where the driver says so again.
  expected.terms.timeout = 9s;
  expected.terms.backoff = kOwnBackoff;
  expected.lease = 4s;
  expected.weights = {{"alice", 9}};
  configure(expected);
  REQUIRE(enlist({.description = "the scanner",
                  .terms = {.failures_max = 4},
                  .running_max = 8,
                  .item = R"({"n":2})"}) == [&] {
    expected.description = "the scanner";
    expected.terms.failures_max = 4;
    expected.running_max = 8;
    expected.item = R"({"n":2})";
    return expected;
  }());
  unchanged([&] { return enlist({.running_max = 8, .item = R"({"n":2})"}); });
}

TEST_CASE_METHOD(ReplayedEngine, "a configuration without an item leaves that which is there",
                 "[config]") {
  configure({.priority = 3, .item = "{}"});
  REQUIRE(configure({.priority = 4}).item == "{}");
  unchanged([&] { return configure({.priority = 4}); });
  REQUIRE(ask<ConfigsReply>(ListConfigs{}).configs[0].item == "{}");
  REQUIRE(configure({.item = "[]"}).item == "[]");
}

TEST_CASE_METHOD(ReplayedEngine, "all datasources are listed, without their weights", "[config]") {
  ask<DatasourceConfig>(Configure{"print", {.description = "printer"}});
  configure({.description = "scanner", .weights = {{"alice", 2}}});
  const auto configs = ask<ConfigsReply>(ListConfigs{}).configs;
  REQUIRE(configs.size() == 2);
  REQUIRE(configs[0].datasource == "print");
  REQUIRE(configs[1].description == "scanner");
  REQUIRE(configs[1].weights.empty());
}

TEST_CASE_METHOD(ReplayedEngine, "a datasource that does not exist is unknown to who asks") {
  for (const Command& command :
       {Command(GetConfig{"none"}), Command(SetMode{"none", Mode::kPaused}),
        Command(GetDatasourceStats{"none"}), Command(ListWorkers{"none"})}) {
    REQUIRE(refusal(unchanged([&] { return apply(command); })) == Code::kNotFound);
  }
}

TEST_CASE_METHOD(ReplayedEngine, "a store full of datasources configures no more", "[limits]") {
  limits.datasources_max = 1;
  configure({});
  const Configure command{"other", {}};
  REQUIRE(refusal(unchanged([&] { return apply(command); })) == Code::kFull);
  configure({.priority = 1});
}

TEST_CASE_METHOD(ReplayedEngine, "a paused datasource takes jobs in and hands none out", "[mode]") {
  const Lease lease = submit_and_accept({.job = "running"});
  REQUIRE(set_mode(Mode::kPaused).mode == Mode::kPaused);
  unchanged([&] { return set_mode(Mode::kPaused); });
  submit({.job = "a"});
  REQUIRE(accept().empty());
  REQUIRE(refusal(unchanged([&] { return take("a"); })) == Code::kUnavailable);
  const auto request = park_accept("late");
  submit({.job = "b"});
  advance(10s);
  REQUIRE_FALSE(reply_to(request));
  REQUIRE(renew(lease, 10s));
  REQUIRE(taken(complete(lease)) == Status::kComplete);
  set_mode(Mode::kRunning);
  REQUIRE(given(request) == Ids{"a"});
  REQUIRE(ids(accept()) == Ids{"b"});
}

TEST_CASE_METHOD(ReplayedEngine, "a draining datasource hands jobs out and takes none in",
                 "[mode]") {
  submit({.job = "a"});
  submit({.job = "b", .backoff = kNoBackoff});
  set_mode(Mode::kDraining);
  REQUIRE(refusal(unchanged([&] { return try_submit({.job = "c"}); })) == Code::kUnavailable);
  REQUIRE_FALSE(
      unchanged([&] { return std::get<SubmitReply::Result>(try_submit({.job = "a"})); }).created);
  complete(accept_one());
  retry(accept_one());
  REQUIRE(accept_one().attempt == 2);
  set_mode(Mode::kRunning);
  submit({.job = "c"});
}

TEST_CASE_METHOD(ReplayedEngine, "pause and drain are two switches, and resume opens both",
                 "[mode]") {
  submit({.job = "a"});
  for (const Mode first : {Mode::kPaused, Mode::kDraining}) {
    const Mode second = first == Mode::kPaused ? Mode::kDraining : Mode::kPaused;
    REQUIRE(set_mode(first).mode == first);
    REQUIRE(set_mode(second).mode == Mode::kPausedAndDraining);
    unchanged([&] { return set_mode(first); });
    REQUIRE(accept().empty());
    REQUIRE(refusal(unchanged([&] { return take("a"); })) == Code::kUnavailable);
    REQUIRE(refusal(unchanged([&] { return try_submit({.job = "b"}); })) == Code::kUnavailable);
    REQUIRE(set_mode(Mode::kRunning).mode == Mode::kRunning);
  }
  submit({.job = "b"});
  REQUIRE(ids(accept(2)) == Ids{"a", "b"});
}

TEST_CASE_METHOD(ReplayedEngine, "no more jobs may wait than configured, of all clients",
                 "[limits]") {
  configure({.waiting_max = 3});
  submit({.job = "a", .client = "alice"});
  submit({.job = "b", .client = "bob", .delay = 1h});
  submit({.job = "c", .client = "carol", .backoff = kNoBackoff});
  const auto refused = [&] {
    return unchanged([&] { return std::get<Refused>(try_submit({.client = "dave"})); });
  };
  REQUIRE(refused().code == Code::kTooMany);
  REQUIRE(refused().retry_after > 0s);
  REQUIRE_FALSE(refusal(try_submit({.job = "a", .client = "alice"})));  // is there already
  const Lease lease = accept_one();
  submit({.job = "d"});
  release(lease);  // what comes back is never refused
  REQUIRE(refused().code == Code::kTooMany);
  cancel("a");
  REQUIRE(refused().code == Code::kTooMany);
  cancel("d");
  submit({.job = "e"});
}

TEST_CASE_METHOD(ReplayedEngine, "no more jobs of one client may wait than configured",
                 "[limits]") {
  configure({.waiting_per_client_max = 2});
  submit_all({"a1", "a2"}, {.client = "alice"});
  const auto item = unchanged([&] { return try_submit({.client = "alice"}); });
  REQUIRE(refusal(item) == Code::kTooMany);
  REQUIRE(std::get<Refused>(item).retry_after > 0s);
  REQUIRE(std::get<Refused>(item).detail.find("waitingPerClientMax = 2") != std::string::npos);
  submit_all({"b1", "b2"}, {.client = "bob"});
  REQUIRE(accept_one().job == "a1");
  submit({.client = "alice"});
  REQUIRE(refusal(try_submit({.client = "alice"})) == Code::kTooMany);
}

TEST_CASE_METHOD(ReplayedEngine, "the store's limits of waiting jobs hold where none is configured",
                 "[limits]") {
  limits.defaults.waiting_max = 2;
  limits.defaults.waiting_per_client_max = 1;
  submit({.client = "alice"});
  REQUIRE(refusal(try_submit({.client = "alice"})) == Code::kTooMany);
  submit({.client = "bob"});
  REQUIRE(refusal(try_submit({.client = "carol"})) == Code::kTooMany);
  configure({.waiting_max = 4, .waiting_per_client_max = 2});
  submit({.client = "alice"});
  submit({.client = "carol"});
  REQUIRE(refusal(try_submit({.client = "dave"})) == Code::kTooMany);
}

TEST_CASE_METHOD(ReplayedEngine, "the hint when to try again follows the pace of the workers",
                 "[limits]") {
  const auto hint = [this] { return std::get<Refused>(try_submit({.job = "more"})).retry_after; };
  for (int i = 0; i < 100; ++i) {
    submit();
  }
  configure({.waiting_max = 1});
  REQUIRE(hint() == 1s);
  for (int i = 0; i < 30; ++i) {
    accept_one();
    now += 10s;
  }
  REQUIRE(hint() > 9s);
  REQUIRE(hint() <= 10s);
  accept(60);
  REQUIRE(hint() == 100ms);
  now += 24h * 365;
  accept_one();
  REQUIRE(hint() == 1min);
}

TEST_CASE_METHOD(ReplayedEngine, "no more jobs run than configured, and each end makes room",
                 "[limits]") {
  configure({.running_max = 2});
  for (int i = 0; i < 10; ++i) {
    submit({.backoff = Backoff{.initial = 1h, .max = 1h}});
  }
  REQUIRE(ids(accept(10)) == Ids{"j1", "j2"});
  REQUIRE(accept(10).empty());
  REQUIRE(refusal(unchanged([&] { return take("j5"); })) == Code::kTooMany);
  const auto waiting = [this] { return park_accept("w" + std::to_string(next_request), 1h); };
  auto request = waiting();
  complete({"j1", 1});
  REQUIRE(given(request) == Ids{"j3"});
  request = waiting();
  retry({"j2", 1});
  REQUIRE(given(request) == Ids{"j4"});
  request = waiting();
  cancel("j3");
  REQUIRE(given(request).empty());
  acknowledge_cancel({"j3", 1});
  REQUIRE(given(request) == Ids{"j5"});
  request = waiting();
  renew({"j5", 1}, 60s);
  advance(30s);  // j4 loses its lease, and is the next again
  REQUIRE(given(request) == Ids{"j4"});
  request = waiting();
  configure({.running_max = 3});
  REQUIRE(given(request) == Ids{"j6"});
  request = waiting();
  configure({});
  REQUIRE(given(request) == Ids{"j7"});
  REQUIRE(accept(10).size() == 3);
}

TEST_CASE_METHOD(ReplayedEngine, "the store's limit of running jobs holds where none is configured",
                 "[limits]") {
  limits.defaults.running_max = 1;
  submit_all({"a", "b", "c"});
  REQUIRE(accept(3).size() == 1);
  configure({.running_max = 2});
  REQUIRE(accept(3).size() == 1);
}

}  // namespace store
