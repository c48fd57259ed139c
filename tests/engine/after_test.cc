// Jobs that wait for others: they go on in the turn in which the last of those ends, or fail in it.
#include <random>

#include "engine_fixture.h"

namespace store {
namespace {

jobq::After after(std::string job) { return {.job = std::move(job)}; }
jobq::After any_end_of(std::string job) { return {.job = std::move(job), .any_end = true}; }
jobq::After elsewhere(std::string datasource, std::string job) {
  return {.datasource = std::move(datasource), .job = std::move(job)};
}

class Waiting : public ReplayedEngine {
 public:
  Submit behind(const std::string& job, std::vector<jobq::After> after,
                SubmitOptions options = {}) {
    options.job = job;
    Submit command = submit_command(options);
    std::get<NewJob>(command.jobs[0]).after = std::move(after);
    return command;
  }
  JobView wait(const std::string& job, std::vector<jobq::After> after, SubmitOptions options = {}) {
    auto items = ask<SubmitReply>(behind(job, std::move(after), std::move(options))).items;
    return std::get<SubmitReply::Result>(items.at(0)).job;
  }
  std::string refusal_of(const std::string& job, std::vector<jobq::After> after, Code code) {
    return unchanged([&] {
      auto items = ask<SubmitReply>(behind(job, std::move(after))).items;
      const auto refused = std::get<Refused>(items.at(0));
      CHECK(refused.code == code);
      return refused.detail;
    });
  }
  Explanation explain(const std::string& job) {
    return ask<Explanation>(Explain{"scan", job, "alice"});
  }
};

}  // namespace

TEST_CASE_METHOD(Waiting, "a job waits until those that it names are complete", "[after]") {
  submit_all({"a", "b"});
  wait("c", {after("a"), after("b")}, {.priority = 100});
  const auto leases = accept(3);
  REQUIRE(ids(leases) == Ids{"a", "b"});
  CHECK(status("c") == Status::kSubmitted);
  CHECK(explain("c").reasons.at(0).kind == Reason::Kind::kAfter);
  CHECK(explain("c").reasons.at(0).text == "it waits for a, b");
  complete(leases[0].lease);
  CHECK(explain("c").reasons.at(0).text == "it waits for b");
  CHECK(accept().empty());
  CHECK(view("c").after.at(0).status == Status::kComplete);
  CHECK(view("c").after.at(1).status == Status::kAccepted);
  complete(leases[1].lease);
  CHECK(ids(accept()) == Ids{"c"});
}

TEST_CASE_METHOD(Waiting, "who waits for work gets it in the turn in which it is let go",
                 "[after]") {
  const Lease lease = submit_and_accept({.job = "a"});
  wait("b", {after("a")});
  const auto request = park_accept("v");
  complete(lease, R"({"n": 1})");
  const auto reply = reply_to(request);
  REQUIRE(reply);
  const auto& job = std::get<AcceptReply>(*reply).jobs.at(0);
  CHECK(job.lease.job == "b");
  CHECK(job.after.at(0).job == "a");
  CHECK_FALSE(job.after.at(0).left_out);
  CHECK(job.responses.at(0) == find("a")->key);
}

TEST_CASE_METHOD(Waiting,
                 "one that ends otherwise lets those fail that wait for it, and those that "
                 "wait for them",
                 "[after]") {
  const Lease lease = submit_and_accept({.job = "a"});
  wait("b", {after("a")});
  wait("c", {after("b")});
  wait("d", {any_end_of("b")});
  const auto news = park(patient("c", 60s, true));
  fail(lease);
  CHECK(status("b") == Status::kFailed);
  CHECK(status("c") == Status::kFailed);
  CHECK(last<Unmet>().job == find("c")->key);
  CHECK(std::get<Unmet>(last<Unmet>().change).failure.code == "dependency");
  CHECK(std::get<Unmet>(last<Unmet>().change).failure.message ==
        "it waited for b to be complete, which is failed");
  CHECK(reply_to(news));
  CHECK(ids(accept()) == Ids{"d"});
  CHECK(view("b").after.at(0).status == Status::kFailed);
}

TEST_CASE_METHOD(Waiting, "what is complete already is not waited for, however it is kept",
                 "[after]") {
  complete(submit_and_accept({.job = "a", .keep_for = 1ms}));
  CHECK(wait("b", {after("a")}).status == Status::kSubmitted);
  advance(1ms);
  CHECK(find("a") == nullptr);
  const auto jobs = accept();
  REQUIRE(ids(jobs) == Ids{"b"});
  CHECK(jobs[0].after.at(0).left_out);
  CHECK(jobs[0].after.at(0).status == Status::kComplete);
}

TEST_CASE_METHOD(Waiting, "what has failed already lets it fail in the same turn", "[after]") {
  fail(submit_and_accept({.job = "a"}));
  wait("b", {after("a")});
  CHECK(status("b") == Status::kFailed);
  wait("c", {any_end_of("a")});
  CHECK(ids(accept()) == Ids{"c"});
}

TEST_CASE_METHOD(Waiting, "what cannot be waited for is refused with its name", "[after]") {
  submit({.job = "a"});
  submit({.job = "of-bob", .client = "bob"});
  CHECK(refusal_of("c", {after("a"), after("b")}, Code::kConflict) ==
        "after[1].job: b is unknown; name jobs that exist, or stand before it in the list");
  CHECK(refusal_of("c", {after("c")}, Code::kConflict).starts_with("after[0].job: c is unknown"));
  CHECK(refusal_of("c", {elsewhere("mail", "a")}, Code::kConflict)
            .starts_with("after[0].job: a is unknown"));
  CHECK(refusal_of("c", {after("of-bob")}, Code::kForbidden) ==
        "after[0].job: of-bob belongs to another client");
  CHECK(refusal_of("c", {after("a"), after("a")}, Code::kBadRequest) ==
        "after[1].job: a is named twice");
  limits.name_bytes_max = 1;
  CHECK(refusal_of("c", {after("a")}, Code::kFull).starts_with("job: nameBytesMax = 1"));
}

TEST_CASE_METHOD(Waiting, "a list may name what stands before it, and other datasources",
                 "[after]") {
  submit({.job = "far", .datasource = "mail"});
  Submit command = behind("a", {elsewhere("mail", "far")});
  command.jobs.push_back(behind("b", {after("a")}).jobs[0]);
  CHECK(refusal(ask<SubmitReply>(command).items.at(1)) == std::nullopt);
  CHECK(view("a").after.at(0).datasource == "mail");
  CHECK(explain("a").reasons.at(0).text == "it waits for mail/far");
  Accept accept{"mail", "w", 1, 1, 30s, 0ms, {}};
  const auto jobs = ask<AcceptReply>(accept).jobs;
  ask<UpdateReply>(Update{"mail", {Outcome{jobs.at(0).lease, Completed{"1"}}}});
  CHECK(ids(this->accept(2)) == Ids{"a"});
}

TEST_CASE_METHOD(Waiting, "it can be cancelled, edited and repeated while it waits", "[after]") {
  const Lease lease = submit_and_accept({.job = "a"});
  wait("b", {after("a")});
  wait("c", {after("a")});
  CHECK_FALSE(std::get<SubmitReply::Result>(ask<SubmitReply>(behind("b", {after("a")})).items.at(0))
                  .created);
  CHECK(refusal(ask<SubmitReply>(behind("b", {any_end_of("a")})).items.at(0)) == Code::kConflict);
  ask<JobReply>(Edit{.datasource = "scan", .job = "c", .priority = 7, .request = {}});
  CHECK(cancel("b").status == Status::kCancelled);
  CHECK(refusal(take("c")) == Code::kConflict);
  complete(lease);
  CHECK(ids(accept(2)) == Ids{"c"});
  CHECK(view("c").priority == 7);
  CHECK(view("b").status == Status::kCancelled);
}

TEST_CASE_METHOD(Waiting, "its times count from when it waits for nobody any more", "[after]") {
  const Lease lease = submit_and_accept({.job = "a"});
  wait("b", {after("a")}, {.valid_for = 10s});
  wait("c", {after("a")}, {.delay = 20s});
  advance(15s);
  CHECK(view("b").expires_at == Time{});
  CHECK(status("b") == Status::kSubmitted);
  complete(lease);
  CHECK(view("b").expires_at == now + 10s);
  CHECK(view("c").not_before == now + 5s);
  advance(10s);
  CHECK(status("b") == Status::kFailed);
  CHECK(ids(accept(2)) == Ids{"c"});
}

TEST_CASE_METHOD(Waiting, "it counts as a job that waits", "[after]") {
  configure({.waiting_max = 2});
  submit({.job = "a"});
  wait("b", {after("a")});
  CHECK(refusal(try_submit({.job = "c"})) == Code::kTooMany);
  const auto stats = ask<DatasourcesReply>(GetDatasourceStats{"scan"}).datasources.at(0);
  CHECK(stats.ready == 1);
  CHECK(stats.delayed == 1);
}

TEST_CASE_METHOD(Waiting, "responses come with it as far as there is room", "[after]") {
  limits.after_response_bytes_max = 5;
  for (const char* id : {"a", "b", "c"}) {
    complete(submit_and_accept({.job = id}), id == std::string("b") ? "12345" : "12");
  }
  wait("d", {after("a"), after("b"), after("c")});
  const auto jobs = accept();
  CHECK(jobs.at(0).responses.at(0).sequence != 0);
  CHECK(jobs.at(0).responses.at(1).sequence == 0);
  CHECK(jobs.at(0).responses.at(2).sequence != 0);
  CHECK(jobs.at(0).after.at(1).left_out);
}

TEST_CASE_METHOD(Waiting, "a long chain and a wide fan are taken in steps, none of them early",
                 "[after]") {
  limits.flow_steps_per_turn_max = 100;
  tick();
  const Lease lease = submit_and_accept({.job = "a", .keep_for = 1ms});
  const bool fails = GENERATE(false, true);
  for (int i = 0; i < 250; ++i) {
    wait("fan" + std::to_string(i), {after("a")});
    wait("chain" + std::to_string(i), {after(i == 0 ? "a" : "chain" + std::to_string(i - 1))});
  }
  fails ? fail(lease) : complete(lease);
  CHECK(engine.next_deadline() == Time::min());
  const auto removal = park(Remove{"scan", "a"});
  std::size_t turns = 0;
  for (; engine.next_deadline() <= now; ++turns) {
    REQUIRE(turns < 20);
    advance(2ms);  // it is over for `a`, which stays until all know
  }
  CHECK(turns >= (fails ? 4u : 2u));
  CHECK(refusal(reply_to(removal)) == Code::kConflict);
  for (int i = 0; i < 250; ++i) {
    CHECK((status("fan" + std::to_string(i)) == Status::kFailed) == fails);
    CHECK((status("chain" + std::to_string(i)) == Status::kFailed) == fails);
  }
  CHECK(accept(1000).size() == (fails ? 0u : 251u));
  CHECK(find("a") == nullptr);
}

TEST_CASE_METHOD(Waiting, "an export has what a job waits for still, and an import waits for it",
                 "[after]") {
  const Lease lease = submit_and_accept({.job = "a"});
  complete(lease);
  submit({.job = "b"});
  wait("c", {after("a"), after("b")});
  ListJobs list = list_command({});
  list.is_export = true;
  const auto exported = ask<ListReply>(list).jobs;
  REQUIRE(exported.at(2).after.size() == 1);
  const auto move = [&](std::size_t i) {
    jobq::JobStatus job = exported.at(i);
    job.request = "{}";
    job.response = i == 0 ? "1" : "";
    return ask<SubmitReply>(Import{"copy", {std::move(job)}}).items.at(0);
  };
  CHECK(std::get<Refused>(move(2)).detail.starts_with("after[0].job: b is unknown"));
  CHECK(refusal(move(1)) == std::nullopt);
  CHECK(refusal(move(2)) == std::nullopt);
  const auto copy = ask<AcceptReply>(Accept{"copy", "w", 1, 5, 30s, 0ms, {}}).jobs;
  REQUIRE(ids(copy) == Ids{"b"});
  ask<UpdateReply>(Update{"copy", {Outcome{copy[0].lease, Completed{"1"}}}});
  CHECK(ids(ask<AcceptReply>(Accept{"copy", "w", 2, 5, 30s, 0ms, {}}).jobs) == Ids{"c"});
}

// Graphs by chance: each job runs once, behind all that it waits for, or fails for one of them.
TEST_CASE_METHOD(Waiting, "no flow loses, doubles or wakes a job early", "[after]") {
  std::mt19937 random(GENERATE(1u, 2u, 3u, 4u));
  limits.flow_steps_per_turn_max = 1 + random() % 3;
  tick();
  std::map<std::string, std::vector<jobq::After>> graph;
  std::map<std::string, int> runs;
  for (int i = 0; i < 60; ++i) {
    std::vector<jobq::After> named;
    for (int k = 0; k < i; ++k) {
      if (random() % 10 == 0 && named.size() < 5) {
        named.push_back({.job = "n" + std::to_string(k), .any_end = random() % 3 == 0});
      }
    }
    graph["n" + std::to_string(i)] = named;
    wait("n" + std::to_string(i), named, {.keep_for = 1h});
  }
  const auto has_ended_well = [&](const jobq::After& one) {
    const Status end = status(one.job);
    return is_final(end) && (one.any_end || end == Status::kComplete);
  };
  for (int turn = 0; turn < 400; ++turn) {
    for (const AcceptedView& job : accept(1 + random() % 3)) {
      ++runs[job.lease.job];
      for (const jobq::After& one : graph[job.lease.job]) {
        CHECK(has_ended_well(one));
      }
      random() % 5 == 0 ? fail(job.lease) : complete(job.lease);
    }
    advance(1ms);
  }
  for (const auto& [id, named] : graph) {
    const bool ran = std::all_of(named.begin(), named.end(), has_ended_well);
    CHECK(is_final(status(id)));
    CHECK(runs[id] == (ran ? 1 : 0));
  }
}

TEST_CASE_METHOD(Waiting, "a list that is taken whole or not at all", "[atomic]") {
  submit({.job = "there"});
  const auto list = [&](const std::vector<std::pair<std::string, std::vector<jobq::After>>>& jobs) {
    Submit command{.datasource = "scan", .jobs = {}, .is_atomic = true};
    for (const auto& [id, after] : jobs) {
      command.jobs.push_back(behind(id, after).jobs[0]);
    }
    return command;
  };
  const Submit refused = list({{"a", {}}, {"b", {after("a")}}, {"there", {}}, {"c", {after("x")}}});
  unchanged([&] {
    const auto items = ask<SubmitReply>(refused).items;
    CHECK(std::get<Refused>(items.at(0)).detail ==
          "atomic: not submitted, since jobs[3] is refused");
    CHECK(refusal(items.at(1)) == Code::kConflict);
    CHECK(refusal(items.at(2)) == std::nullopt);
    CHECK(std::get<Refused>(items.at(3)).detail.starts_with("after[0].job: x is unknown"));
    return 0;
  });
  const auto taken = ask<SubmitReply>(list({{"a", {}}, {"b", {after("a")}}, {"a", {}}})).items;
  CHECK(std::get<SubmitReply::Result>(taken.at(1)).created);
  CHECK_FALSE(std::get<SubmitReply::Result>(taken.at(2)).created);
  CHECK(ids(accept(9)) == Ids{"there", "a"});
}

TEST_CASE_METHOD(Waiting, "a list is held to all limits as a whole before one of it is taken",
                 "[atomic]") {
  const auto list = [&](std::size_t count, Allowance allowance = {}) {
    Submit command{.datasource = "scan", .jobs = {}, .is_atomic = true, .allowance = allowance};
    for (std::size_t i = 0; i < count; ++i) {
      command.jobs.push_back(behind("j" + std::to_string(i), {}).jobs[0]);
    }
    return command;
  };
  const auto refusals = [&](const Submit& command) {
    return unchanged([&] {
      std::vector<Code> codes;
      for (const auto& item : ask<SubmitReply>(command).items) {
        codes.push_back(refusal(item).value());
      }
      return codes;
    });
  };
  const std::vector<Code> last{Code::kConflict, Code::kConflict, Code::kTooMany};
  token = "k1.a";
  limits.defaults.waiting_max = 2;
  CHECK(refusals(list(3)) == last);
  limits.defaults.waiting_max = 0;
  limits.defaults.waiting_per_client_max = 2;
  CHECK(refusals(list(3)) == last);
  limits.defaults.waiting_per_client_max = 0;
  CHECK(refusals(list(3, {.waiting_max = 2})) == last);
  CHECK(refusals(list(3, {.rates = {{2, RateSpan::kHour}}})).back() == Code::kForbidden);
  limits.jobs_live_max = 2;
  CHECK(refusals(list(3)).back() == Code::kFull);
  limits.jobs_live_max = 100;
  limits.name_bytes_max = 4000;
  CHECK(refusals(list(100)).back() == Code::kFull);
  limits.name_bytes_max = 1u << 20;
  limits.datasources_max = 0;
  CHECK(refusals(list(1)) == std::vector{Code::kFull});
  limits.datasources_max = 9;
  CHECK(ask<SubmitReply>(list(3, {.rates = {{4, RateSpan::kHour}}})).items.size() == 3);
  Submit more = list(5, {.rates = {{4, RateSpan::kHour}}});
  CHECK(refusal(ask<SubmitReply>(more).items.at(4)) == Code::kTooMany);
  CHECK(find("j3") == nullptr);
}

}  // namespace store
