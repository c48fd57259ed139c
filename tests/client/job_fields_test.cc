// Every field of what clients and drivers ask about jobs, both ways.
#include <catch2/catch.hpp>

#include "fake_store.h"
#include "jobq/client.h"
#include "jobq/driver.h"

using namespace std::chrono_literals;

namespace {

void fill_terms(protocol::Terms::Builder terms) {
  terms.setKeepForMs(1);
  terms.setValidForMs(2);
  terms.setTimeoutMs(3);
  terms.setFailuresMax(4);
  terms.setLostLeasesMax(5);
  terms.setReleasesMax(6);
  auto backoff = terms.initBackoff();
  backoff.setInitialMs(7);
  backoff.setMaxMs(8);
  backoff.setFactorPercent(900);
  backoff.setJitterPercent(10);
}

void fill_job(protocol::JobStatus::Builder job) {
  job.setJob("j1");
  job.setClient("alice");
  job.setStatus(protocol::Status::RETRYING);
  job.setSequence(1);
  job.setChanged(2);
  job.setPriority(3);
  job.setAttempt(4);
  job.setLostLeases(5);
  job.setWorker("w");
  job.setSubmittedAt(6);
  job.setAcceptedAt(7);
  job.setLeaseUntil(8);
  job.setFinishedAt(9);
  job.setResponse("[1]");
  job.initError().setCode("busy");
  job.setFunction("copy");
  job.initTags(2).set(0, "a");
  job.getTags().set(1, "b");
  job.setFailures(10);
  job.setReleases(11);
  job.setNotBefore(12);
  job.setExpiresAt(13);
  job.setAttemptUntil(14);
  job.setProgress(0.5);
  job.setProgressMessage("half");
  job.setCancelRequestedAt(15);
  job.setCancelUntil(16);
  job.setParent("p");
  job.setChild("c");
  job.setLogLines(17);
  job.setRequestBytes(18);
  fill_terms(job.initTerms());
  job.setRequest("{}");
  job.setTrace("00-t");
  auto attempt = job.initAttempts(1)[0];
  attempt.setAttempt(1);
  attempt.setWorker("w0");
  attempt.setAcceptedAt(19);
  attempt.setEndedAt(20);
  attempt.setEnding(protocol::Attempt::Ending::LEASE_LOST);
  attempt.initError().setCode("lost");
  attempt.getError().setMessage("fell silent");
}

void require_terms(const jobq::Terms& terms) {
  REQUIRE(terms.keep_for == 1ms);
  REQUIRE(terms.valid_for == 2ms);
  REQUIRE(terms.timeout == 3ms);
  REQUIRE(terms.failures_max == 4);
  REQUIRE(terms.lost_leases_max == 5);
  REQUIRE(terms.releases_max == 6);
  REQUIRE(terms.backoff->initial == 7ms);
  REQUIRE(terms.backoff->max == 8ms);
  REQUIRE(terms.backoff->factor_percent == 900);
  REQUIRE(terms.backoff->jitter_percent == 10);
}

void require_job(const jobq::JobStatus& job) {
  REQUIRE(job.job == "j1");
  REQUIRE(job.client == "alice");
  REQUIRE(job.status == jobq::Status::kRetrying);
  REQUIRE(job.sequence == 1);
  REQUIRE(job.changed == 2);
  REQUIRE(job.priority == 3);
  REQUIRE(job.attempt == 4);
  REQUIRE(job.lost_leases == 5);
  REQUIRE(job.worker == "w");
  REQUIRE(job.submitted_at == jobq::Time(6ms));
  REQUIRE(job.accepted_at == jobq::Time(7ms));
  REQUIRE(job.lease_until == jobq::Time(8ms));
  REQUIRE(job.finished_at == jobq::Time(9ms));
  REQUIRE(job.response == "[1]");
  REQUIRE(job.error.code == "busy");
  REQUIRE(job.function == "copy");
  REQUIRE(job.tags == std::vector<std::string>{"a", "b"});
  REQUIRE(job.failures == 10);
  REQUIRE(job.releases == 11);
  REQUIRE(job.not_before == jobq::Time(12ms));
  REQUIRE(job.expires_at == jobq::Time(13ms));
  REQUIRE(job.attempt_until == jobq::Time(14ms));
  REQUIRE(job.progress == 0.5);
  REQUIRE(job.progress_message == "half");
  REQUIRE(job.cancel_requested_at == jobq::Time(15ms));
  REQUIRE(job.cancel_until == jobq::Time(16ms));
  REQUIRE(job.parent == "p");
  REQUIRE(job.child == "c");
  REQUIRE(job.log_lines == 17);
  REQUIRE(job.request_bytes == 18);
  require_terms(job.terms.value());
  REQUIRE(job.request == "{}");
  REQUIRE(job.trace == "00-t");
  REQUIRE(job.attempts.size() == 1);
  REQUIRE(job.attempts[0].attempt == 1);
  REQUIRE(job.attempts[0].worker == "w0");
  REQUIRE(job.attempts[0].accepted_at == jobq::Time(19ms));
  REQUIRE(job.attempts[0].ended_at == jobq::Time(20ms));
  REQUIRE(job.attempts[0].ending == jobq::Ending::kLeaseLost);
  REQUIRE(job.attempts[0].error.code == "lost");
  REQUIRE(job.attempts[0].error.message == "fell silent");
}

void answer_jobs(FakeStore& self, const Asked& asked) {
  self.reply(asked, 200, [&](protocol::Reply::Builder reply) {
    auto body = reply.getBody();
    const std::string path = asked.path();
    if (path.ends_with("/log")) {
      auto line = body.initLog().initLines(1)[0];
      line.setNumber(3);
      line.setTime(4);
      line.setAttempt(5);
      line.setLevel(protocol::LogLevel::WARNING);
      line.setText("paper is low");
      body.getLog().setCursor(3);
    } else if (path.ends_with("/explain")) {
      auto explanation = body.initExplanation();
      explanation.setStatus(protocol::Status::SUBMITTED);
      explanation.setEarliest(6);
      auto reason = explanation.initReasons(1)[0];
      reason.setKind(protocol::Reason::Kind::BEHIND);
      reason.setText("others come first");
      reason.setUntil(7);
      reason.setCount(8);
    } else {
      fill_job(body.initJob());
    }
  });
}

void require_log(const jobq::LogPage& page) {
  REQUIRE(page.cursor == 3);
  REQUIRE(page.lines.size() == 1);
  REQUIRE(page.lines[0].number == 3);
  REQUIRE(page.lines[0].time == jobq::Time(4ms));
  REQUIRE(page.lines[0].attempt == 5);
  REQUIRE(page.lines[0].level == jobq::LogLevel::kWarning);
  REQUIRE(page.lines[0].text == "paper is low");
}

void require_explanation(const jobq::Explanation& explanation) {
  REQUIRE(explanation.status == jobq::Status::kSubmitted);
  REQUIRE(explanation.earliest == jobq::Time(6ms));
  REQUIRE(explanation.reasons.size() == 1);
  REQUIRE(explanation.reasons[0].kind == jobq::Reason::Kind::kBehind);
  REQUIRE(explanation.reasons[0].text == "others come first");
  REQUIRE(explanation.reasons[0].until == jobq::Time(7ms));
  REQUIRE(explanation.reasons[0].count == 8);
}

}  // namespace

