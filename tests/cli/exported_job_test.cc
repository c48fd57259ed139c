#include "exported_job.h"

#include <catch2/catch.hpp>

#include "../describe/describe.h"
#include "failure.h"
#include "json_fields.h"

using namespace tools;
using namespace std::chrono_literals;

namespace {

const jobq::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 12h + 7ms;

jobq::JobStatus with_everything() {
  jobq::JobStatus job;
  job.job = "j1";
  job.client = "alice";
  job.status = jobq::Status::kRetrying;
  job.sequence = UINT64_MAX;
  job.changed = 9;
  job.priority = 50;
  job.attempt = UINT32_MAX;
  job.lost_leases = 1;
  job.worker = "host:1";
  job.submitted_at = kNow;
  job.accepted_at = kNow + 1s;
  job.lease_until = kNow + 2s;
  job.finished_at = kNow + 3s;
  job.response = R"({"n": 12345678901234567890.10})";
  job.error = {"exit-1", "no such\npage", "trace\n\tÜ"};
  job.function = "ocr";
  job.tags = {"a4", "colour"};
  job.failures = 2;
  job.releases = 3;
  job.not_before = kNow + 4s;
  job.expires_at = kNow + 5s;
  job.attempt_until = kNow + 6s;
  job.progress = 0.25;
  job.progress_message = "page 1";
  job.cancel_requested_at = kNow + 7s;
  job.cancel_until = kNow + 8s;
  job.parent = "j0";
  job.child = "j2";
  job.log_lines = 4;
  job.request_bytes = 5;
  job.terms = jobq::Terms{.keep_for = 1h,
                          .failures_max = 5,
                          .lost_leases_max = 3,
                          .backoff = jobq::Backoff{.initial = 0s, .max = 0s, .jitter_percent = 0}};
  job.request = R"([1, "two"])";
  job.trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  job.attempts = {{1, "host:0", kNow, kNow + 1s, jobq::Ending::kLeaseLost, {}},
                  {2, "host:1", kNow, kNow + 2s, jobq::Ending::kReleased, {"", "draining", ""}}};
  job.content = std::string(32, 'a');
  return job;
}

std::string problem(const std::string& line) {
  try {
    static_cast<void>(exported_job(line));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "taken";
}

}  // namespace

TEST_CASE("a line of an export is the job that it was made of") {
  const jobq::JobStatus job = with_everything();
  CHECK(describe(exported_job(job_text(job))) == describe(job));
  CHECK(describe(exported_job(job_text({}))) == describe(jobq::JobStatus()));
}

TEST_CASE("a job is one line, also where its request has several") {
  jobq::JobStatus job = with_everything();
  job.request = "[1,\r\n2]\n";
  const std::string line = job_text(job);
  CHECK(line.find_first_of("\r\n") == std::string::npos);
  CHECK(exported_job(line).request == "[1,  2]");
}

TEST_CASE("what is no job of an export is named by its field") {
  CHECK_THAT(problem("{"), Catch::StartsWith("not JSON: "));
  CHECK(problem("[]") == "not a JSON object");
  CHECK(problem(R"({"job":"a","job":"b"})") == "field job: it stands there twice");
  CHECK(problem(R"({"state":1})") == "field state: there is no such field");
  CHECK(problem(R"({"job":7})") == "field job: a text is expected");
  CHECK(problem(R"({"attempt":-1})") ==
        "field attempt: a whole number from 0 to 4294967295 is expected");
  CHECK(problem(R"({"attempt":4294967296})") ==
        "field attempt: a whole number from 0 to 4294967295 is expected");
  CHECK(problem(R"({"status":"done"})") == "field status: 'done' is no word of it");
  CHECK_THAT(problem(R"({"finishedAt":"soon"})"), Catch::StartsWith("field finishedAt: a time "));
  CHECK(problem(R"({"tags":"a"})") == "field tags: a list is expected");
  CHECK(problem(R"({"tags":["a",1]})") == "field tags[1]: a text is expected");
  CHECK(problem(R"({"terms":{"backoff":7}})") == "field terms.backoff: an object is expected");
  CHECK(problem(R"({"attempts":[{},{"ending":"x"}]})") ==
        "field attempts[1].ending: 'x' is no word of it");
  CHECK(problem(R"({"progress":"half"})") == "field progress: a number is expected");
}
