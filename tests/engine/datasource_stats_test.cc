// What is counted in a datasource, and who works in it.
#include "engine_fixture.h"
#include "restore.h"

namespace store {

class StatsFixture : public ReplayedEngine {
 public:
  DatasourceStats stats() {
    return unchanged([&] { return ask<DatasourcesReply>(GetDatasourceStats{"scan"}); })
        .datasources.at(0);
  }
  jobq::FunctionStats stats(const std::string& function) {
    for (const jobq::FunctionStats& candidate : stats().functions) {
      if (candidate.function == function) {
        return candidate;
      }
    }
    FAIL("not counted: " << function);
    return {};
  }
  jobq::WorkerStatus worker(const std::string& name) {
    const auto reply = unchanged([&] { return ask<WorkersReply>(ListWorkers{"scan"}); });
    for (const auto& candidate : reply.workers) {
      if (candidate.worker == name) {
        return candidate;
      }
    }
    FAIL("not known: " << name);
    return {};
  }
  Ids running(const std::string& name) {
    Ids jobs;
    for (const auto& running : worker(name).leases) {
      jobs.push_back(running.lease.job);
    }
    return jobs;
  }
};

TEST_CASE_METHOD(StatsFixture, "jobs are counted by where they are") {
  submit({.client = "alice"});
  const Time oldest = now;
  advance(1s);
  submit({.client = "bob", .delay = 1h});
  submit_and_accept({.client = "carol", .priority = 60});
  complete(submit_and_accept({.client = "carol", .priority = 60}));
  advance(1s);
  submit({.client = "alice", .priority = 100});
  park_accept("w", 60s, {"none"});
  const DatasourceStats stats = this->stats();
  REQUIRE(stats.datasource == "scan");
  REQUIRE(stats.mode == Mode::kRunning);
  REQUIRE(stats.ready == 2);
  REQUIRE(stats.delayed == 1);
  REQUIRE(stats.running == 1);
  REQUIRE(stats.finished == 1);
  REQUIRE(stats.clients == 3);
  REQUIRE(stats.workers_waiting == 1);
  REQUIRE(stats.oldest_ready_at == oldest);
  REQUIRE(stats.total.submitted == 5);
}

TEST_CASE_METHOD(StatsFixture, "a datasource without jobs that may run has no oldest") {
  configure({});
  REQUIRE(stats().oldest_ready_at == Time{});
  submit({.delay = 1h});
  REQUIRE(stats().oldest_ready_at == Time{});
  REQUIRE(stats("").oldest_ready_at == Time{});
}

TEST_CASE_METHOD(StatsFixture, "each end of a job and of an attempt is counted") {
  complete(submit_and_accept());
  complete(submit_and_accept());
  fail(submit_and_accept());
  forbid(submit_and_accept());
  cancel(submit());
  retry(submit_and_accept({.failures_max = 1}));
  submit({.job = "a", .timeout = 10s, .lost_leases_max = 1, .backoff = kNoBackoff});
  release(accept_one());
  retry(accept_one());
  accept_one();
  advance(10s);
  renew(accept_one(), 5s);
  advance(5s);
  submit({.valid_for = 1s});
  advance(1s);
  const Counters total = stats().total;
  REQUIRE(total.submitted == 8);
  REQUIRE(total.runs == 9);
  REQUIRE(total.complete == 2);
  REQUIRE(total.failed == 4);  // at once, of its failures, of its lost leases, expired
  REQUIRE(total.cancelled == 1);
  REQUIRE(total.forbidden == 1);
  REQUIRE(total.errors == 5);  // a fail, two retries, a timeout, a lost lease
  REQUIRE(total.lost == 1);
  REQUIRE(total.releases == 1);
  REQUIRE(stats().finished == 8);
}

TEST_CASE_METHOD(StatsFixture, "waiting counts from when the job could run, running to the end") {
  submit({.job = "a", .delay = 1h});
  advance(1h);
  advance(3s);
  accept_one();
  advance(5s);
  retry({"a", 1}, 10s);
  advance(10s);
  advance(2s);
  accept_one();
  REQUIRE(stats().total.waited == 5s);
  REQUIRE(stats().total.ran == 5s);
  advance(7s);
  complete({"a", 2});
  REQUIRE(stats().total.ran == 12s);
}

TEST_CASE_METHOD(StatsFixture, "attempts are counted by how long they waited and ran") {
  for (const int ms : {0, 1, 2, 3, 4, 1023, 1024, 3000}) {
    submit({.function = ms > 1000 ? "slow" : ""});
    advance(Span(ms));
    const Lease lease = accept_one();
    advance(Span(ms / 2));
    ms == 1024 ? retry(lease, 1h) : complete(lease);
  }
  const DatasourceStats all = stats();
  CHECK(all.wait_times == jobq::SpanCounts{1, 1, 2, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1});
  CHECK(all.run_times == jobq::SpanCounts{2, 2, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1});
  CHECK(stats("slow").wait_times == jobq::SpanCounts{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1});
  CHECK(stats("").run_times == jobq::SpanCounts{2, 2, 1});
  CHECK(ask<DatasourcesReply>(GetDatasourceStats{}).datasources.at(0).wait_times == all.wait_times);
}

TEST_CASE_METHOD(StatsFixture,
                 "a lease that is lost, or never arrived, says nothing of run times") {
  submit();
  accept_one();
  advance(30s);
  const auto undelivered = accept();
  advance(5s);
  engine.take_back(now, chance(), undelivered, effects);
  REQUIRE(stats().total.runs == 2);
  REQUIRE(stats().total.lost == 2);
  REQUIRE(stats().total.ran == 0s);
  const Lease lease = accept_one();
  advance(7s);
  complete(lease);
  REQUIRE(stats().total.lost == 2);
  REQUIRE(stats().total.ran == 7s);
}

TEST_CASE_METHOD(StatsFixture, "functions are counted each, and all together") {
  submit({.job = "ocr1", .function = "ocr"});
  advance(1s);
  submit({.job = "ocr2", .function = "ocr"});
  const Time second = now;
  submit({.job = "mail", .function = "mail", .delay = 1h});
  submit({.job = "none"});
  accept_one();
  REQUIRE(stats("ocr").waiting == 1);
  REQUIRE(stats("ocr").running == 1);
  REQUIRE(stats("ocr").oldest_ready_at == second);
  REQUIRE(stats("ocr").total.submitted == 2);
  REQUIRE(stats("ocr").total.runs == 1);
  REQUIRE(stats("mail").waiting == 1);
  REQUIRE(stats("mail").oldest_ready_at == Time{});
  REQUIRE(stats("").waiting == 1);
  REQUIRE(stats("").oldest_ready_at == second);
  complete({"ocr1", 1});
  fail(accept_one());
  REQUIRE(stats("ocr").total.complete == 1);
  REQUIRE(stats("ocr").total.failed == 1);
  REQUIRE(stats("ocr").running == 0);
  REQUIRE(stats().total.submitted == 4);
  REQUIRE(stats().total.complete == 1);
}

TEST_CASE_METHOD(StatsFixture, "functions beyond the limit are counted together", "[limits]") {
  for (std::size_t i = 0; i < kFunctionsCountedMax; ++i) {
    submit({.function = "f" + std::to_string(i)});
  }
  submit({.job = "x", .function = "x"});
  submit({.job = "y", .function = "y"});
  submit({.job = "f7", .function = "f7"});
  REQUIRE(stats().functions.size() == kFunctionsCountedMax + 1);
  REQUIRE(stats("(others)").waiting == 2);
  REQUIRE(stats("f7").waiting == 2);
  complete({accept_of({"x"}).at(0).lease.job, 1});
  REQUIRE(stats("(others)").waiting == 1);
  REQUIRE(stats("(others)").total.complete == 1);
  REQUIRE(stats().total.submitted == kFunctionsCountedMax + 3);
}

TEST_CASE("functions are counted by name within what a token, and all, may have", "[share]") {
  EngineFixture store;
  Restore restore(store.engine.state_to_restore());
  // Rows as they are found at a start, of datasources of a token each.
  DatasourceIndex next = 0;
  const auto made = [&](const std::string& maker, std::size_t rows) {
    restore.datasource("d" + std::to_string(next), 0, 0, 1, maker);
    for (std::size_t i = 0; i < rows; ++i) {
      restore.counters(next, "f" + std::to_string(i), {});
    }
    return "d" + std::to_string(next++);
  };
  const auto counted = [&](const std::string& datasource, const std::string& function) {
    store.submit({.function = function, .datasource = datasource});
    const auto stats = store.ask<DatasourcesReply>(GetDatasourceStats{datasource});
    for (const jobq::FunctionStats& row : stats.datasources.at(0).functions) {
      if (row.waiting == 1) {
        return row.function;
      }
    }
    return std::string("none");
  };
  made("greedy", kFunctionsCountedOfTokenMax - 1);
  CHECK(counted(made("greedy", 0), "x") == "x");
  CHECK(counted(made("greedy", 0), "x") == "(others)");
  CHECK(counted(made("greedy", 0), "").empty());  // each datasource has that
  CHECK(counted(made("modest", 0), "x") == "x");
  for (const char* const maker : {"a", "b", "c"}) {
    made(maker, kFunctionsCountedOfTokenMax);
  }
  CHECK(store.engine.state().function_rows.all().count == kFunctionsCountedOfAllMax + 1);
  CHECK(counted(made("modest", 0), "x") == "(others)");
}

TEST_CASE_METHOD(StatsFixture, "counters outlive the jobs") {
  complete(submit_and_accept({.keep_for = 1s, .function = "ocr"}));
  advance(1s);
  REQUIRE(stats().finished == 0);
  REQUIRE(stats().clients == 0);
  REQUIRE(stats("ocr").total.complete == 1);
}

TEST_CASE_METHOD(StatsFixture, "all datasources are told of at once, without functions") {
  submit();
  ask<DatasourceConfig>(Configure{"print", {}});
  ask<DatasourceConfig>(SetMode{"print", Mode::kDraining});
  const auto all = ask<DatasourcesReply>(GetDatasourceStats{}).datasources;
  REQUIRE(all.size() == 2);
  REQUIRE(all[0].ready == 1);
  REQUIRE(all[0].functions.empty());
  REQUIRE(all[1].datasource == "print");
  REQUIRE(all[1].mode == Mode::kDraining);
}

TEST_CASE_METHOD(StatsFixture, "workers are known by what they have and when they were heard of",
                 "[workers]") {
  submit_all({"a", "b", "c"});
  accept(2, "w1");
  advance(1s);
  REQUIRE(worker("w1").heard_at == now - 1s);
  REQUIRE(worker("w1").running == 2);
  REQUIRE(running("w1") == Ids{"a", "b"});
  REQUIRE_FALSE(worker("w1").is_waiting);
  accept(1, "w2");
  REQUIRE(running("w2") == Ids{"c"});
  for (const Report& word : {Report(Progress{0.5, ""}), Report(Log{{{LogLevel::kInfo, "text"}}, 0}),
                             Report(Completed{"1"})}) {
    advance(1s);
    update({"a", 1}, word);
    REQUIRE(worker("w1").heard_at == now);
  }
  REQUIRE(worker("w1").running == 1);
  advance(1s);
  renew({"b", 1}, 30s);
  REQUIRE(worker("w1").heard_at == now);
  advance(1s);
  ask<RenewReply>(Renew{"scan", {}, 30s, "w1", 0s, 0});
  REQUIRE(worker("w1").heard_at == now);
  advance(1s);
  REQUIRE(accept(1, "w1").empty());
  REQUIRE(worker("w1").heard_at == now);
  advance(1s);
  REQUIRE(worker("w1").heard_at == now - 1s);
}

TEST_CASE_METHOD(StatsFixture, "a worker that waits is known, even before it had any job",
                 "[workers]") {
  configure({});
  park_accept("new");
  REQUIRE(worker("new").is_waiting);
  REQUIRE(worker("new").heard_at == now);
  REQUIRE(worker("new").running == 0);
}

TEST_CASE_METHOD(StatsFixture, "of a worker with many jobs the first hundred are shown",
                 "[workers][limits]") {
  for (int i = 0; i < 103; ++i) {
    submit();
  }
  const Lease first = accept_one();
  advance(1s);
  accept(102);
  REQUIRE(worker("w").running == 103);
  REQUIRE(worker("w").leases.size() == 100);
  REQUIRE(worker("w").leases[0].lease.job == first.job);
}

}  // namespace store