TEST_CASE("each option of a job is submitted") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    self.reply(asked, 200, [](protocol::Reply::Builder reply) {
      auto result = reply.getBody().initSubmitted(1)[0];
      result.setCode(200);
      fill_job(result.initJob());
    });
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  require_job(
      client.submit("scan", jobq::NewJob{.job = "j1",
                                         .request = "{}",
                                         .client = "alice",
                                         .priority = 300,
                                         .function = "copy",
                                         .not_before = jobq::Time(2s),
                                         .delay = 3s,
                                         .terms = {.keep_for = 1s,
                                                   .valid_for = 4s,
                                                   .timeout = 5s,
                                                   .failures_max = 6,
                                                   .lost_leases_max = 7,
                                                   .releases_max = 8,
                                                   .backoff = jobq::Backoff{.initial = 9s,
                                                                            .max = 10s,
                                                                            .factor_percent = 150,
                                                                            .jitter_percent = 11}},
                                         .tags = {"a", "b"},
                                         .trace = "00-t"}));
  client.submit("scan", jobq::NewJob{.job = "j2"});
  const auto asked = store.asked(2);
  const auto job = asked[0].request().getBody().getSubmit().getJobs()[0];
  REQUIRE(job.getPriority() == 255);  // which the store refuses; 300 would become 44
  REQUIRE(job.getKeepForMs() == 1'000);
  REQUIRE(job.getFunction() == "copy");
  REQUIRE(job.getNotBefore() == 2'000);
  REQUIRE(job.getDelayMs() == 3'000);
  REQUIRE(job.getValidForMs() == 4'000);
  REQUIRE(job.getTimeoutMs() == 5'000);
  REQUIRE(job.getFailuresMax() == 6);
  REQUIRE(job.getLostLeasesMax() == 7);
  REQUIRE(job.getReleasesMax() == 8);
  REQUIRE(job.getBackoff().getInitialMs() == 9'000);
  REQUIRE(job.getBackoff().getMaxMs() == 10'000);
  REQUIRE(job.getBackoff().getFactorPercent() == 150);
  REQUIRE(job.getBackoff().getJitterPercent() == 11);
  REQUIRE(job.getTags().size() == 2);
  REQUIRE(job.getTags()[1] == "b");
  REQUIRE(job.getTrace() == "00-t");
  REQUIRE_FALSE(asked[1].request().getBody().getSubmit().getJobs()[0].hasBackoff());
}

TEST_CASE("a client reads, cancels and explains a job") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), answer_jobs);
  jobq::Client client(quick_connection(directory.endpoint()));
  require_job(client.status("scan", "j1", "alice", {.with_attempts = true}));
  require_job(client.status("scan", "j1", "alice", {.with_request = true}));
  require_job(client.cancel("scan", "j1", "alice"));
  require_log(client.log("scan", "j1", "alice", {.after = 2, .limit = 50}));
  require_explanation(client.explain("scan", "j1", "alice"));

  const auto asked = store.asked(5);
  const auto query = [&](std::size_t i) { return asked[i].request().getBody().getJobQuery(); };
  REQUIRE(query(0).getWithAttempts());
  REQUIRE_FALSE(query(0).getWithRequest());
  REQUIRE_FALSE(query(1).getWithAttempts());
  REQUIRE(query(1).getWithRequest());
  REQUIRE(asked[2].path() == "/scan/job/j1/cancel");
  REQUIRE(asked[2].request().getMethod() == protocol::Method::POST);
  REQUIRE(query(2).getJob() == "j1");
  REQUIRE(query(2).getClient() == "alice");
  REQUIRE(asked[3].path() == "/scan/job/j1/log");
  REQUIRE(asked[3].request().getMethod() == protocol::Method::GET);
  const auto log = asked[3].request().getBody().getLogQuery();
  REQUIRE(log.getClient() == "alice");
  REQUIRE(log.getAfter() == 2);
  REQUIRE(log.getLimit() == 50);
  REQUIRE(asked[4].path() == "/scan/job/j1/explain");
  REQUIRE(asked[4].request().getMethod() == protocol::Method::GET);
  REQUIRE(query(4).getClient() == "alice");
}

TEST_CASE("a driver reads, cancels and explains any client's job") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), answer_jobs);
  jobq::Driver driver(quick_connection(directory.endpoint()));
  require_job(driver.status("scan", "j1", {.with_attempts = true, .with_request = true}));
  require_job(driver.cancel("scan", "j1"));
  require_log(driver.log("scan", "j1", {.after = 2}));
  require_explanation(driver.explain("scan", "j1"));

  const auto asked = store.asked(4);
  REQUIRE(asked[0].path() == "/jobs/scan/job/j1/");
  REQUIRE(asked[0].request().getBody().getJobQuery().getWithAttempts());
  REQUIRE(asked[0].request().getBody().getJobQuery().getWithRequest());
  REQUIRE(asked[1].path() == "/jobs/scan/job/j1/cancel");
  REQUIRE(asked[1].request().getMethod() == protocol::Method::POST);
  REQUIRE(asked[2].path() == "/jobs/scan/job/j1/log");
  REQUIRE(asked[3].path() == "/jobs/scan/job/j1/explain");
}

