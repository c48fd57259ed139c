// import: jobs of an export, in the states that they are in there.
#include "engine_fixture.h"

namespace store {
namespace {

jobq::JobStatus exported(const std::string& id, Status status, Time now) {
  jobq::JobStatus job;
  job.job = id;
  job.client = "alice";
  job.status = status;
  job.priority = 70;
  job.function = "ocr";
  job.submitted_at = now - 1h;
  job.terms = Terms{.keep_for = 2h, .failures_max = 5, .lost_leases_max = 3, .backoff = Backoff()};
  job.request = "[1]";
  job.content = std::string(31, '0') + "1";
  if (status != Status::kSubmitted) {
    job.attempt = 3;
    job.failures = 1;
    job.lost_leases = 1;
    job.worker = "w9";
    job.accepted_at = now - 30min;
    job.attempts = {{1, "w8", now - 50min, now - 45min, Ending::kFailed, {"broken", "twice", ""}}};
  }
  if (is_final(status)) {
    job.finished_at = now - 1min;
    job.attempts.push_back({3, "w9", job.accepted_at, job.finished_at, Ending::kFailed, {}});
  }
  return job;
}

class ImportFixture : public ReplayedEngine {
 public:
  std::variant<SubmitReply::Result, Refused> try_import(jobq::JobStatus job) {
    return std::get<SubmitReply>(*apply(Import{"scan", {std::move(job)}})).items.at(0);
  }
  JobView import(jobq::JobStatus job) {
    const auto result = std::get<SubmitReply::Result>(try_import(std::move(job)));
    REQUIRE(result.created);
    return result.job;
  }
  Refused refused(const jobq::JobStatus& job) {
    return unchanged([&] { return std::get<Refused>(try_import(job)); });
  }
  ListReply export_all() {
    ListJobs command = list_command(std::nullopt);
    command.is_export = true;
    return ask<ListReply>(command);
  }
};

}  // namespace

TEST_CASE_METHOD(ImportFixture, "a final job is imported as it was, and stays so", "[import]") {
  for (const Status status :
       {Status::kComplete, Status::kFailed, Status::kCancelled, Status::kForbidden}) {
    const std::string id(to_string(status));
    const jobq::JobStatus job = exported(id, status, now);
    const JobView view = import(job);
    CHECK(view.status == status);
    CHECK(view.finished_at == job.finished_at);
    CHECK(view.submitted_at == job.submitted_at);
    CHECK(view.accepted_at == job.accepted_at);
    CHECK(view.attempt == 3);
    CHECK(view.failures == 1);
    CHECK(view.lost_leases == 1);
    CHECK(view.worker == "w9");
    CHECK(events.back().kind == Event::Kind::kSubmitted);
    CHECK(events.back().status == status);
  }
  CHECK(accept(10).empty());
  CHECK(engine.state().jobs.finished_count() == 4);
  advance(118min);
  CHECK(engine.state().jobs.finished_count() == 4);
  advance(1min);
  CHECK(engine.state().jobs.finished_count() == 0);
}

TEST_CASE_METHOD(ImportFixture, "a job that waits goes on with what it has used up", "[import]") {
  jobq::JobStatus job = exported("a", Status::kRetrying, now);
  job.failures = 4;
  job.not_before = now + 10s;
  job.error = {"broken", "twice", "tray 2"};
  CHECK(import(job).status == Status::kRetrying);
  CHECK(accept().empty());
  advance(10s);
  const Lease lease = accept_one();
  CHECK(lease.attempt == 4);
  retry(lease);
  CHECK(status("a") == Status::kFailed);

  job = exported("b", Status::kSubmitted, now);
  job.expires_at = now + 5s;
  import(job);
  advance(5s);
  CHECK(status("b") == Status::kFailed);
}

TEST_CASE_METHOD(ImportFixture, "a job that a worker had waits again at no cost", "[import]") {
  import(exported("a", Status::kAccepted, now));
  CHECK(status("a") == Status::kSubmitted);
  CHECK(view("a").lost_leases == 1);
  CHECK(accept_one().attempt == 4);
}

TEST_CASE_METHOD(ImportFixture, "a cancel that was requested is not lost", "[import]") {
  jobq::JobStatus job = exported("a", Status::kAccepted, now);
  job.cancel_requested_at = now - 1s;
  const JobView view = import(job);
  CHECK(view.status == Status::kCancelled);
  CHECK(view.finished_at == now);
}

TEST_CASE_METHOD(ImportFixture, "the same job again changes nothing, another one is refused",
                 "[import]") {
  const jobq::JobStatus job = exported("a", Status::kSubmitted, now);
  import(job);
  complete(accept_one());
  const auto again = unchanged([&] { return std::get<SubmitReply::Result>(try_import(job)); });
  CHECK_FALSE(again.created);
  CHECK(again.job.status == Status::kComplete);
  jobq::JobStatus other = job;
  other.content[0] = 'f';
  CHECK(refused(other).code == Code::kConflict);
  other = job;
  other.client = "bob";
  CHECK(refused(other).code == Code::kConflict);
}

TEST_CASE_METHOD(ImportFixture, "who submits an imported job again is told of it", "[import]") {
  submit({.job = "a", .request = "[7]", .tags = {"x"}});
  const JobView first = export_all().jobs.at(0);
  CHECK(first.terms);
  jobq::JobStatus job = first;
  job.request = "[7]";
  Import command{"print", {job}};
  ask<SubmitReply>(command);
  const auto again =
      try_submit({.job = "a", .request = "[7]", .tags = {"x"}, .datasource = "print"});
  CHECK_FALSE(std::get<SubmitReply::Result>(again).created);
  const auto other = try_submit({.job = "a", .request = "[8]", .datasource = "print"});
  CHECK(std::get<Refused>(other).code == Code::kConflict);
}

TEST_CASE_METHOD(ImportFixture, "limits hold for imported jobs", "[import]") {
  jobq::JobStatus over = exported("a", Status::kComplete, now);
  over.finished_at = now - 2h;
  CHECK(refused(over).code == Code::kGone);
  configure({.waiting_max = 1});
  import(exported("b", Status::kSubmitted, now));
  CHECK(refused(exported("c", Status::kSubmitted, now)).code == Code::kTooMany);
  limits.finished_max = 1;
  import(exported("d", Status::kComplete, now));
  const Refused full = refused(exported("e", Status::kComplete, now));
  CHECK(full.code == Code::kFull);
  CHECK_THAT(full.detail, Catch::Contains("finishedMax = 1"));
  CHECK(full.limit == "finishedMax");
  set_mode(Mode::kDraining);
  CHECK(refused(exported("f", Status::kSubmitted, now)).code == Code::kUnavailable);
}

TEST_CASE_METHOD(ImportFixture, "an export tells where the datasource stood", "[import]") {
  submit({.job = "a"});
  submit({.job = "b"});
  const ListReply reply = export_all();
  CHECK(ids(reply.jobs) == Ids{"a", "b"});
  CHECK(reply.is_export);
  CHECK(reply.last == 2);
  CHECK(reply.jobs.at(0).content.size() == 32);
}

}  // namespace store
