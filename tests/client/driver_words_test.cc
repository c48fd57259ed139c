#include <catch2/catch.hpp>

#include "fake_store.h"
#include "jobq/driver.h"

using namespace std::chrono_literals;

namespace {

void fill_accepted(protocol::AcceptedJob::Builder job) {
  job.getLease().setJob("j1");
  job.getLease().setAttempt(1);
  job.setLeaseUntil(2);
  job.setClient("alice");
  job.setRequest("{}");
  job.setSequence(3);
  job.setPriority(4);
  job.setSubmittedAt(5);
  job.setFunction("copy");
  job.initTags(1).set(0, "a");
  job.setTrace("00-t");
  job.setAttemptUntil(6);
  job.setFailures(7);
  job.setLostLeases(8);
  job.setReleases(9);
}

void require_accepted(const jobq::AcceptedJob& job) {
  REQUIRE(job.lease.job == "j1");
  REQUIRE(job.lease.attempt == 1);
  REQUIRE(job.lease_until == jobq::Time(2ms));
  REQUIRE(job.client == "alice");
  REQUIRE(job.request == "{}");
  REQUIRE(job.sequence == 3);
  REQUIRE(job.priority == 4);
  REQUIRE(job.submitted_at == jobq::Time(5ms));
  REQUIRE(job.function == "copy");
  REQUIRE(job.tags == std::vector<std::string>{"a"});
  REQUIRE(job.trace == "00-t");
  REQUIRE(job.attempt_until == jobq::Time(6ms));
  REQUIRE(job.failures == 7);
  REQUIRE(job.lost_leases == 8);
  REQUIRE(job.releases == 9);
}

// Takes all outcomes; an AcceptOne is given the job.
void take_outcomes(FakeStore& self, const Asked& asked) {
  const auto outcomes = asked.request().getBody().getUpdate().getOutcomes();
  self.reply(asked, 200, [&](protocol::Reply::Builder reply) {
    auto list = reply.getBody().initUpdated(outcomes.size());
    for (unsigned i = 0; i < list.size(); ++i) {
      list[i].setCode(200);
      list[i].setStatus(protocol::Status::RETRYING);
      list[i].setNotBefore(10 + i);
      if (outcomes[i].isAccepted()) {
        fill_accepted(list[i].initAccepted());
      }
    }
  });
}

protocol::AcceptOne::Reader accept_one_of(const Asked& asked) {
  return asked.request().getBody().getUpdate().getOutcomes()[0].getAccepted();
}

}  // namespace

TEST_CASE("each word of an update arrives whole") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), take_outcomes);
  jobq::Driver driver(quick_connection(directory.endpoint()));
  const jobq::Lease lease{"j1", 2};
  const auto results = driver.update(
      "scan",
      {{lease, jobq::Retry{.error = {"busy", "m", "d"}, .delay = 1s}},
       {lease, jobq::Release{.delay = 2s, .message = "moved"}},
       {lease, jobq::Forbid{.error = {"not-yours", "fm", "fd"}}},
       {lease, jobq::Cancelled{}},
       {lease, jobq::Progress{.value = 0.5, .message = "half"}},
       {lease, jobq::Log{.lines = {{jobq::LogLevel::kDebug, "a"}, {jobq::LogLevel::kError, "b"}},
                         .first = 7}},
       {lease, jobq::AcceptOne{.worker = "w", .request_number = 8, .lease = 3s}}});
  REQUIRE(results.size() == 7);
  REQUIRE(results[0].status == jobq::Status::kRetrying);
  REQUIRE(results[0].not_before == jobq::Time(10ms));
  REQUIRE_FALSE(results[0].accepted);
  require_accepted(results[6].accepted.value());

  const auto asked = store.asked(1);
  const auto outcomes = asked[0].request().getBody().getUpdate().getOutcomes();
  for (const auto outcome : outcomes) {
    REQUIRE(outcome.getLease().getJob() == "j1");
    REQUIRE(outcome.getLease().getAttempt() == 2);
  }
  const auto retry = outcomes[0].getRetry();
  REQUIRE(retry.getError().getCode() == "busy");
  REQUIRE(retry.getError().getMessage() == "m");
  REQUIRE(retry.getError().getDetail() == "d");
  REQUIRE(retry.getDelayMs() == 1'000);
  REQUIRE(outcomes[1].getRelease().getDelayMs() == 2'000);
  REQUIRE(outcomes[1].getRelease().getMessage() == "moved");
  REQUIRE(outcomes[2].getForbid().getCode() == "not-yours");
  REQUIRE(outcomes[2].getForbid().getDetail() == "fd");
  REQUIRE(outcomes[3].isCancelled());
  REQUIRE(outcomes[4].getProgress().getValue() == 0.5);
  REQUIRE(outcomes[4].getProgress().getMessage() == "half");
  const auto log = outcomes[5].getLog();
  REQUIRE(log.getFirst() == 7);
  REQUIRE(log.getLines().size() == 2);
  REQUIRE(log.getLines()[0].getLevel() == protocol::LogLevel::DEBUG);
  REQUIRE(log.getLines()[1].getLevel() == protocol::LogLevel::ERROR);
  REQUIRE(log.getLines()[1].getText() == "b");
  const auto accept = outcomes[6].getAccepted();
  REQUIRE(accept.getWorker() == "w");
  REQUIRE(accept.getRequestNumber() == 8);
  REQUIRE(accept.getLeaseMs() == 3'000);
}

TEST_CASE("an accept names functions, and tells what is to be cancelled") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [](FakeStore& self, const Asked& asked) {
    self.reply(asked, 200, [](protocol::Reply::Builder reply) {
      fill_accepted(reply.getBody().initAccepted(1)[0]);
      auto cancel = reply.initCancels(1)[0];
      cancel.getLease().setJob("j0");
      cancel.setSequence(5);
    });
  });
  jobq::Driver driver(quick_connection(directory.endpoint()));
  std::vector<jobq::CancelRequest> cancels;
  const jobq::AcceptQuery query{.worker = "w", .functions = {"copy", "scan"}};
  const auto jobs = driver.accept("scan", query, &cancels);
  REQUIRE(jobs.size() == 1);
  require_accepted(jobs[0]);
  REQUIRE(cancels.size() == 1);
  REQUIRE(cancels[0].lease.job == "j0");
  REQUIRE(driver.accept("scan", query).size() == 1);
  const auto asked = store.asked(2);
  const auto functions = asked[0].request().getBody().getAccept().getFunctions();
  REQUIRE(functions.size() == 2);
  REQUIRE(functions[1] == "scan");
}