TEST_CASE("a list is narrowed by function, tag and text") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    self.reply(asked, 200, [](protocol::Reply::Builder reply) { reply.getBody().initJobs(); });
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  client.list("scan", {.function = "copy", .tag = "a", .text = "page"});
  const auto asked = store.asked(1);
  const auto query = asked[0].request().getBody().getListQuery();
  REQUIRE(query.getFunction() == "copy");
  REQUIRE(query.getTag() == "a");
  REQUIRE(query.getText() == "page");
}

TEST_CASE("a job that is refused for a limit says when to try again, and is not repeated") {
  const TemporaryDirectory directory;
  const unsigned code = GENERATE(429u, 503u);
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    const FillReply fill = [&](protocol::Reply::Builder reply) {
      auto item = reply.getBody().initSubmitted(1)[0];
      item.setCode(static_cast<std::uint16_t>(code));
      item.setError("refused");
      item.setRetryAfterMs(1'500);
    };
    self.reply(asked, code, fill, "refused");
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  try {
    client.submit("scan", jobq::NewJob{.job = "j1"});
    FAIL("was not refused");
  } catch (const jobq::Refused& refused) {
    REQUIRE(refused.code() == code);
    REQUIRE(refused.retry_after() == 1'500ms);
  }
  REQUIRE(client.submit_many("scan", std::vector{jobq::NewJob{.job = "j1"}}).at(0).retry_after ==
          1'500ms);
  REQUIRE(store.asked().size() == 2);
}

TEST_CASE("a whole message that is refused says when to try again") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    self.reply(
        asked, 429, [](protocol::Reply::Builder reply) { reply.setRetryAfterMs(2'500); }, "busy");
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  try {
    client.status("scan", "j1");
    FAIL("was not refused");
  } catch (const jobq::Refused& refused) {
    REQUIRE(refused.retry_after() == 2'500ms);
  }
}

TEST_CASE("each word has a name") {
  const auto require_names = [](auto last, const std::vector<std::string_view>& names) {
    using Enum = decltype(last);
    REQUIRE(names.size() == static_cast<std::size_t>(last) + 1);
    for (std::size_t i = 0; i < names.size(); ++i) {
      REQUIRE(to_string(static_cast<Enum>(i)) == names[i]);
    }
  };
  require_names(jobq::Status::kForbidden, {"submitted", "accepted", "retrying", "complete",
                                           "failed", "cancelled", "forbidden"});
  require_names(jobq::Ending::kUndelivered, {"complete", "failed", "forbidden", "cancelled",
                                             "released", "timeout", "lease-lost", "undelivered"});
  require_names(jobq::LogLevel::kError, {"debug", "info", "warning", "error"});
  require_names(jobq::Reason::Kind::kDue, {"final", "running", "not-before", "backoff", "paused",
                                           "concurrency", "behind", "no-worker", "due"});
  require_names(jobq::Mode::kDraining, {"running", "paused", "draining"});
  require_names(jobq::RequestRecord::Kind::kCancel, {"job", "cancel"});
}
