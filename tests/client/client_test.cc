#include "jobq/client.h"

#include <catch2/catch.hpp>
#include <set>

#include "fake_store.h"

using namespace std::chrono_literals;

namespace {

jobq::NewJob new_job(const std::string& id) {
  return {.job = id, .request = "{}", .client = "alice"};
}

FillReply job(const std::string& id, protocol::Status status, std::uint64_t changed) {
  return [=](protocol::Reply::Builder reply) {
    auto out = reply.getBody().initJob();
    out.setJob(id.c_str());
    out.setStatus(status);
    out.setChanged(changed);
  };
}

}  // namespace

TEST_CASE("a submitted job arrives as it was given") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    self.reply(asked, 200, [](protocol::Reply::Builder reply) {
      auto result = reply.getBody().initSubmitted(1)[0];
      result.setCode(200);
      result.setCreated(true);
      auto out = result.initJob();
      out.setJob("j1");
      out.setClient("alice");
      out.setSequence(7);
      out.setChanged(8);
      out.setPriority(60);
      out.setSubmittedAt(1'700'000'000'123);
    });
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  const auto status =
      client.submit("scan", jobq::NewJob{.job = "j1",
                                         .request = R"({"page": 1})",
                                         .client = "alice",
                                         .priority = 60,
                                         .terms = {.keep_for = std::chrono::minutes(5)}});
  REQUIRE(status.job == "j1");
  REQUIRE(status.client == "alice");
  REQUIRE(status.status == jobq::Status::kSubmitted);
  REQUIRE(status.sequence == 7);
  REQUIRE(status.changed == 8);
  REQUIRE(status.priority == 60);
  REQUIRE(status.submitted_at.time_since_epoch() == 1'700'000'000'123ms);
  REQUIRE(status.finished_at == jobq::Time());

  const auto asked = store.asked().at(0);
  REQUIRE(asked.path() == "/scan/job/");
  REQUIRE(asked.request().getMethod() == protocol::Method::POST);
  const auto jobs = asked.request().getBody().getSubmit().getJobs();
  REQUIRE(jobs.size() == 1);
  REQUIRE(jobs[0].getJob() == "j1");
  REQUIRE(jobs[0].getClient() == "alice");
  REQUIRE(jobs[0].getRequest() == R"({"page": 1})");
  REQUIRE(jobs[0].getPriority() == 60);
  REQUIRE(jobs[0].getKeepForMs() == 300'000);
}

TEST_CASE("a list has a result for each job, refused or not") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    self.reply(asked, 207, [](protocol::Reply::Builder reply) {
      auto list = reply.getBody().initSubmitted(2);
      list[0].setCode(200);
      list[0].initJob().setJob("a");
      list[1].setCode(409);
      list[1].setError("job: differs");
    });
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  const auto results = client.submit_many("scan", std::vector{new_job("a"), new_job("b")});
  REQUIRE(results.size() == 2);
  REQUIRE(results[0].code == 200);
  REQUIRE(results[0].status.job == "a");
  REQUIRE_FALSE(results[0].created);
  REQUIRE(results[1].code == 409);
  REQUIRE(results[1].error == "job: differs");
}

TEST_CASE("a list of one that is refused is a result; a single job that is refused throws") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    const FillReply fill = [](protocol::Reply::Builder reply) {
      auto list = reply.getBody().initSubmitted(1);
      list[0].setCode(409);
      list[0].setError("job: differs");
    };
    self.reply(asked, 409, fill, "job: differs");
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  REQUIRE(client.submit_many("scan", std::vector{new_job("a")}).at(0).code == 409);
  REQUIRE_THROWS_WITH(client.submit("scan", new_job("a")), "job: differs");
}

TEST_CASE("a whole list that is refused throws") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    self.reply(asked, 401, {}, "token: missing");
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  REQUIRE_THROWS_AS(client.submit_many("scan", std::vector{new_job("a")}), jobq::Refused);
}

