#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <ctime>

#include "job_view.h"
#include "utf8.h"

using namespace tools;
using namespace std::chrono_literals;

namespace {

const jobq::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 12h;

jobq::JobStatus job_in(jobq::Status status) {
  jobq::JobStatus job;
  job.job = "j1";
  job.status = status;
  return job;
}

}  // namespace

TEST_CASE("a bar fills from left to right") {
  const auto line = [](double value) {
    return progress_line({.label = "accepted", .value = value}, {});
  };
  CHECK(line(0) == "accepted  [--------------------]   0 %");
  CHECK(line(0.3) == "accepted  [######--------------]  30 %");
  CHECK(line(1) == "accepted  [####################] 100 %");
}

TEST_CASE("what is nearly done is not said to be done") {
  CHECK(progress_line({.value = 0.9999}, {}) == "  [###################-]  99 %");
  CHECK(percent_of(0.99999) == 99);
}

TEST_CASE("a percentage comes back as it was said, though the store rounds") {
  for (int percent = 0; percent <= 100; ++percent) {
    CHECK(percent_of(static_cast<float>(percent / 100.0)) == percent);
  }
}

TEST_CASE("values that cannot be are taken for the nearest") {
  const auto line = [](double value) { return progress_line({.value = value}, {}); };
  CHECK(line(-1) == line(0));
  CHECK(line(7) == line(1));
  CHECK(line(NAN) == line(0));
  CHECK(line(INFINITY) == line(1));
}

TEST_CASE("message and label are there without a value") {
  CHECK(progress_line({.label = "submitted"}, {}) == "submitted");
  CHECK(progress_line({.label = "retrying", .message = "later"}, {}) == "retrying  later");
  CHECK(progress_line({.label = "accepted", .value = 0.5, .message = "page 5"}, {}) ==
        "accepted  [##########----------]  50 %  page 5");
}

TEST_CASE("a line never breaks at the terminal's edge") {
  const ProgressView view{
      .label = "accepted", .value = 0.5, .message = "page \u20ac of many pages"};
  CHECK(progress_line(view, {.width = 50}) ==
        "accepted  [##########----------]  50 %  page \u20ac o\u2026");
  CHECK(progress_line(view, {.width = 30}) == "accepted  50 %  page \u20ac of ma\u2026");
  for (std::size_t width = 1; width < 80; ++width) {
    INFO(width);
    CHECK(width_of(progress_line(view, {.width = width})) <= std::max<std::size_t>(width - 1, 1));
  }
}

TEST_CASE("a message cannot move the cursor or colour the terminal") {
  CHECK(progress_line({.label = "a", .message = "x\r\n\033[2Jy"}, {}) == "a  x  \uFFFD[2Jy");
}

TEST_CASE("label and bar are coloured, the message is not") {
  CHECK(progress_line({.label = "failed", .style = Style::kBad, .message = "x"},
                      {.has_colours = true}) == "\033[31mfailed\033[0m  x");
  CHECK(progress_line({.label = "cancelled", .style = Style::kBad},
                      {.has_colours = true, .width = 6}) == "\033[31mcanc\u2026\033[0m");
}

TEST_CASE("a running job shows its progress and attempt") {
  jobq::JobStatus job = job_in(jobq::Status::kAccepted);
  job.attempt = 1;
  job.progress = 0.25;
  job.progress_message = "a quarter";
  CHECK(progress_of(job, kNow).label == "accepted");
  CHECK(progress_of(job, kNow).value == 0.25);
  CHECK(progress_of(job, kNow).message == "a quarter");
  job.attempt = 2;
  job.cancel_requested_at = kNow;
  CHECK(progress_of(job, kNow).label == "accepted (attempt 2), cancel requested");
}

TEST_CASE("a job that waits shows what it waits for, not old progress") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  jobq::JobStatus job = job_in(jobq::Status::kRetrying);
  job.progress = 0.25;
  job.progress_message = "a quarter";
  job.not_before = kNow + 90s;
  job.error = {"exit-1", "no network", {}};
  CHECK_FALSE(progress_of(job, kNow).value);
  CHECK(progress_of(job, kNow).message == "not before 12:01:30Z; exit-1: no network");
  CHECK(progress_of(job, kNow + 90s).message == "exit-1: no network");
  CHECK(progress_of(job_in(jobq::Status::kSubmitted), kNow).message.empty());
}
