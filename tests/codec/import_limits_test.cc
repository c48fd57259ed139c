// What a job of an export is held to.
#include <limits>
#include <type_traits>

#include "cases.h"

namespace store {
namespace {

using namespace std::chrono_literals;

// A job that waits; one that has failed in its third attempt; each but for what `change` alters.
std::string waiting(const std::function<void(jobq::JobStatus&)>& change) {
  jobq::JobStatus job = wire::imported_job("j");
  change(job);
  return wire::import_frame(post("/admin/scan/import"), {job});
}
std::string failed(const std::function<void(jobq::JobStatus&)>& change) {
  return waiting([&](jobq::JobStatus& job) {
    job.status = Status::kFailed;
    job.attempt = 3;
    job.worker = "w";
    job.finished_at = job.submitted_at + 1s;
    job.attempts = {{.attempt = 2, .worker = "w"}, {.attempt = 3, .worker = "w"}};
    change(job);
  });
}
template <typename Member>
std::string waiting(Member jobq::JobStatus::*member, std::type_identity_t<Member> value) {
  return waiting([&](jobq::JobStatus& job) { job.*member = value; });
}
template <typename Member>
std::string failed(Member jobq::JobStatus::*member, std::type_identity_t<Member> value) {
  return failed([&](jobq::JobStatus& job) { job.*member = value; });
}
std::string without_backoff() {
  return waiting([](jobq::JobStatus& job) { job.terms->backoff.reset(); });
}
std::string of_attempt(unsigned number) {
  return failed([&](jobq::JobStatus& job) { job.attempts[0].attempt = number; });
}
std::string ending(unsigned ending) {
  return failed(
      [&](jobq::JobStatus& job) { job.attempts[1].ending = static_cast<Ending>(ending); });
}
std::string many(std::size_t count) {
  return wire::import_frame(post("/admin/scan/import"),
                            std::vector(count, wire::imported_job("j")));
}
std::string of_group(const std::string& group) {
  return waiting([&](jobq::JobStatus& job) {
    job.group = group;
    job.after_group = "album";
  });
}
std::string tried(unsigned attempts) {
  return failed([&](jobq::JobStatus& job) {
    job.attempt = attempts;
    job.attempts.clear();
    for (unsigned i = 1; i <= attempts; ++i) {
      job.attempts.push_back({.attempt = i, .worker = "w"});
    }
  });
}

}  // namespace

TEST_CASE("an import is held to every limit") {
  using Job = jobq::JobStatus;
  const std::string good = waiting([](Job&) {});
  const std::string ended = failed([](Job&) {});
  const jobq::Time kLast(Span(253'402'300'799'999));
  check({
      {"jobs", many(1), many(0), 400, "at least one"},
      {"jobs", many(1024), many(1025), 413, "1024"},
      {"jobs[0].job", waiting(&Job::job, "a"), waiting(&Job::job, ""), 400, "empty"},
      {"jobs[0].client", waiting(&Job::client, a(128)), waiting(&Job::client, a(129)), 400, "128"},
      {"jobs[0].status", ended, failed(&Job::status, static_cast<Status>(7)), 400, "exists"},
      {"jobs[0].request", good, waiting(&Job::request, "{"), 400, "JSON"},
      {"jobs[0].priority", waiting(&Job::priority, 100), waiting(&Job::priority, 101), 400,
       "1..100"},
      {"jobs[0].priority", waiting(&Job::priority, 1), waiting(&Job::priority, 0), 400, "1..100"},
      {"jobs[0].function", waiting(&Job::function, ""), waiting(&Job::function, " "), 400, "["},
      {"jobs[0].tags", waiting(&Job::tags, std::vector<std::string>(16, "a")),
       waiting(&Job::tags, std::vector<std::string>(17, "a")), 413, "16"},
      {"jobs[0].trace", good, waiting(&Job::trace, "t"), 400, "traceparent"},
      {"jobs[0].terms", good, waiting(&Job::terms, std::nullopt), 400, "missing"},
      {"jobs[0].terms.backoff", good, without_backoff(), 400, "missing"},
      {"jobs[0].attempt", ended, failed(&Job::attempt, UINT32_MAX), 400, "0..2147483647"},
      {"jobs[0].attempt", ended, waiting(&Job::status, Status::kRetrying), 400, "1.."},
      {"jobs[0].failures", failed(&Job::failures, 3), failed(&Job::failures, 4), 400, "0..3"},
      {"jobs[0].lostLeases", failed(&Job::lost_leases, 3), failed(&Job::lost_leases, 4), 400,
       "0..3"},
      {"jobs[0].releases", failed(&Job::releases, 3), failed(&Job::releases, 4), 400, "0..3"},
      {"jobs[0].worker", ended, failed(&Job::worker, ""), 400, "empty"},
      {"jobs[0].progress", failed(&Job::progress, 1), failed(&Job::progress, 1.01), 400, "0..1"},
      {"jobs[0].progress", ended, failed(&Job::progress, std::numeric_limits<double>::quiet_NaN()),
       400, "0..1"},
      {"jobs[0].progressMessage", failed(&Job::progress_message, a(1024)),
       failed(&Job::progress_message, a(1025)), 413, "1024"},
      {"jobs[0].error.code", ended, failed(&Job::error, JobError{"", "why", ""}), 400, "empty"},
      {"jobs[0].response", ended, failed(&Job::response, "1"), 400, "complete"},
      {"jobs[0].response", ended, failed(&Job::status, Status::kComplete), 400, "JSON"},
      {"jobs[0].submittedAt", waiting(&Job::submitted_at, kLast),
       waiting(&Job::submitted_at, kLast + 1ms), 400, "0..253402300799999"},
      {"jobs[0].finishedAt", ended, failed(&Job::finished_at, Time()), 400, "missing"},
      {"jobs[0].finishedAt", good, waiting(&Job::finished_at, kLast), 400, "final"},
      {"jobs[0].afterGroup", of_group("other"), of_group("album"), 400, "own group"},
      {"jobs[0].afterGroup", good, failed(&Job::after_group, "album"), 400, "submitted"},
      {"jobs[0].parent", waiting(&Job::parent, "p"), waiting(&Job::parent, "p:"), 400, "["},
      {"jobs[0].child", waiting(&Job::child, "c"), waiting(&Job::child, "list"), 400, "word"},
      {"jobs[0].attempts", tried(32), tried(33), 413, "32"},
      {"jobs[0].attempts[0].attempt", of_attempt(1), of_attempt(0), 400, "last"},
      {"jobs[0].attempts[1].attempt", of_attempt(2), of_attempt(3), 400, "before"},
      {"jobs[0].attempts[1].ending", ending(7), ending(8), 400, "exists"},
      {"jobs[0].content", good, waiting(&Job::content, std::string(31, '0')), 400, "32"},
      {"jobs[0].content", good, waiting(&Job::content, std::string(31, '0') + "g"), 400, "32"},
  });
}

TEST_CASE("a job of an export may not be searched for by its text") {
  Codec codec;
  const auto decoded = codec.take(wire::list_query_frame(get("/admin/scan/export"), {.text = "a"}));
  CHECK(std::get<Refused>(decoded).code == Code::kBadRequest);
}

}  // namespace store