TEST_CASE("a job without id keeps the GUID it got when it is sent again") {
  const TemporaryDirectory directory;
  int count = 0;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    if (++count == 2) {
      const auto id = asked.request().getBody().getSubmit().getJobs()[0].getJob();
      self.reply(asked, 200, [&](protocol::Reply::Builder reply) {
        auto list = reply.getBody().initSubmitted(1);
        list[0].setCode(200);
        list[0].initJob().setJob(id);
      });
    }
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  const auto status = client.submit("scan", new_job(""));
  REQUIRE(status.job.size() == 36);
  REQUIRE(store.asked().at(0).bytes == store.asked().at(1).bytes);
}

TEST_CASE("a message above the limit is refused without being sent") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [](FakeStore&, const Asked&) {});
  jobq::Client client(quick_connection(directory.endpoint()));
  auto job = new_job("large");
  job.request = std::string(9u << 20, ' ');
  try {
    client.submit("scan", job);
    FAIL("was not refused");
  } catch (const jobq::Refused& refused) {
    REQUIRE(refused.code() == 413);
  }
  REQUIRE(store.asked().empty());
}

TEST_CASE("the status of a failed job has its error") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    self.reply(asked, 200, [](protocol::Reply::Builder reply) {
      auto out = reply.getBody().initJob();
      out.setJob("j1");
      out.setStatus(protocol::Status::FAILED);
      out.setAttempt(2);
      out.setLostLeases(1);
      out.setWorker("w");
      auto error = out.initError();
      error.setCode("exit-1");
      error.setMessage("no paper");
      error.setDetail("trace");
    });
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  const auto status = client.status("scan", "j1", "alice");
  REQUIRE(status.status == jobq::Status::kFailed);
  REQUIRE(status.attempt == 2);
  REQUIRE(status.lost_leases == 1);
  REQUIRE(status.worker == "w");
  REQUIRE(status.error.code == "exit-1");
  REQUIRE(status.error.message == "no paper");
  REQUIRE(status.error.detail == "trace");
  const auto asked = store.asked().at(0);
  REQUIRE(asked.path() == "/scan/job/j1/");
  REQUIRE(asked.request().getBody().getJobQuery().getJob() == "j1");
  REQUIRE(asked.request().getBody().getJobQuery().getClient() == "alice");
}

TEST_CASE("a status that this library does not know is no answer") {
  const TemporaryDirectory directory;
  int count = 0;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    const auto status =
        ++count == 1 ? static_cast<protocol::Status>(99) : protocol::Status::RETRYING;
    self.reply(asked, 200, job("j1", status, 1));
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  REQUIRE(client.status("scan", "j1").status == jobq::Status::kRetrying);
}

TEST_CASE("wait asks until the job is final") {
  const TemporaryDirectory directory;
  int count = 0;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    const auto status = ++count < 3 ? protocol::Status::ACCEPTED : protocol::Status::COMPLETE;
    self.reply(asked, 200, job("j1", status, 1));
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  const auto end = client.wait("scan", "j1", "alice", jobq::Span::max());
  REQUIRE(end);
  REQUIRE(end->status == jobq::Status::kComplete);
  const auto query = store.asked().at(0).request().getBody().getJobQuery();
  REQUIRE(query.getUntilFinal());
  REQUIRE(query.getWaitMs() > 0);
  REQUIRE(query.getWaitMs() <= 60'000);
}

TEST_CASE("wait is empty when the job is not final by then, or the store away all the time") {
  const TemporaryDirectory directory;
  jobq::Client client(quick_connection(directory.endpoint()));
  REQUIRE_FALSE(client.wait("scan", "j1", "alice", 50ms));
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    self.reply(asked, 200, job("j1", protocol::Status::ACCEPTED, 1));
  });
  REQUIRE_FALSE(client.wait("scan", "j1", "alice", 0ms));
}

TEST_CASE("waiting for a change from now first learns what is known now") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    const auto query = asked.request().getBody().getJobQuery();
    const bool is_waiting = query.getWaitMs() > 0;
    self.reply(asked, 200, job("j1", protocol::Status::ACCEPTED, is_waiting ? 6 : 5));
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  REQUIRE(client.wait_for_change("scan", "j1", "alice", 0, 1h).changed == 6);
  const auto asked = store.asked();
  REQUIRE(asked.size() == 2);
  REQUIRE(asked[1].request().getBody().getJobQuery().getSeen() == 5);
}

