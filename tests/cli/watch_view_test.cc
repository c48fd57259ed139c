#include "watch_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "json_fields.h"
#include "time_text.h"
#include "utf8.h"

using namespace tools;
using namespace std::chrono_literals;
using Kind = jobq::EventKind;
using Why = jobq::WatchRepair::Reason;

namespace {

const jobq::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 12h;
const std::string kClock = clock_text(kNow, kNow);

jobq::Event event(Kind kind, jobq::Status status = jobq::Status::kAccepted) {
  return {.sequence = 12,
          .kind = kind,
          .datasource = "scan",
          .job = "j7",
          .client = "alice",
          .time = kNow,
          .status = status,
          .attempt = 2,
          .job_sequence = 5};
}

std::string line(const jobq::Event& event) {
  const std::string text = event_line(event, {.now = kNow});
  REQUIRE(text.starts_with(kClock + " j7 "));
  return text.substr(kClock.size() + 4);
}

jobq::JobStatus job(const std::string& id, std::uint64_t sequence, jobq::Status status) {
  jobq::JobStatus job;
  job.job = id;
  job.client = "alice";
  job.sequence = sequence;
  job.status = status;
  job.submitted_at = kNow - 90s;
  return job;
}

}  // namespace

TEST_CASE("an event is a line that says what has become of the job") {
  jobq::Event accepted = event(Kind::kAccepted);
  accepted.worker = "w1";
  CHECK(line(accepted) == "accepted by w1, attempt 2");
  jobq::Event progress = event(Kind::kProgress);
  progress.progress = 0.25;
  progress.message = "page 1\nof 4";
  CHECK(line(progress) == "progress 25 %, page 1 of 4");
  jobq::Event log = event(Kind::kLog);
  log.log = jobq::LogLine{.number = 1, .level = jobq::LogLevel::kWarning, .text = "empty"};
  CHECK(line(log) == "log warning empty");
  jobq::Event retrying = event(Kind::kRetrying, jobq::Status::kRetrying);
  retrying.error = {"exit-1", "no page", {}};
  retrying.not_before = kNow + 2s;
  CHECK(line(retrying) == "retrying exit-1: no page, not before " + clock_text(kNow + 2s, kNow));
  jobq::Event submitted = event(Kind::kSubmitted, jobq::Status::kSubmitted);
  CHECK(line(submitted) == "submitted");
  submitted.function = "ocr";
  submitted.parent = "j1";
  CHECK(line(submitted) == "submitted for ocr, restarts j1");
  CHECK(line(event(Kind::kLeaseLost)) == "lease-lost");
  CHECK(line(event(Kind::kOther)) == "other accepted");
}

TEST_CASE("where there are several clients, each line says whose job it is") {
  CHECK(event_line(event(Kind::kComplete), {.now = kNow, .shows_client = true}) ==
        kClock + " alice j7 complete");
}

TEST_CASE("a snapshot has a line for each job; a loss is said first") {
  jobq::WatchSnapshot snapshot{.jobs = {job("a", 1, jobq::Status::kSubmitted)}, .cursor = 9};
  CHECK(snapshot_lines(snapshot, {.now = kNow}) ==
        "-- 1 job after event 9\n" + clock_text(kNow - 90s, kNow) + " a submitted\n");
  snapshot.is_after_loss = true;
  CHECK_THAT(snapshot_lines(snapshot, {.now = kNow}),
             Catch::StartsWith("-- events up to 9 are lost") && Catch::Contains("\n-- 1 job "));
}

TEST_CASE("each trouble has a marker of its own, with the cursor") {
  std::set<std::string> lines;
  for (const Why why :
       {Why::kGap, Why::kEnded, Why::kSilence, Why::kDisconnected, Why::kNoStream, Why::kBack}) {
    const std::string text = repair_line({.reason = why, .cursor = 9});
    CHECK_THAT(text, Catch::StartsWith("-- ") && Catch::EndsWith(", after event 9"));
    lines.insert(text);
  }
  CHECK(lines.size() == 6);
}