TEST_CASE("one named job is accepted under a number that a repetition keeps") {
  const TemporaryDirectory directory;
  int count = 0;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    if (++count == 2) {  // an answer without the job is none
      self.reply(asked, 200, [](protocol::Reply::Builder reply) {
        reply.getBody().initUpdated(1)[0].setCode(200);
      });
    } else if (count > 2) {
      take_outcomes(self, asked);
    }
  });
  jobq::Driver driver(quick_connection(directory.endpoint()));
  require_accepted(driver.accept_one("scan", "j1", "w", 5s));
  driver.accept_one("scan", "j1", "w");
  const auto asked = store.asked(4);
  REQUIRE(asked[0].path() == "/jobs/scan/update");
  REQUIRE(asked[0].bytes == asked[1].bytes);
  REQUIRE(asked[0].bytes == asked[2].bytes);
  REQUIRE(accept_one_of(asked[0]).getWorker() == "w");
  REQUIRE(accept_one_of(asked[0]).getLeaseMs() == 5'000);
  const auto number = accept_one_of(asked[0]).getRequestNumber();
  REQUIRE(number > 1'700'000'000'000'000);  // the clock in microseconds
  REQUIRE(accept_one_of(asked[3]).getRequestNumber() == number + 1);
}

TEST_CASE("a named job that cannot be had is refused at once, also with 503") {
  const TemporaryDirectory directory;
  const unsigned code = GENERATE(409u, 429u, 503u);
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    const FillReply fill = [&](protocol::Reply::Builder reply) {
      auto item = reply.getBody().initUpdated(1)[0];
      item.setCode(static_cast<std::uint16_t>(code));
      item.setError("no");
      item.setRetryAfterMs(250);
    };
    self.reply(asked, code, fill, "no");
  });
  jobq::Driver driver(quick_connection(directory.endpoint()));
  try {
    driver.accept_one("scan", "j1", "w");
    FAIL("was not refused");
  } catch (const jobq::Refused& refused) {
    REQUIRE(refused.code() == code);
    REQUIRE(refused.retry_after() == 250ms);
  }
  REQUIRE(driver.update("scan", {{{"j1", 0}, jobq::AcceptOne{}}}).at(0).retry_after == 250ms);
  REQUIRE(store.asked().size() == 2);
}

TEST_CASE("requests are read as a series") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [](FakeStore& self, const Asked& asked) {
    self.reply(asked, 200, [](protocol::Reply::Builder reply) {
      auto page = reply.getBody().initRequests();
      page.setCursor(6);
      auto record = page.initRequests(1)[0];
      record.setSequence(4);
      record.setTime(5);
      record.setKind(protocol::RequestRecord::Kind::CANCEL);
      record.initJob().setRequest("{}");
    });
  });
  jobq::Driver driver(quick_connection(directory.endpoint()));
  const jobq::RequestQuery query{.client = "alice", .function = "copy", .tag = "a", .limit = 2};
  const auto page = driver.since("scan", 3, query);
  REQUIRE(page.cursor == 6);
  REQUIRE(page.requests.size() == 1);
  REQUIRE(page.requests[0].sequence == 4);
  REQUIRE(page.requests[0].time == jobq::Time(5ms));
  REQUIRE(page.requests[0].kind == jobq::RequestRecord::Kind::kCancel);
  REQUIRE(page.requests[0].job.request == "{}");
  driver.since("scan", jobq::Time(1'700'000'000'123ms));
  driver.since("scan", jobq::Time(5ms));
  REQUIRE(driver.latest("scan")->sequence == 4);
  REQUIRE(driver.peek("scan", {"copy"})->sequence == 4);

  const auto asked = store.asked(5);
  REQUIRE(asked[0].path() == "/jobs/scan/since/3");
  const auto list = asked[0].request().getBody().getListQuery();
  REQUIRE(list.getClient() == "alice");
  REQUIRE(list.getFunction() == "copy");
  REQUIRE(list.getTag() == "a");
  REQUIRE(list.getLimit() == 2);
  REQUIRE(asked[1].path() == "/jobs/scan/since/1700000000123");
  REQUIRE(asked[2].path() == "/jobs/scan/since/000000000005");  // fewer digits are a cursor
  REQUIRE(asked[3].path() == "/jobs/scan/latest");
  REQUIRE(asked[4].path() == "/jobs/scan/peek");
  REQUIRE(asked[4].request().getBody().getPeek().getFunctions()[0] == "copy");
}

TEST_CASE("no request is no record") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [](FakeStore& self, const Asked& asked) {
    self.reply(asked, 200, [](protocol::Reply::Builder reply) { reply.getBody().initRequests(); });
  });
  jobq::Driver driver(quick_connection(directory.endpoint()));
  REQUIRE_FALSE(driver.latest("scan"));
  REQUIRE_FALSE(driver.peek("scan"));
}
