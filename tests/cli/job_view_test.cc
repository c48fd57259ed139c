#include "job_view.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

using namespace tools;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

const jobq::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 12h;

void use_utc() {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
}

jobq::JobStatus running_job() {
  use_utc();
  jobq::JobStatus job;
  job.job = "j1";
  job.client = "alice";
  job.status = jobq::Status::kAccepted;
  job.attempt = 2;
  job.worker = "w1";
  job.submitted_at = kNow - 60s;
  return job;
}

}  // namespace

TEST_CASE("a change is one line") {
  jobq::JobStatus job = running_job();
  CHECK(change_line(job, kNow, kNow) == "12:00:00Z accepted by w1, attempt 2");
  job.progress = 0.299;
  job.progress_message = "page\n3";
  CHECK(change_line(job, kNow, kNow) == "12:00:00Z accepted by w1, attempt 2, 29 %, page 3");
  job.cancel_requested_at = kNow;
  CHECK_THAT(change_line(job, kNow, kNow), Catch::EndsWith(", cancel requested"));
  job.status = jobq::Status::kRetrying;
  job.not_before = kNow + 5s;
  job.error = {"exit-1", "no network", {}};
  CHECK(change_line(job, kNow, kNow) ==
        "12:00:00Z retrying, not before 12:00:05Z: exit-1: no network");
  job = {};
  CHECK(change_line(job, kNow - 2s, kNow) == "11:59:58Z submitted");
  CHECK(change_line(job, {}, kNow) == "- submitted");
}

TEST_CASE("a change has the time at which it happened, as far as the job tells") {
  jobq::JobStatus job = running_job();
  const jobq::Time otherwise = kNow - 1s;
  job.accepted_at = kNow - 30s;
  CHECK(changed_at(job, otherwise) == job.accepted_at);
  job.progress = 0.5;
  CHECK(changed_at(job, otherwise) == otherwise);
  job.status = jobq::Status::kRetrying;
  CHECK(changed_at(job) == jobq::Time{});
  job.status = jobq::Status::kComplete;
  job.finished_at = kNow - 3s;
  CHECK(changed_at(job, otherwise) == job.finished_at);
  job = {};
  job.submitted_at = kNow - 90s;
  CHECK(changed_at(job, otherwise) == job.submitted_at);
}

TEST_CASE("a reason is a sentence") {
  jobq::Reason reason{.text = "it waits"};
  CHECK(reason_sentence(reason, kNow) == "It waits.");
  reason.until = kNow + 90s;
  use_utc();
  CHECK(reason_sentence(reason, kNow) == "It waits, until 12:01:30Z (in 90 s).");
  CHECK(reason_sentence({.text = "8 jobs run"}, kNow) == "8 jobs run.");
}

TEST_CASE("details show counters with their limits, terms and history") {
  jobq::JobStatus job = running_job();
  job.function = "ocr";
  job.tags = {"a", "b"};
  job.failures = 1;
  job.lost_leases = 2;
  job.releases = 3;
  job.progress = 0.5;
  job.progress_message = "page 5";
  job.terms = jobq::Terms{.keep_for = 1h,
                          .timeout = 90s,
                          .failures_max = 5,
                          .lost_leases_max = 3,
                          .backoff = jobq::Backoff{}};
  job.attempts = {{.attempt = 1,
                   .worker = "w0",
                   .accepted_at = kNow - 30s,
                   .ended_at = kNow - 10s,
                   .ending = jobq::Ending::kTimeout,
                   .error = {"timeout", "too slow", {}}}};
  job.request = "{}";
  const std::string text = job_details(job, kNow, {});
  CHECK_THAT(text, Contains("function     ocr\n") && Contains("tags         a b\n"));
  CHECK_THAT(text, Contains("progress     ") && Contains(" 50 %  page 5\n"));
  CHECK_THAT(text, Contains("failures     1 of 5\n") && Contains("lost leases  2 of 3\n"));
  CHECK_THAT(text, Contains("releases     3\n"));  // without limit
  CHECK_THAT(text, Contains("keep for     1h\n") && Contains("time limit   1m30s\n"));
  CHECK_THAT(text, Contains("backoff      initial=1s,factor=2,max=1h,jitter=20%\n"));
  CHECK_THAT(text, Contains("ATTEMPT  WORKER  ACCEPTED   TOOK  END      WHY\n"
                            "      1  w0      11:59:30Z  20 s  timeout  timeout: too slow\n"));
  CHECK_THAT(text, Contains("request\n  {}\n"));
}

TEST_CASE("what is not there is not shown") {
  jobq::JobStatus job;
  job.job = "j1";
  CHECK(job_details(job, kNow, {}) ==
        "job       j1\n"
        "status    submitted\n"
        "priority  0\n");
}

TEST_CASE("a list has columns for what its jobs have") {
  jobq::JobStatus job = running_job();
  CHECK(job_table({job}, kNow, {}) ==
        "JOB  CLIENT  STATUS    PRIORITY  ATTEMPT  SUBMITTED  WORKER\n"
        "j1   alice   accepted         0        2  11:59:00Z  w1\n");
  job.function = "ocr";
  job.tags = {"a", "b"};
  job.progress = 0.5;
  CHECK(job_table({job, running_job()}, kNow, {}) ==
        "JOB  CLIENT  FUNCTION  STATUS    PROGRESS  PRIORITY  ATTEMPT  SUBMITTED  WORKER  TAGS\n"
        "j1   alice   ocr       accepted      50 %         0        2  11:59:00Z  w1      a b\n"
        "j1   alice   -         accepted         -         0        2  11:59:00Z  w1      -\n");
}
