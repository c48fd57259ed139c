#include "jobq/driver.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "fake_store.h"
#include "fit_outcome.h"

using namespace std::chrono_literals;

namespace {

void give_one_job(protocol::Reply::Builder reply) {
  auto job = reply.getBody().initAccepted(1)[0];
  job.getLease().setJob("j1");
  job.getLease().setAttempt(3);
  job.setLeaseUntil(1'000);
  job.setClient("alice");
  job.setRequest("{}");
  job.setSequence(9);
  job.setPriority(50);
  job.setSubmittedAt(500);
}

protocol::Accept::Reader accept_of(const Asked& asked) {
  return asked.request().getBody().getAccept();
}

}  // namespace

TEST_CASE("an accept whose answer is lost repeats its number; a new one has the next number") {
  const TemporaryDirectory directory;
  int count = 0;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    if (++count > 1) {
      self.reply(asked, 200, give_one_job);
    }
  });
  jobq::Driver driver(quick_connection(directory.endpoint()));
  const jobq::AcceptQuery query{.worker = "w", .max = 5, .lease = 10s, .wait = 0ms};
  const auto jobs = driver.accept("scan", query);
  REQUIRE(jobs.size() == 1);
  REQUIRE(jobs[0].lease.job == "j1");
  REQUIRE(jobs[0].lease.attempt == 3);
  REQUIRE(jobs[0].lease_until.time_since_epoch() == 1s);
  REQUIRE(jobs[0].client == "alice");
  REQUIRE(jobs[0].request == "{}");
  REQUIRE(jobs[0].sequence == 9);
  driver.accept("scan", query);

  const auto asked = store.asked();
  REQUIRE(asked.size() == 3);
  REQUIRE(asked[0].path() == "/jobs/scan/accept");
  REQUIRE(asked[0].bytes == asked[1].bytes);
  REQUIRE(accept_of(asked[0]).getWorker() == "w");
  REQUIRE(accept_of(asked[0]).getMax() == 5);
  REQUIRE(accept_of(asked[0]).getLeaseMs() == 10'000);
  const std::uint64_t number = accept_of(asked[0]).getRequestNumber();
  REQUIRE(number > 1'700'000'000'000'000);  // the clock in microseconds
  REQUIRE(accept_of(asked[2]).getRequestNumber() == number + 1);
}

TEST_CASE("an accept after Unreachable takes up the number that was not answered") {
  const TemporaryDirectory directory;
  std::atomic<bool> answers = false;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    if (answers) {
      self.reply(asked, 200, give_one_job);
    }
  });
  auto options = quick_connection(directory.endpoint());
  options.patience = 200ms;
  jobq::Driver driver(options);
  REQUIRE_THROWS_AS(driver.accept("scan", {.worker = "w"}), jobq::Unreachable);
  answers = true;
  driver.accept("scan", {.worker = "w"});
  driver.accept("scan", {.worker = "w"});
  const auto asked = store.asked();
  const auto count = asked.size();
  const auto number = accept_of(asked[0]).getRequestNumber();
  REQUIRE(accept_of(asked[count - 2]).getRequestNumber() == number);
  REQUIRE(accept_of(asked[count - 1]).getRequestNumber() == number + 1);
}

