#include "json_text.h"

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

TEST_CASE("JSON is recognised", "[json]") {
  for (const char* text : {"null", " 1 ", "\"a\"", "{}", "[1, {\"a\": [true]}]\n", "1e5",
                           "\"\\ud83d\\ude00\"", "{\"a\":1,\"a\":2}", "123456789012345678901"}) {
    INFO(text);
    CHECK_FALSE(json_problem(text));
  }
}

TEST_CASE("what is wrong with JSON is told with its position, in one line", "[json]") {
  const auto problem = json_problem("{\n  \"page\": ,\n}");
  REQUIRE(problem);
  CHECK_THAT(*problem, Catch::StartsWith("line 2, column 11: "));
  CHECK(problem->find('\n') == std::string::npos);
  for (const char* text : {"", "  ", "{", "{} {}", "'a'", "nan", "[1,]", "\"a\nb\"", "\xFF",
                           "\"\xFF\"", "\xEF\xBB\xBF{}", "01"}) {
    INFO(text);
    CHECK(json_problem(text));
  }
}

TEST_CASE("deep nesting does not exhaust the stack", "[json]") {
  CHECK(json_problem(std::string(1'000'000, '[')));
}

TEST_CASE("a job is rendered with the protocol's names; its response stays as written", "[json]") {
  const jobq::JobStatus job = complete_job();
  const std::string text = to_text(fields_of(job), job.response);
  CHECK(text ==
        R"({"job":"j1","client":"alice","status":"complete","sequence":7,"changed":9,)"
        R"("priority":50,"attempt":1,"lostLeases":0,"worker":"w",)"
        R"("submittedAt":"2026-11-23T12:00:00.000Z","acceptedAt":"2026-11-23T12:00:01.000Z",)"
        R"("finishedAt":"2026-11-23T12:00:02.000Z","response":{"n": 12345678901234567890.10}})");
  CHECK_FALSE(json_problem(text));
}

TEST_CASE("what is not set is left out", "[json]") {
  jobq::JobStatus job;
  job.job = "j1";
  const Json json = fields_of(job);
  for (const char* name : {"worker", "acceptedAt", "leaseUntil", "finishedAt", "error"}) {
    CHECK_FALSE(json.contains(name));
  }
  CHECK(to_text(json, job.response) == to_text(json));
}

TEST_CASE("an error has its code, message and detail", "[json]") {
  jobq::JobStatus job;
  job.status = jobq::Status::kFailed;
  job.error = {"exit-1", "no such\npage \xFF", {}};
  const std::string text = to_text(fields_of(job));
  CHECK_THAT(text, Catch::Contains(R"("error":{"code":"exit-1","message":"no such\npage )"));
  CHECK_FALSE(json_problem(text));
  job.error.detail = "trace";
  CHECK(fields_of(job)["error"]["detail"] == "trace");
}

TEST_CASE("the store's status and counters have the protocol's names", "[json]") {
  jobq::StoreStatus store;
  store.version = "0.1.0";
  store.uptime = 5s;
  store.request_endpoints = {"ipc:///tmp/r"};
  const Json status = fields_of(store);
  CHECK(status["uptimeMs"] == 5000);
  CHECK(status["requestEndpoints"][0] == "ipc:///tmp/r");
  jobq::StoreStats counters;
  counters.waiters_parked = UINT64_MAX;
  CHECK(fields_of(counters).size() == 14);
  CHECK_THAT(to_text(fields_of(counters)),
             Catch::Contains(R"("waitersParked":18446744073709551615)"));
}
