#include "jobq/admin.h"

#include <catch2/catch.hpp>

#include "fake_store.h"
#include "jobq/driver.h"

using namespace std::chrono_literals;

namespace {

void fill_counters(protocol::Counters::Builder counters, unsigned base) {
  counters.setSubmitted(base + 1);
  counters.setRuns(base + 2);
  counters.setComplete(base + 3);
  counters.setFailed(base + 4);
  counters.setCancelled(base + 5);
  counters.setForbidden(base + 6);
  counters.setErrors(base + 7);
  counters.setReleases(base + 8);
  counters.setWaitMs(base + 9);
  counters.setRunMs(base + 10);
}

void require_counters(const jobq::Counters& counters, unsigned base) {
  REQUIRE(counters.submitted == base + 1);
  REQUIRE(counters.runs == base + 2);
  REQUIRE(counters.complete == base + 3);
  REQUIRE(counters.failed == base + 4);
  REQUIRE(counters.cancelled == base + 5);
  REQUIRE(counters.forbidden == base + 6);
  REQUIRE(counters.errors == base + 7);
  REQUIRE(counters.releases == base + 8);
  REQUIRE(counters.waited == jobq::Span(base + 9));
  REQUIRE(counters.ran == jobq::Span(base + 10));
}

void fill_stats(protocol::DatasourceStats::Builder stats) {
  stats.setDatasource("scan");
  stats.setMode(protocol::Mode::PAUSED);
  stats.setReady(1);
  stats.setDelayed(2);
  stats.setRunning(3);
  stats.setFinished(4);
  stats.setClients(5);
  stats.setWorkersWaiting(6);
  stats.setOldestReadyAt(7);
  fill_counters(stats.initTotal(), 100);
  auto function = stats.initFunctions(1)[0];
  function.setFunction("copy");
  function.setWaiting(8);
  function.setRunning(9);
  function.setOldestReadyAt(10);
  fill_counters(function.initTotal(), 200);
}

void require_stats(const jobq::DatasourceStats& stats) {
  REQUIRE(stats.datasource == "scan");
  REQUIRE(stats.mode == jobq::Mode::kPaused);
  REQUIRE(stats.ready == 1);
  REQUIRE(stats.delayed == 2);
  REQUIRE(stats.running == 3);
  REQUIRE(stats.finished == 4);
  REQUIRE(stats.clients == 5);
  REQUIRE(stats.workers_waiting == 6);
  REQUIRE(stats.oldest_ready_at == jobq::Time(7ms));
  require_counters(stats.total, 100);
  REQUIRE(stats.functions.size() == 1);
  REQUIRE(stats.functions[0].function == "copy");
  REQUIRE(stats.functions[0].waiting == 8);
  REQUIRE(stats.functions[0].running == 9);
  REQUIRE(stats.functions[0].oldest_ready_at == jobq::Time(10ms));
  require_counters(stats.functions[0].total, 200);
}

void fill_worker(protocol::WorkerStatus::Builder worker) {
  worker.setWorker("w");
  worker.setHeardAt(1);
  worker.setIsWaiting(true);
  worker.setRunning(2);
  auto job = worker.initLeases(1)[0];
  job.getLease().setJob("j1");
  job.getLease().setAttempt(3);
  job.setFunction("copy");
  job.setAcceptedAt(4);
  job.setLeaseUntil(5);
  job.setProgress(0.75);
}

void require_worker(const jobq::WorkerStatus& worker) {
  REQUIRE(worker.worker == "w");
  REQUIRE(worker.heard_at == jobq::Time(1ms));
  REQUIRE(worker.is_waiting);
  REQUIRE(worker.running == 2);
  REQUIRE(worker.leases.size() == 1);
  REQUIRE(worker.leases[0].lease.job == "j1");
  REQUIRE(worker.leases[0].lease.attempt == 3);
  REQUIRE(worker.leases[0].function == "copy");
  REQUIRE(worker.leases[0].accepted_at == jobq::Time(4ms));
  REQUIRE(worker.leases[0].lease_until == jobq::Time(5ms));
  REQUIRE(worker.leases[0].progress == 0.75);
}

jobq::DatasourceConfig new_config() {
  return {.datasource = "scan",
          .description = "the scanner",
          .priority = 60,
          .terms = {.keep_for = 1s,
                    .valid_for = 2s,
                    .timeout = 3s,
                    .failures_max = 4,
                    .lost_leases_max = 5,
                    .releases_max = 6,
                    .backoff =
                        jobq::Backoff{
                            .initial = 7s, .max = 8s, .factor_percent = 900, .jitter_percent = 10}},
          .lease = 11s,
          .cancel_grace = 12s,
          .waiting_max = 13,
          .waiting_per_client_max = 14,
          .running_max = 15,
          .weights = {{"alice", 16}, {"bob", 17}},
          .mode = jobq::Mode::kDraining};
}

void require_config(const jobq::DatasourceConfig& config) {
  REQUIRE(config.datasource == "scan");
  REQUIRE(config.description == "the scanner");
  REQUIRE(config.priority == 60);
  REQUIRE(config.terms.keep_for == 1s);
  REQUIRE(config.terms.valid_for == 2s);
  REQUIRE(config.terms.timeout == 3s);
  REQUIRE(config.terms.failures_max == 4);
  REQUIRE(config.terms.lost_leases_max == 5);
  REQUIRE(config.terms.releases_max == 6);
  REQUIRE(config.terms.backoff->initial == 7s);
  REQUIRE(config.terms.backoff->max == 8s);
  REQUIRE(config.terms.backoff->factor_percent == 900);
  REQUIRE(config.terms.backoff->jitter_percent == 10);
  REQUIRE(config.lease == 11s);
  REQUIRE(config.cancel_grace == 12s);
  REQUIRE(config.waiting_max == 13);
  REQUIRE(config.waiting_per_client_max == 14);
  REQUIRE(config.running_max == 15);
  REQUIRE(config.weights.size() == 2);
  REQUIRE(config.weights[1].client == "bob");
  REQUIRE(config.weights[1].weight == 17);
  REQUIRE(config.mode == jobq::Mode::kDraining);
}

// Answers a configuration with itself, and questions for it with the last one that was set.
class FakeConfigs {
 public:
  void operator()(FakeStore& self, const Asked& asked) {
    const auto body = asked.request().getBody();
    if (body.isConfig()) {
      set_ = asked;
    }
    self.reply(asked, 200, [&](protocol::Reply::Builder reply) {
      if (asked.path() == "/cat") {
        reply.getBody().initConfigs(1).setWithCaveats(0, config());
      } else {
        reply.getBody().setConfig(config());
      }
    });
  }

