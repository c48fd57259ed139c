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

TEST_CASE("renew tells lost leases by a zero time") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    const auto leases = asked.request().getBody().getRenew().getLeases();
    // A list of one gives its item's code to the reply.
    self.reply(asked, leases.size() == 1 ? 409 : 207, [&](protocol::Reply::Builder reply) {
      auto list = reply.getBody().initRenewed(leases.size());
      for (unsigned i = 0; i < leases.size(); ++i) {
        list[i].setCode(i == 0 ? 409 : 200);
        list[i].setLeaseUntil(i == 0 ? 0 : 1'000);
      }
    });
  });
  jobq::Driver driver(quick_connection(directory.endpoint()));
  REQUIRE(driver.renew("scan", {{"a", 1}, {"b", 2}}, 10s) ==
          std::vector<jobq::Time>{jobq::Time(), jobq::Time(1s)});
  REQUIRE(driver.renew("scan", {{"a", 1}}) == std::vector<jobq::Time>{jobq::Time()});
  const auto renew = store.asked().at(0).request().getBody().getRenew();
  REQUIRE(renew.getLeaseMs() == 10'000);
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

TEST_CASE("an error's texts are made to fit") {
  REQUIRE(jobq::fit_text("gr\xc3\xbc\xc3\x9f", 6) == "gr\xc3\xbc\xc3\x9f");
  REQUIRE(jobq::fit_text("gr\xc3\xbc\xc3\x9f", 5) == "gr\xc3\xbc");
  REQUIRE(jobq::fit_text("\xff"
                         "a\xc3",
                         9) == "?a?");
  REQUIRE(jobq::fit_text("\xed\xa0\x80|\xc0\x80|\xf0\x9f\x98\x80", 99) ==
          "???|??|\xf0\x9f\x98\x80");
  REQUIRE(jobq::fit_text("", 0).empty());

  const auto word = jobq::fit_outcome(jobq::JobError{"", std::string(2000, 'm'), {}});
  REQUIRE(std::get<jobq::JobError>(word).code == "failed");
  REQUIRE(std::get<jobq::JobError>(word).message.size() == 1024);
  const auto large = jobq::fit_outcome(jobq::Done{std::string(8u << 20, '1')});
  REQUIRE(std::get<jobq::JobError>(large).code == "bad-response");
}