TEST_CASE("waiting for a change ends without one") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    self.reply(asked, 200, job("j1", protocol::Status::ACCEPTED, 5));
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  REQUIRE(client.wait_for_change("scan", "j1", "alice", 5, 0ms).changed == 5);
}

TEST_CASE("a list's page and its query arrive whole") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    self.reply(asked, 200, [](protocol::Reply::Builder reply) {
      auto page = reply.getBody().initJobs();
      auto jobs = page.initJobs(2);
      jobs[0].setJob("a");
      jobs[1].setJob("b");
      page.setCursor(12);
    });
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  const auto page =
      client.list("scan", {.client = "alice",
                           .cursor = 10,
                           .limit = 2,
                           .statuses = {jobq::Status::kFailed, jobq::Status::kForbidden}});
  REQUIRE(page.jobs.size() == 2);
  REQUIRE(page.jobs[1].job == "b");
  REQUIRE(page.cursor == 12);
  const auto asked = store.asked().at(0);
  REQUIRE(asked.path() == "/scan/job/list");
  const auto query = asked.request().getBody().getListQuery();
  REQUIRE(query.getClient() == "alice");
  REQUIRE(query.getCursor() == 10);
  REQUIRE(query.getLimit() == 2);
  REQUIRE(query.getStatuses().size() == 2);
  REQUIRE(query.getStatuses()[0] == protocol::Status::FAILED);
  REQUIRE(query.getStatuses()[1] == protocol::Status::FORBIDDEN);
}

TEST_CASE("the store's status and stats arrive whole") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    self.reply(asked, 200, [&](protocol::Reply::Builder reply) {
      if (asked.path() == "/status") {
        auto status = reply.getBody().initStore();
        status.setVersion("1.2");
        status.setUptimeMs(5'000);
        auto endpoints = status.initRequestEndpoints(1);
        endpoints.set(0, "tcp://*:5555");
      } else {
        auto stats = reply.getBody().initStats();
        stats.setRequests(1);
        stats.setJobsFinished(13);
        stats.setWaitersParked(14);
        stats.setTopics(15);
        stats.setSubscribers(16);
        stats.setFramesSent(17);
        stats.setFramesLost(18);
        stats.setRepairs(19);
        stats.setSubscriptionsIgnored(20);
      }
    });
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  const auto status = client.store_status();
  REQUIRE(status.version == "1.2");
  REQUIRE(status.uptime == 5s);
  REQUIRE(status.request_endpoints == std::vector<std::string>{"tcp://*:5555"});
  const auto stats = client.store_stats();
  REQUIRE(stats.requests == 1);
  REQUIRE(stats.jobs_finished == 13);
  REQUIRE(stats.waiters_parked == 14);
  REQUIRE(stats.topics == 15);
  REQUIRE(stats.subscribers == 16);
  REQUIRE(stats.frames_sent == 17);
  REQUIRE(stats.frames_lost == 18);
  REQUIRE(stats.repairs == 19);
  REQUIRE(stats.subscriptions_ignored == 20);
}

TEST_CASE("GUIDs are version 4 and differ") {
  std::set<std::string> guids;
  for (int i = 0; i < 100; ++i) {
    const std::string guid = jobq::new_guid();
    REQUIRE(guid.size() == 36);
    REQUIRE(guid[14] == '4');
    REQUIRE(std::string("89ab").find(guid[19]) != std::string::npos);
    guids.insert(guid);
  }
  REQUIRE(guids.size() == 100);
}

TEST_CASE("the last four statuses are final") {
  REQUIRE_FALSE(jobq::is_final(jobq::Status::kRetrying));
  REQUIRE(jobq::is_final(jobq::Status::kComplete));
  REQUIRE(jobq::is_final(jobq::Status::kForbidden));
}