 private:
  protocol::DatasourceConfig::Reader config() const {
    return set_->request().getBody().getConfig();
  }
  std::optional<Asked> set_;
};

struct AdminFixture {
  TemporaryDirectory directory;
  jobq::Connection connection = quick_connection(directory.endpoint());
};

}  // namespace

TEST_CASE_METHOD(AdminFixture, "a configuration arrives whole, both ways") {
  FakeStore store(directory.endpoint(), FakeConfigs());
  SECTION("an operator's") {
    jobq::Admin admin(connection);
    require_config(admin.configure(new_config()));
    require_config(admin.config("scan"));
    require_config(admin.pause("scan"));
    require_config(admin.resume("scan"));
    require_config(admin.drain("scan"));
    const auto asked = store.asked(5);
    REQUIRE(asked[0].path() == "/admin/scan/config");
    REQUIRE(asked[0].request().getMethod() == protocol::Method::POST);
    REQUIRE(asked[1].path() == "/admin/scan/config");
    REQUIRE(asked[1].request().getMethod() == protocol::Method::GET);
    REQUIRE(asked[2].path() == "/admin/scan/pause");
    REQUIRE(asked[2].request().getMethod() == protocol::Method::POST);
    REQUIRE(asked[3].path() == "/admin/scan/resume");
    REQUIRE(asked[4].path() == "/admin/scan/drain");
  }
  SECTION("a driver's") {
    jobq::Driver driver(connection);
    require_config(driver.configure(new_config()));
    require_config(driver.config("scan"));
    const auto configs = driver.configs();
    REQUIRE(configs.size() == 1);
    require_config(configs[0]);
    const auto asked = store.asked(3);
    REQUIRE(asked[0].path() == "/jobs/scan/config");
    REQUIRE(asked[1].path() == "/jobs/scan/config");
    REQUIRE(asked[2].path() == "/cat");
    REQUIRE(asked[2].request().getMethod() == protocol::Method::GET);
  }
}

TEST_CASE_METHOD(AdminFixture, "what is not configured is left to the store") {
  FakeStore store(directory.endpoint(), FakeConfigs());
  jobq::Admin admin(connection);
  const auto config = admin.configure({.datasource = "scan"});
  REQUIRE_FALSE(config.terms.backoff);
  REQUIRE(config.weights.empty());
  REQUIRE(config.lease == 0ms);
}