TEST_CASE("renew has a result for each lease, and tells what is to be cancelled") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    const auto leases = asked.request().getBody().getRenew().getLeases();
    // A list of one gives its item's code to the reply.
    self.reply(asked, leases.size() == 1 ? 409 : 207, [&](protocol::Reply::Builder reply) {
      auto list = reply.getBody().initRenewed(leases.size());
      for (unsigned i = 0; i < leases.size(); ++i) {
        list[i].setCode(i == 0 ? 409 : 200);
        list[i].setLeaseUntil(i == 0 ? 0 : 1'000);
        list[i].setCancelRequested(i == 1);
      }
      auto cancel = reply.initCancels(1)[0];
      cancel.getLease().setJob("b");
      cancel.getLease().setAttempt(2);
      cancel.setSequence(77);
      cancel.setUntil(2'000);
    });
  });
  jobq::Driver driver(quick_connection(directory.endpoint()));
  const auto renewal = driver.renew(
      "scan",
      {.leases = {{"a", 1}, {"b", 2}}, .lease = 10s, .worker = "w", .wait = 20s, .seen = 76});
  REQUIRE(renewal.results.size() == 2);
  REQUIRE(renewal.results[0].code == 409);
  REQUIRE_FALSE(renewal.results[0].cancel_requested);
  REQUIRE(renewal.results[1].code == 200);
  REQUIRE(renewal.results[1].lease_until == jobq::Time(1s));
  REQUIRE(renewal.results[1].cancel_requested);
  REQUIRE(renewal.cancels.size() == 1);
  REQUIRE(renewal.cancels[0].lease.job == "b");
  REQUIRE(renewal.cancels[0].lease.attempt == 2);
  REQUIRE(renewal.cancels[0].sequence == 77);
  REQUIRE(renewal.cancels[0].until == jobq::Time(2s));
  REQUIRE(driver.renew("scan", {.leases = {{"a", 1}}}).results.at(0).code == 409);
  REQUIRE(driver.renew("scan", {.leases = {{"a", 1}}}).cancels.size() == 1);
  const auto asked = store.asked().at(0);
  REQUIRE(asked.path() == "/jobs/scan/renew");
  const auto renew = asked.request().getBody().getRenew();
  REQUIRE(renew.getLeaseMs() == 10'000);
  REQUIRE(renew.getWorker() == "w");
  REQUIRE(renew.getWaitMs() == 20'000);
  REQUIRE(renew.getSeen() == 76);
  REQUIRE(renew.getLeases()[1].getJob() == "b");
  REQUIRE(renew.getLeases()[1].getAttempt() == 2);
}

TEST_CASE("update has a result for each outcome") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    const auto count = asked.request().getBody().getUpdate().getOutcomes().size();
    self.reply(asked, count == 1 ? 409 : 207, [&](protocol::Reply::Builder reply) {
      auto list = reply.getBody().initUpdated(count);
      for (unsigned i = 0; i < count; ++i) {
        list[i].setCode(i == 0 ? 409 : 200);
        list[i].setError(i == 0 ? "lease: not held" : "");
        list[i].setStatus(protocol::Status::FAILED);
      }
    });
  });
  jobq::Driver driver(quick_connection(directory.endpoint()));
  const jobq::Outcome done{{"a", 1}, jobq::Done{"[1]"}};
  const jobq::Outcome failed{{"b", 2}, jobq::JobError{"exit-1", "no paper", "trace"}};
  const auto results = driver.update("scan", {done, failed});
  REQUIRE(results.size() == 2);
  REQUIRE(results[0].code == 409);
  REQUIRE(results[0].error == "lease: not held");
  REQUIRE(results[1].code == 200);
  REQUIRE(results[1].status == jobq::Status::kFailed);
  REQUIRE(driver.update("scan", {done}).at(0).code == 409);
  const auto outcomes = store.asked().at(0).request().getBody().getUpdate().getOutcomes();
  REQUIRE(outcomes[0].getLease().getJob() == "a");
  REQUIRE(outcomes[0].getComplete() == "[1]");
  REQUIRE(outcomes[1].getLease().getAttempt() == 2);
  REQUIRE(outcomes[1].getFail().getCode() == "exit-1");
  REQUIRE(outcomes[1].getFail().getMessage() == "no paper");
  REQUIRE(outcomes[1].getFail().getDetail() == "trace");
}

TEST_CASE("a driver asks for any client's job and for all jobs") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    self.reply(asked, 200, [&](protocol::Reply::Builder reply) {
      if (asked.path() == "/jobs/scan/job/j1/") {
        reply.getBody().initJob().setJob("j1");
      } else {
        reply.getBody().initJobs().initJobs(1)[0].setJob("j2");
      }
    });
  });
  jobq::Driver driver(quick_connection(directory.endpoint()));
  REQUIRE(driver.status("scan", "j1").job == "j1");
  REQUIRE(driver.list("scan", {}).jobs.at(0).job == "j2");
  REQUIRE(store.asked().at(1).path() == "/jobs/scan/list");
}
