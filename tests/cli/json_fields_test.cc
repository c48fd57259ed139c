#include "json_fields.h"

#include <catch2/catch.hpp>

using namespace tools;
using namespace std::chrono_literals;

namespace {

const jobq::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 12h;

jobq::JobStatus complete_job() {
  jobq::JobStatus job;
  job.job = "j1";
  job.client = "alice";
  job.status = jobq::Status::kComplete;
  job.sequence = 7;
  job.changed = 9;
  job.priority = 50;
  job.attempt = 1;
  job.worker = "w";
  job.submitted_at = kNow;
  job.accepted_at = kNow + 1s;
  job.finished_at = kNow + 2s;
  job.response = R"({"n": 12345678901234567890.10})";
  return job;
}

}  // namespace

TEST_CASE("a job is rendered with the protocol's names; its response stays as written") {
  const jobq::JobStatus job = complete_job();
  const std::string text = job_text(job);
  CHECK(text ==
        R"({"job":"j1","client":"alice","status":"complete","sequence":7,"changed":9,)"
        R"("priority":50,"attempt":1,"failures":0,"lostLeases":0,"releases":0,"worker":"w",)"
        R"("submittedAt":"2026-11-23T12:00:00.000Z","acceptedAt":"2026-11-23T12:00:01.000Z",)"
        R"("finishedAt":"2026-11-23T12:00:02.000Z","response":{"n": 12345678901234567890.10}})");
  CHECK_FALSE(json_problem(text));
}

TEST_CASE("what is not set is left out") {
  jobq::JobStatus job;
  job.job = "j1";
  const Json json = fields_of(job);
  for (const char* name : {"worker",       "acceptedAt", "leaseUntil",
                           "finishedAt",   "error",      "function",
                           "tags",         "notBefore",  "expiresAt",
                           "attemptUntil", "progress",   "progressMessage",
                           "parent",       "child",      "cancelRequestedAt",
                           "cancelUntil",  "logLines",   "trace",
                           "terms",        "attempts",   "request"}) {
    INFO(name);
    CHECK_FALSE(json.contains(name));
  }
  CHECK(job_text(job) == to_text(json));
}

TEST_CASE("an error has its code, message and detail") {
  jobq::JobStatus job;
  job.status = jobq::Status::kFailed;
  job.error = {"exit-1", "no such\npage \xFF", {}};
  const std::string text = to_text(fields_of(job));
  CHECK_THAT(text, Catch::Contains(R"("error":{"code":"exit-1","message":"no such\npage )"));
  CHECK_FALSE(json_problem(text));
  job.error.detail = "trace";
  CHECK(fields_of(job)["error"]["detail"] == "trace");
}

TEST_CASE("the store's status and counters have the protocol's names") {
  jobq::StoreStatus store;
  store.version = "0.1.0";
  store.uptime = 5s;
  store.request_endpoints = {"ipc:///tmp/r"};
  const Json status = fields_of(store);
  CHECK(status["uptimeMs"] == 5000);
  CHECK(status["requestEndpoints"][0] == "ipc:///tmp/r");
  jobq::StoreStats counters;
  counters.waiters_parked = UINT64_MAX;
  counters.subscriptions_ignored = 20;
  const Json fields = fields_of(counters);
  CHECK(fields.size() == 21);
  CHECK(fields["subscriptionsIgnored"] == 20);
  CHECK_THAT(to_text(fields_of(counters)),
             Catch::Contains(R"("waitersParked":18446744073709551615)"));
}

TEST_CASE("all that a job can have is shown") {
  jobq::JobStatus job;
  job.function = "ocr";
  job.tags = {"a", "b"};
  job.failures = 1;
  job.releases = 2;
  job.not_before = job.expires_at = job.attempt_until = kNow;
  job.cancel_requested_at = job.cancel_until = kNow;
  job.progress = 0.7F;
  job.progress_message = "half";
  job.parent = "p";
  job.child = "c";
  job.log_lines = 3;
  job.trace = "t";
  job.request = "[ 1.0 ]";
  job.terms = jobq::Terms{.keep_for = 1s, .failures_max = 5, .backoff = jobq::Backoff{}};
  job.attempts = {{.attempt = 1,
                   .worker = "w",
                   .accepted_at = kNow,
                   .ended_at = kNow,
                   .ending = jobq::Ending::kReleased,
                   .error = {{}, "drained", {}}}};
  const std::string text = job_text(job);
  REQUIRE_FALSE(json_problem(text));
  CHECK_THAT(text, Catch::EndsWith(R"("request":[ 1.0 ]})"));
  const Json json = Json::parse(text);
  CHECK(json["tags"] == Json({"a", "b"}));
  CHECK(json["failures"] == 1);
  CHECK(json["releases"] == 2);
  for (const char* name :
       {"notBefore", "expiresAt", "attemptUntil", "cancelRequestedAt", "cancelUntil"}) {
    CHECK(json[name] == "2026-11-23T12:00:00.000Z");
  }
  CHECK_THAT(text, Catch::Contains(R"("progress":0.7,)"));
  CHECK(json["terms"] == Json::parse(R"({"keepForMs": 1000, "failuresMax": 5, "backoff":
      {"initialMs": 1000, "factorPercent": 200, "maxMs": 3600000, "jitterPercent": 20}})"));
  CHECK(json["attempts"][0]["ending"] == "released");
  CHECK(json["attempts"][0]["error"]["message"] == "drained");
}

TEST_CASE("a request's record has the job with its request in it") {
  jobq::RequestRecord record{.sequence = 7, .time = kNow};
  record.kind = jobq::RequestRecord::Kind::kCancel;
  record.job.job = "j1";
  record.job.request = "{\"n\": 1.0}";
  const std::string text = record_text(record);
  CHECK_THAT(text,
             Catch::StartsWith(R"({"sequence":7,"time":"2026-11-23T12:00:00.000Z","kind":"cancel",)"
                               R"("job":{"job":"j1",)"));
  CHECK_THAT(text, Catch::EndsWith(R"("request":{"n": 1.0}}})"));
  CHECK_FALSE(json_problem(text));
}

TEST_CASE("a configuration shows what differs from the store's") {
  jobq::DatasourceConfig config{.datasource = "scan"};
  CHECK(to_text(fields_of(config)) == R"({"datasource":"scan","mode":"running","terms":{}})");
  config.running_max = 8;
  config.lease = 10s;
  config.weights = {{.client = "alice", .weight = 3}};
  CHECK(to_text(fields_of(config)) ==
        R"({"datasource":"scan","mode":"running","terms":{},"leaseMs":10000,"runningMax":8,)"
        R"("weights":[{"client":"alice","weight":3}]})");
}