TEST_CASE_METHOD(AdminFixture, "stats and workers arrive whole") {
  FakeStore store(directory.endpoint(), [](FakeStore& self, const Asked& asked) {
    self.reply(asked, 200, [&](protocol::Reply::Builder reply) {
      if (asked.path().ends_with("/workers")) {
        fill_worker(reply.getBody().initWorkers(1)[0]);
      } else if (asked.path() == "/admin/stats") {
        reply.getBody().initStats().setTurns(5);
      } else {
        fill_stats(reply.getBody().initDatasources(1)[0]);
      }
    });
  });
  jobq::Admin admin(connection);
  require_stats(admin.stats("scan"));
  REQUIRE(admin.stats().size() == 1);
  require_stats(admin.stats()[0]);
  require_worker(admin.workers("scan").at(0));
  REQUIRE(admin.store_stats().turns == 5);
  jobq::Driver driver(connection);
  require_stats(driver.stats("scan"));
  require_worker(driver.workers("scan").at(0));
  const auto asked = store.asked(7);
  const std::vector<std::string> paths = {
      "/admin/scan/stats", "/admin/datasources", "/admin/datasources", "/admin/scan/workers",
      "/admin/stats",      "/jobs/scan/stats",   "/jobs/scan/workers"};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    REQUIRE(asked[i].path() == paths[i]);
    REQUIRE(asked[i].request().getMethod() == protocol::Method::GET);
  }
}

TEST_CASE_METHOD(AdminFixture, "jobs are removed, restarted, edited and redriven") {
  FakeStore store(directory.endpoint(), [](FakeStore& self, const Asked& asked) {
    self.reply(asked, 200, [&](protocol::Reply::Builder reply) {
      auto body = reply.getBody();
      if (asked.path().ends_with("/restart")) {
        auto result = body.initSubmitted(1)[0];
        result.setCode(200);
        result.initJob().setJob("j2");
        result.getJob().setParent("j1");
      } else if (asked.path().ends_with("/redrive")) {
        auto redriven = body.initRedriven();
        redriven.initJobs(1)[0].setJob("j3");
        redriven.setCursor(9);
      } else {
        body.initJob().setJob("j1");
      }
    });
  });
  jobq::Admin admin(connection);
  admin.remove("scan", "j1");
  REQUIRE(admin.restart("scan", "j1", "j2").parent == "j1");
  REQUIRE(admin.edit("scan", "j1", {.priority = 70, .valid_for = 5s, .request = "{}"}).job == "j1");
  const auto page =
      admin.redrive("scan", {.client = "alice",
                             .function = "copy",
                             .tag = "a",
                             .statuses = {jobq::Status::kCancelled, jobq::Status::kForbidden},
                             .limit = 5,
                             .cursor = 8});
  REQUIRE(page.jobs.at(0).job == "j3");
  REQUIRE(page.cursor == 9);

  const auto asked = store.asked(4);
  REQUIRE(asked[0].path() == "/admin/scan/job/j1/remove");
  REQUIRE(asked[1].path() == "/admin/scan/job/j1/restart");
  REQUIRE(asked[1].request().getBody().getRestart().getJob() == "j2");
  REQUIRE(asked[2].path() == "/admin/scan/job/j1/edit");
  const auto edit = asked[2].request().getBody().getEdit();
  REQUIRE(edit.getPriority() == 70);
  REQUIRE(edit.getValidForMs() == 5'000);
  REQUIRE(edit.getRequest() == "{}");
  REQUIRE(asked[3].path() == "/admin/scan/redrive");
  const auto redrive = asked[3].request().getBody().getRedrive();
  REQUIRE(redrive.getClient() == "alice");
  REQUIRE(redrive.getFunction() == "copy");
  REQUIRE(redrive.getTag() == "a");
  REQUIRE(redrive.getStatuses().size() == 2);
  REQUIRE(redrive.getStatuses()[0] == protocol::Status::CANCELLED);
  REQUIRE(redrive.getLimit() == 5);
  REQUIRE(redrive.getCursor() == 8);
  for (const auto& request : asked) {
    REQUIRE(request.request().getMethod() == protocol::Method::POST);
  }
}

TEST_CASE_METHOD(AdminFixture, "a restart that is refused throws, as an item and as a whole") {
  const bool is_item = GENERATE(true, false);
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    const FillReply fill = [&](protocol::Reply::Builder reply) {
      if (is_item) {
        auto result = reply.getBody().initSubmitted(1)[0];
        result.setCode(409);
        result.setError("status: accepted");
      }
    };
    self.reply(asked, 409, fill, "status: accepted");
  });
  jobq::Admin admin(connection);
  REQUIRE_THROWS_WITH(admin.restart("scan", "j1"), "status: accepted");
  if (!is_item) {
    REQUIRE_THROWS_AS(admin.remove("scan", "j1"), jobq::Refused);
  }
}