TEST_CASE("the command to go on watches the same") {
  CHECK(command_to_go_on({.datasource = "scan"}, 1234) == "jobq watch scan --from 1234");
  CHECK(command_to_go_on({.datasource = "scan", .client = "alice", .job = "j"}, 1) ==
        "jobq watch scan --job j --client alice --from 1");
  CHECK(command_to_go_on({.datasource = "scan", .as_driver = true}, 1) ==
        "jobq watch scan --driver --from 1");
}

TEST_CASE("events as JSON have their kind, number and what belongs to them") {
  jobq::Event accepted = event(Kind::kAccepted);
  accepted.worker = "w1";
  accepted.until = kNow + 30s;
  CHECK(to_text(fields_of(accepted)) ==
        R"({"event":"accepted","sequence":12,"job":"j7","client":"alice","status":"accepted",)"
        R"("attempt":2,"time":"2026-11-23T12:00:00.000Z","datasource":"scan","jobSequence":5,)"
        R"("worker":"w1","until":"2026-11-23T12:00:30.000Z"})");
  // Also when there is none yet: a reader can rely on it.
  CHECK(fields_of(event(Kind::kProgress))["progress"] == 0.0);
  CHECK_FALSE(fields_of(event(Kind::kComplete)).contains("progress"));
  jobq::Event log = event(Kind::kLog);
  log.log = jobq::LogLine{.number = 3, .text = "x"};
  CHECK(fields_of(log)["log"]["number"] == 3);
  jobq::Event failed = event(Kind::kFailed);
  failed.error = {"exit-1", "no page", {}};
  CHECK(fields_of(failed)["error"]["code"] == "exit-1");
}

TEST_CASE("snapshots, losses and repairs are JSON lines too") {
  jobq::WatchSnapshot snapshot{.cursor = 9};
  CHECK(to_text(fields_of(snapshot)) == R"({"event":"snapshot","cursor":9,"jobs":[]})");
  snapshot.is_after_loss = true;
  snapshot.jobs = {job("a", 1, jobq::Status::kRetrying)};
  const Json lost = fields_of(snapshot);
  CHECK(lost["event"] == "lost");
  CHECK(lost["jobs"][0]["status"] == "retrying");
  CHECK(to_text(fields_of(jobq::WatchRepair{.reason = Why::kNoStream, .cursor = 9})) ==
        R"({"event":"repair","reason":"no-stream","cursor":9})");
}

TEST_CASE("the table follows the events") {
  WatchTable table;
  table.take(jobq::WatchSnapshot{.jobs = {job("old", 1, jobq::Status::kSubmitted)}}, kNow);
  CHECK(table.summary() == "1 submitted");
  jobq::Event accepted = event(Kind::kAccepted);
  accepted.worker = "w1";
  table.take(accepted, kNow);
  jobq::Event progress = event(Kind::kProgress);
  progress.progress = 0.5;
  progress.message = "half";
  table.take(progress, kNow);
  CHECK(table.summary() == "1 accepted, 1 submitted");
  CHECK(table.render(kNow + 3s, 0, {}) ==
        "JOB  CLIENT  STATUS     ATTEMPT  WORKER  PROGRESS   AGE  MESSAGE\n"
        "j7   alice   accepted         2  w1          50 %   3 s  half\n"
        "old  alice   submitted        0  -              -  93 s\n");
  CHECK(table.render(kNow + 3s, 0, {.width = 40}) ==
        "JOB  STATUS     PROGRESS   AGE  MESSAGE\n"
        "j7   accepted       50 %   3 s  half\n"
        "old  submitted         -  93 s\n");
  table.take(event(Kind::kCancelRequested), kNow);
  CHECK_THAT(table.render(kNow, 0, {}), Catch::Contains("accepted, cancel requested"));
  table.take(event(Kind::kAccepted), kNow);
  CHECK_THAT(table.render(kNow, 0, {}), !Catch::Contains("cancel") && Catch::Contains(" 0 %"));
}

