#include <catch2/catch.hpp>

#include "jobq/admin.h"
#include "script.h"

TEST_CASE("an export is asked for as a list is, and tells all of its page") {
  Script script({R"((body = (jobs = (jobs = [(job = "j3", content = "0f")], cursor = 9,
     last = 12))))"});
  jobq::Admin admin(script.connection);
  const jobq::JobPage page = admin.export_jobs("scan", {.client = "alice", .cursor = 8});
  CHECK(script.asked(0) == Script::request(R"((path = "/admin/scan/export",
     body = (listQuery = (client = "alice", cursor = 8))))"));
  CHECK(page.jobs.at(0).content == "0f");
  CHECK(page.cursor == 9);
  CHECK(page.last == 12);
}

TEST_CASE("an import sends whole jobs, and tells what became of each") {
  Script script({R"((code = 207, body = (submitted = [(code = 200, created = true),
     (code = 409, error = "taken")])))"});
  jobq::Admin admin(script.connection);
  jobq::JobStatus job;
  job.job = "j1";
  job.response = "7";
  job.attempts = {{.attempt = 1}};
  jobq::JobStatus other;
  other.job = "j2";
  const auto results = admin.import_jobs("scan", {job, other});
  CHECK(script.asked(0) == Script::request(R"((method = post, path = "/admin/scan/import",
     body = (importJobs = (jobs = [(job = "j1", response = "7", attempts = [(attempt = 1)]),
     (job = "j2")]))))"));
  CHECK(results.at(0).created);
  CHECK(results.at(1).code == 409);
  CHECK(results.at(1).error == "taken");
}
