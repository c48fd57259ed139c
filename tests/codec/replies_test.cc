#include <catch2/catch.hpp>

#include "codec.h"
#include "known_texts.h"
#include "messages.h"

namespace store {
namespace {

Time at(std::int64_t ms) { return Time(Span(ms)); }

// A job that was accepted by `w` at 10 and, if it is final, ended at 20.
JobView job_view(Status status, std::uint32_t attempt = 1) {
  JobView job;
  job.key = {0, 1};
  job.job = "j";
  job.client = "alice";
  job.worker = attempt > 0 ? "w" : "";
  job.status = status;
  job.attempt = attempt;
  job.has_failure =
      status == Status::kFailed || status == Status::kForbidden || status == Status::kRetrying;
  job.accepted_at = attempt > 0 ? at(10) : Time{};
  job.finished_at = is_final(status) ? at(20) : Time{};
  return job;
}

struct Replies {
  KnownTexts texts;

  Replies() {
    texts.of(1).texts = {.response = "1", .failure = {"e", "why", "trace"}, .message = "half"};
    texts.of(1).payload = {.request = R"({"page":1})", .trace = "t"};
  }
  wire::Answer answer(const Reply& reply) { return wire::Answer(encode_reply(1, reply, texts)); }
  unsigned code(const Reply& reply) { return answer(reply).code(); }
};

struct Shown {
  std::uint32_t attempt;
  protocol::Attempt::Ending ending;
  std::string error;
};

// The attempts of a job that `texts` knows, as a peer sees them.
std::vector<Shown> shown_attempts(Replies& replies, const JobView& job) {
  const wire::Answer answer = replies.answer(JobReply{.job = job, .with_attempts = true});
  std::vector<Shown> shown;
  for (const auto attempt : answer.body().getJob().getAttempts()) {
    const std::string error = attempt.hasError() ? attempt.getError().getCode().cStr() : "";
    shown.push_back({attempt.getAttempt(), attempt.getEnding(), error});
  }
  return shown;
}

Attempt ended(std::uint32_t attempt, Ending ending) {
  return {.attempt = attempt, .worker = "w", .ending = ending};
}

}  // namespace

TEST_CASE_METHOD(Replies, "the code of a reply is that of its one item, 200 or 207") {
  const SubmitReply::Result taken{job_view(Status::kSubmitted, 0), true};
  const UpdateReply::Result complete{.status = Status::kComplete, .accepted = {}};
  const RenewReply::Held held{at(1), false};
  const Refused conflict{Code::kConflict, "job: taken"};
  CHECK(code(SubmitReply{{taken}}) == 200);
  CHECK(code(SubmitReply{{taken, taken}}) == 200);
  CHECK(code(SubmitReply{{conflict}}) == 409);
  CHECK(code(SubmitReply{{taken, conflict}}) == 207);
  CHECK(code(SubmitReply{{conflict, conflict}}) == 207);
  CHECK(code(RenewReply{{std::nullopt}, {}}) == 409);
  CHECK(code(RenewReply{{held}, {}}) == 200);
  CHECK(code(RenewReply{{held, std::nullopt}, {}}) == 207);
  CHECK(code(RenewReply{}) == 200);
  CHECK(code(UpdateReply{{complete}}) == 200);
  CHECK(code(UpdateReply{{conflict}}) == 409);
  CHECK(code(UpdateReply{{complete, conflict}}) == 207);
  CHECK(code(JobReply{.job = job_view(Status::kCancelled)}) == 200);
}

TEST_CASE_METHOD(Replies, "when to ask again is said with the refusal it belongs to") {
  const Refused later{Code::kTooMany, "waiting", std::chrono::seconds(2)};
  const SubmitReply::Result taken{job_view(Status::kSubmitted, 0), true};
  const auto whole = answer(later);
  CHECK(whole.reply().getRetryAfterMs() == 2000);
  CHECK(whole.error() == "waiting");
  const auto single = answer(SubmitReply{{later}});
  CHECK(single.reply().getRetryAfterMs() == 2000);
  CHECK(single.body().getSubmitted()[0].getRetryAfterMs() == 2000);
  const auto several = answer(SubmitReply{{taken, later}});
  CHECK(several.reply().getRetryAfterMs() == 0);
  CHECK(several.error().empty());
  CHECK(several.body().getSubmitted()[0].getRetryAfterMs() == 0);
  CHECK(several.body().getSubmitted()[1].getRetryAfterMs() == 2000);
  CHECK(answer(UpdateReply{{later}}).body().getUpdated()[0].getRetryAfterMs() == 2000);
  const Refused never{Code::kTooMany, "", Span::max()};
  CHECK(answer(never).reply().getRetryAfterMs() == UINT32_MAX);
}

TEST_CASE_METHOD(Replies, "a single job shows the texts that go with its status") {
  struct Case {
    Status status;
    bool response;
    bool error;
  };
  for (const Case& expected :
       {Case{Status::kAccepted, false, false}, Case{Status::kRetrying, false, true},
        Case{Status::kComplete, true, false}, Case{Status::kFailed, false, true},
        Case{Status::kCancelled, false, false}, Case{Status::kForbidden, false, true}}) {
    INFO(to_string(expected.status));
    JobView job = job_view(expected.status);
    job.has_failure = true;  // perhaps of an earlier attempt
    job.terms = Terms();
    const auto reply = answer(JobReply{.job = job});
    const auto shown = reply.body().getJob();
    CHECK(shown.hasResponse() == expected.response);
    CHECK(shown.hasError() == expected.error);
    if (expected.error) {
      CHECK(shown.getError().getCode() == "e");
      CHECK(shown.getError().getMessage() == "why");
      CHECK(shown.getError().getDetail() == "trace");
    }
    CHECK(shown.getProgressMessage() == "half");
    CHECK(shown.getTrace() == "t");
    CHECK(shown.hasTerms());
    CHECK_FALSE(shown.hasRequest());
    CHECK_FALSE(shown.hasAttempts());
  }
}

TEST_CASE_METHOD(Replies, "a job that expired says so, though no worker had it") {
  texts.of(1).texts = {.response = {}, .failure = {"expired", "60 s", ""}, .message = {}};
  const auto reply = answer(JobReply{.job = job_view(Status::kFailed, 0), .with_attempts = true});
  CHECK(reply.body().getJob().getError().getCode() == "expired");
  CHECK(reply.body().getJob().getAttempts().size() == 0);
}

TEST_CASE_METHOD(Replies, "request and attempts are shown to whom asked for them") {
  texts.of(1).attempts = {ended(1, Ending::kReleased)};
  const auto reply = answer(
      JobReply{.job = job_view(Status::kAccepted, 2), .with_attempts = true, .with_request = true});
  CHECK(reply.body().getJob().getRequest() == R"({"page":1})");
  CHECK(reply.body().getJob().getTrace() == "t");
  REQUIRE(reply.body().getJob().getAttempts().size() == 1);
  CHECK(reply.body().getJob().getAttempts()[0].getEnding() == protocol::Attempt::Ending::RELEASED);
}

TEST_CASE_METHOD(Replies, "nobody asks for the texts of a job that is gone") {
  const auto reply = answer(JobReply{.job = job_view(Status::kComplete), .is_gone = true});
  CHECK(reply.body().getJob().getStatus() == protocol::Status::COMPLETE);
  CHECK(texts.calls() == 0);
  answer(SubmitReply{{SubmitReply::Result{job_view(Status::kFailed), false}}});
  CHECK(texts.calls() == 0);
}

TEST_CASE_METHOD(Replies, "the attempt that ended the job is shown after the others") {
  using Shows = protocol::Attempt::Ending;
  texts.of(1).attempts = {ended(1, Ending::kLeaseLost), ended(2, Ending::kFailed)};
  struct Case {
    Status status;
    std::string code;
    Shows ending;
  };
  for (const Case& expected :
       {Case{Status::kComplete, "", Shows::COMPLETE}, Case{Status::kFailed, "e", Shows::FAILED},
        Case{Status::kFailed, "timeout", Shows::TIMEOUT},
        Case{Status::kFailed, "lost-leases", Shows::LEASE_LOST},
        Case{Status::kFailed, "releases", Shows::RELEASED},
        Case{Status::kForbidden, "no", Shows::FORBIDDEN},
        Case{Status::kCancelled, "", Shows::CANCELLED}}) {
    INFO(to_string(expected.status) << ' ' << expected.code);
    texts.of(1).texts.failure.code = expected.code;
    const auto shown = shown_attempts(*this, job_view(expected.status, 3));
    REQUIRE(shown.size() == 3);
    CHECK(shown[1].attempt == 2);
    CHECK(shown[2].attempt == 3);
    CHECK(shown[2].ending == expected.ending);
    CHECK(shown[2].error == expected.code);
  }
  JobView revoked = job_view(Status::kCancelled, 3);
  revoked.is_revoked = true;
  CHECK(shown_attempts(*this, revoked)[2].error == "revoked");
  const auto reply = answer(JobReply{.job = job_view(Status::kFailed, 3), .with_attempts = true});
  const auto last = reply.body().getJob().getAttempts()[2];
  CHECK(last.getWorker() == "w");
  CHECK(last.getAcceptedAt() == 10);
  CHECK(last.getEndedAt() == 20);
  CHECK_FALSE(last.getError().hasDetail());
}

TEST_CASE_METHOD(Replies, "a job that ended while it waited has no attempt more") {
  texts.of(1).attempts = {ended(1, Ending::kLeaseLost), ended(2, Ending::kReleased)};
  CHECK(shown_attempts(*this, job_view(Status::kCancelled, 2)).size() == 2);
  CHECK(shown_attempts(*this, job_view(Status::kAccepted, 3)).size() == 2);
  texts.of(1).attempts.clear();
  CHECK(shown_attempts(*this, job_view(Status::kCancelled, 0)).empty());
}

TEST_CASE_METHOD(Replies, "of its attempts a job shows the youngest 32") {
  for (std::uint32_t attempt = 8; attempt < 8 + kAttemptsKept; ++attempt) {
    texts.of(1).attempts.push_back(ended(attempt, Ending::kFailed));
  }
  const auto shown = shown_attempts(*this, job_view(Status::kComplete, 40));
  REQUIRE(shown.size() == kAttemptsKept);
  CHECK(shown.front().attempt == 9);
  CHECK(shown.back().attempt == 40);
}

TEST_CASE_METHOD(Replies, "a list shows why a job failed, in short, and no other text") {
  for (const Status status :
       {Status::kSubmitted, Status::kAccepted, Status::kRetrying, Status::kComplete,
        Status::kFailed, Status::kCancelled, Status::kForbidden}) {
    INFO(to_string(status));
    JobView job = job_view(status);
    job.has_failure = true;
    const auto reply = answer(ListReply{.jobs = {job}, .cursor = 7, .text = {}});
    const auto shown = reply.body().getJobs().getJobs()[0];
    const bool shows =
        status == Status::kRetrying || status == Status::kFailed || status == Status::kForbidden;
    CHECK(shown.hasError() == shows);
    CHECK((!shows || shown.getError().getMessage() == "why"));
    CHECK_FALSE(shown.getError().hasDetail());
    CHECK_FALSE(shown.hasResponse());
    CHECK_FALSE(shown.hasProgressMessage());
    CHECK_FALSE(shown.hasTerms());
    CHECK_FALSE(shown.hasTrace());
    CHECK(reply.body().getJobs().getCursor() == 7);
  }
}

TEST_CASE_METHOD(Replies, "a search shows only jobs whose request has these bytes") {
  JobView other = job_view(Status::kSubmitted, 0);
  other.key.sequence = 2;
  other.job = "other";
  texts.of(2).payload.request = R"({"side":1})";
  const std::vector<JobView> jobs = {job_view(Status::kFailed), other};
  const auto found = [&](const std::string& text) {
    const auto reply = answer(ListReply{.jobs = jobs, .cursor = 9, .text = text});
    CHECK(reply.body().getJobs().getCursor() == 9);
    std::vector<std::string> ids;
    for (const auto job : reply.body().getJobs().getJobs()) {
      ids.push_back(job.getJob());
    }
    return ids;
  };
  using Ids = std::vector<std::string>;
  CHECK(found("") == Ids{"j", "other"});
  CHECK(found("\"page\":1}") == Ids{"j"});
  CHECK(found("side") == Ids{"other"});
  CHECK(found(":1") == Ids{"j", "other"});
  CHECK(found("Page").empty());

  const auto first = answer(ListReply{.jobs = jobs, .cursor = 9, .text = ":1", .limit = 1});
  CHECK(first.body().getJobs().getJobs().size() == 1);
  CHECK(first.body().getJobs().getCursor() == jobs[0].key.sequence);
  const auto only = answer(ListReply{.jobs = jobs, .cursor = 9, .text = "side", .limit = 1});
  CHECK(only.body().getJobs().getCursor() == 9);

  const auto count = [&](const std::string& text) {
    const auto reply = answer(
        CountReply{.count = 0, .cursor = 9, .text = text, .jobs = {jobs[0].key, jobs[1].key}});
    CHECK(reply.body().getCount().getCursor() == 9);
    return reply.body().getCount().getCount();
  };
  CHECK(count("side") == 1);
  CHECK(count(":1") == 2);
  CHECK(count("Page") == 0);
}

TEST_CASE_METHOD(Replies, "a page of the log goes on unless it is the last") {
  for (std::uint32_t number = 1; number <= 5; ++number) {
    texts.of(1).log.push_back({.number = number, .time = {}, .text = "line"});
  }
  const auto page = answer(LogReply{.job = {0, 1}, .after = 1, .last = 3, .is_end = false});
  REQUIRE(page.body().getLog().getLines().size() == 2);
  CHECK(page.body().getLog().getLines()[0].getNumber() == 2);
  CHECK(page.body().getLog().getCursor() == 3);
  const auto end = answer(LogReply{.job = {0, 1}, .after = 3, .last = 5, .is_end = true});
  CHECK(end.body().getLog().getLines().size() == 2);
  CHECK(end.body().getLog().getCursor() == 0);
}

TEST_CASE_METHOD(Replies, "an accepted job comes with its request, its trace and no failure") {
  const AcceptedView job{{.lease = {"j", 2},
                          .lease_until = at(30),
                          .client = "alice",
                          .request = {},
                          .tags = {"a", "b"}},
                         {0, 1}};
  const auto check = [](protocol::AcceptedJob::Reader shown) {
    CHECK(shown.getLease().getJob() == "j");
    CHECK(shown.getLease().getAttempt() == 2);
    CHECK(shown.getRequest() == R"({"page":1})");
    CHECK(shown.getTrace() == "t");
    CHECK(shown.getTags()[1] == "b");
  };
  const CancelRequest cancel{{"k", 3}, 17, at(30)};
  const auto accepted = answer(AcceptReply{.jobs = {job}, .cancels = {cancel}});
  check(accepted.body().getAccepted()[0]);
  REQUIRE(accepted.reply().getCancels().size() == 1);
  CHECK(accepted.reply().getCancels()[0].getLease().getJob() == "k");
  CHECK(accepted.reply().getCancels()[0].getLease().getAttempt() == 3);
  CHECK(accepted.reply().getCancels()[0].getSequence() == 17);
  CHECK(accepted.reply().getCancels()[0].getUntil() == 30);
  const UpdateReply::Result one{.status = Status::kAccepted, .accepted = job};
  check(answer(UpdateReply{{one}}).body().getUpdated()[0].getAccepted());
}

}  // namespace store