TEST_CASE("the table of jobs with long names fits terminals of every width") {
  WatchTable table;
  jobq::WatchSnapshot snapshot;
  for (unsigned i = 1; i <= 3; ++i) {
    snapshot.jobs.push_back(job(fmt::format("{:08x}-8b86-4011-b42d-00c04fc964{:02x}", i * 7919, i),
                                i, jobq::Status::kAccepted));
    snapshot.jobs.back().client = "a-client-with-a-name-of-fifty-characters-or-rather-more";
    snapshot.jobs.back().worker = "host-of-workers:12345:0123456" + std::to_string(i);
    snapshot.jobs.back().progress = 0.5;
  }
  table.take(snapshot, kNow);
  jobq::Event progress = event(Kind::kProgress);
  progress.job_sequence = 3;
  progress.progress = 0.75;
  progress.message = "page 3 of 4, which has a long title that does not end here \u4e2d\u6587";
  table.take(progress, kNow);
  for (const std::size_t width : {60u, 80u, 120u, 200u}) {
    const std::string text = table.render(kNow, 0, {.width = width});
    INFO(text);
    for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
      CHECK(width_of(rest.substr(0, rest.find('\n'))) <= width);
    }
    for (const char* part : {"03", "accepted", "75 %", "90 s", "page 3"}) {
      CHECK_THAT(text, Catch::Contains(part));
    }
    CHECK((text.find("00001eef-8b86-4011-b42d-00c04fc96401") != std::string::npos) ==
          (width > 120));
  }
}

TEST_CASE("jobs that have ended stay for a few seconds") {
  WatchTable table;
  table.take(event(Kind::kComplete, jobq::Status::kComplete), kNow);
  CHECK_THAT(table.render(kNow + 4s, 0, {}), Catch::Contains("complete"));
  CHECK_THAT(table.render(kNow + 6s, 0, {}), !Catch::Contains("complete"));
  CHECK(table.summary() == "no jobs");
}

TEST_CASE("the table is no taller than it may be, and what runs comes first") {
  WatchTable table;
  jobq::WatchSnapshot snapshot;
  for (unsigned i = 1; i <= 9; ++i) {
    snapshot.jobs.push_back(job("w" + std::to_string(i), i, jobq::Status::kSubmitted));
  }
  snapshot.jobs.push_back(job("running", 10, jobq::Status::kAccepted));
  table.take(snapshot, kNow);
  const auto lines = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  for (const unsigned lines_max : {3u, 4u, 10u}) {
    const std::string text = table.render(kNow, lines_max, {});
    CHECK(lines(text) == lines_max);
    CHECK_THAT(text, Catch::Contains("\nrunning "));
    CHECK_THAT(text, Catch::EndsWith(" more\n"));
  }
  CHECK(lines(table.render(kNow, 11, {})) == 11);
  CHECK_THAT(table.render(kNow, 4, {}), Catch::EndsWith("... and 8 more\n"));
}

TEST_CASE("the summary says what is the matter with the stream, until it is back") {
  WatchTable table;
  table.take(jobq::WatchRepair{.reason = Why::kDisconnected}, kNow);
  CHECK(table.summary() == "no jobs; the store is away");
  table.take(jobq::WatchRepair{.reason = Why::kGap}, kNow);
  CHECK(table.summary() == "no jobs; the store is away");
  table.take(jobq::WatchRepair{.reason = Why::kBack}, kNow);
  CHECK(table.summary() == "no jobs");
}

TEST_CASE("a snapshot after a loss replaces what was known") {
  WatchTable table;
  table.take(event(Kind::kAccepted), kNow);
  table.take(jobq::WatchSnapshot{.is_after_loss = true}, kNow);
  CHECK(table.summary() == "no jobs");
}
