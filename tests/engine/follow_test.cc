// What is submitted when a job ends: in the turn in which it does, once, as whoever submitted it.
#include "engine_fixture.h"

namespace store {
namespace {

using jobq::FollowOn;
using jobq::FollowUp;

class Following : public ReplayedEngine {
 public:
  Submit with(std::vector<FollowUp> then, SubmitOptions options = {}) {
    options.job = options.job.empty() ? "a" : options.job;
    Submit command = submit_command(options);
    std::get<NewJob>(command.jobs[0]).then = std::move(then);
    return command;
  }
  void follow(std::vector<FollowUp> then, SubmitOptions options = {}) {
    auto items = ask<SubmitReply>(with(std::move(then), std::move(options))).items;
    REQUIRE(std::holds_alternative<SubmitReply::Result>(items.at(0)));
  }
  Refused refusal_of(std::vector<FollowUp> then, SubmitOptions options = {}) {
    return unchanged([&] {
      auto items = ask<SubmitReply>(with(std::move(then), std::move(options))).items;
      return std::get<Refused>(items.at(0));
    });
  }
  // What follows the job, as it is told.
  FollowUp then(std::size_t place = 0, const std::string& job = "a") {
    return view(job).then.at(place);
  }
  std::vector<AcceptedView> accept_in(const std::string& datasource) {
    Accept command = accept_command(10);
    command.datasource = datasource;
    return ask<AcceptReply>(std::move(command)).jobs;
  }
  // Of the job that was submitted last.
  const Submitted& made() const { return std::get<Submitted>(last<Submitted>().change); }
};

}  // namespace

TEST_CASE_METHOD(Following, "a job that completes is followed by what it asked for", "[then]") {
  token = "k1.a";
  follow({{.datasource = "mail", .function = "send", .priority = 9}}, {.function = "ocr"});
  token = "k1.w";
  const Lease lease = accept_one();
  CHECK_FALSE(then().made);
  complete(lease, R"({"pages": 2})");
  const FollowUp followed = then();
  CHECK(followed.made);
  CHECK(made().id == followed.job);
  CHECK(made().client == "alice");
  CHECK(made().function == "send");
  CHECK(made().priority == 9);
  CHECK(made().extras->follows == "scan/a");
  CHECK(made().request == R"({"datasource":"scan","job":"a","status":"complete","function":"ocr",)"
                          R"("response":{"pages": 2}})");
  CHECK(last<Submitted>().token == "k1.a");
  CHECK(ids(accept_in("mail")) == Ids{followed.job});
}

TEST_CASE_METHOD(Following, "jobs that end as their leases cannot be delivered are all followed",
                 "[then]") {
  for (const std::string job : {"a", "b"}) {
    follow({{.on = FollowOn::kAny}}, {.job = job});
    const auto given = accept();
    cancel(job);
    engine.take_back(now, chance(), given, effects);
    REQUIRE(status(job) == Status::kCancelled);
    CHECK(then(0, job).refused.empty());
    CHECK(find(then(0, job).job) != nullptr);
    ids(accept(1));
  }
}

TEST_CASE_METHOD(Following, "an end is followed by what is for such an end", "[then]") {
  const auto each = [&](const std::string& job) {
    follow({{.on = FollowOn::kComplete, .job = job + "-complete"},
            {.on = FollowOn::kFailed, .job = job + "-failed"},
            {.on = FollowOn::kAny, .job = job + "-any"}},
           {.job = job});
  };
  const auto is_there = [&](const std::string& job) {
    const std::string ends[] = {"-complete", "-failed", "-any"};
    std::string found;
    for (const std::string& end : ends) {
      found += find(job + end) == nullptr ? "" : end;
    }
    return found;
  };
  for (const std::string job : {"c", "f", "x", "n"}) {
    each(job);
  }
  const auto leases = accept(4);
  complete(leases[0].lease);
  CHECK(is_there("c") == "-complete-any");
  fail(leases[1].lease);
  CHECK(is_there("f") == "-failed-any");
  cancel("x");
  update(leases[2].lease, AckCancel{});
  CHECK(is_there("x") == "-any");
  forbid(leases[3].lease);
  CHECK(is_there("n") == "-failed-any");
  CHECK_FALSE(then(0, "f").made);
  CHECK(then(0, "f").refused.empty());
}

TEST_CASE_METHOD(Following, "a failure is told with its error", "[then]") {
  follow({{.on = FollowOn::kFailed}});
  fail(accept_one());
  CHECK(made().request == R"({"datasource":"scan","job":"a","status":"failed",)"
                          R"("error":{"code":"exit-1","message":"message","detail":"detail"}})");
}

TEST_CASE_METHOD(Following, "ends by the clock and by others are followed too", "[then]") {
  follow({{.on = FollowOn::kFailed, .job = "late"}}, {.job = "a", .valid_for = 1s});
  Submit waits = with({{.on = FollowOn::kAny, .job = "after-it"}}, {.job = "b"});
  std::get<NewJob>(waits.jobs[0]).after = {{.job = "a"}};
  (void)ask<SubmitReply>(std::move(waits));
  advance(2s);
  CHECK(status("a") == Status::kFailed);
  CHECK(find("late") != nullptr);
  CHECK(status("b") == Status::kFailed);
  CHECK(find("after-it") != nullptr);
}

TEST_CASE_METHOD(Following, "a response that does not fit is left out", "[then]") {
  limits.request_bytes_max = 100;
  follow({{}});
  complete(accept_one(), '"' + std::string(90, 'x') + '"');
  CHECK(made().request == R"({"datasource":"scan","job":"a","status":"complete","leftOut":true})");
}

TEST_CASE_METHOD(Following, "a chain is a follow-up of a follow-up", "[then]") {
  follow({{.job = "b", .then = {{.datasource = "mail", .job = "c", .then = {{.job = "d"}}}}}});
  complete(accept_one());
  complete(accept_one());
  const auto mail = accept_in("mail");
  REQUIRE(ids(mail) == Ids{"c"});
  (void)ask<UpdateReply>(Update{"mail", {Outcome{mail[0].lease, Completed{"1"}}}});
  CHECK(ids(accept_in("mail")) == Ids{"d"});  // into the datasource of what it follows
  CHECK(made().extras->follows == "mail/c");
}

TEST_CASE_METHOD(Following,
                 "it is for the token that submitted, and at the end it is looked at anew",
                 "[then]") {
  token = "k1.a";
  follow({{.job = "b"}}, {.allowance = {.waiting_max = 1}});
  token = {};
  const Lease lease = accept_one();
  token = "k1.a";
  submit({.job = "waits", .allowance = {.waiting_max = 1}});
  token = {};
  complete(lease);
  CHECK(find("b") == nullptr);
  CHECK(then().refused == "token: waiting <= 1, and 1 jobs are waiting");
  const auto explained = ask<Explanation>(Explain{"scan", "a", "alice"});
  REQUIRE(explained.reasons.size() == 2);
  CHECK(explained.reasons[1].kind == Reason::Kind::kThen);
  CHECK(explained.reasons[1].text ==
        "its follow-up 1 was not made: token: waiting <= 1, and 1 jobs are waiting");
}

TEST_CASE_METHOD(Following, "a token that is over submits nothing", "[then]") {
  token = "k1.a";
  Submit ends = with({{.job = "b"}});
  ends.token_until = now + 10s;
  (void)ask<SubmitReply>(std::move(ends));
  follow({{.job = "d"}}, {.job = "c"});
  token = {};
  (void)ask<TokensReply>(RevokeToken{"k1.a", {}});
  CHECK(then(0, "c").refused == "token: was revoked");
  CHECK(then(0, "a").refused == "token: was revoked");
  complete(accept_one());
  CHECK(find("b") == nullptr);
}

TEST_CASE_METHOD(Following, "what was not to be made of a job that has ended is not refused",
                 "[then]") {
  token = "k1.a";
  follow({{.on = jobq::FollowOn::kFailed, .job = "b"}});
  token = {};
  complete(accept_one());
  (void)ask<TokensReply>(RevokeToken{"k1.a", {}});
  CHECK(then().refused.empty());
}

TEST_CASE_METHOD(Following, "a token that has expired submits nothing", "[then]") {
  Submit ends = with({{.job = "b"}});
  ends.token_until = now + 10s;
  (void)ask<SubmitReply>(std::move(ends));
  const Lease lease = accept_one();
  advance(10s);
  complete(lease);
  CHECK(find("b") == nullptr);
  CHECK(then().refused == "token: has expired");
}

TEST_CASE_METHOD(Following, "what the token never lets in is refused with the job", "[then]") {
  const Refused priority =
      refusal_of({{}, {.priority = 60}}, {.allowance = {.priority_max = std::uint8_t{50}}});
  CHECK(priority.code == Code::kForbidden);
  CHECK(priority.detail == "then[1].priority: 60 is above the token's priority <= 50");
  const Refused bytes = refusal_of({{.then = {{.request = R"("long")"}}}},
                                   {.request = "1", .allowance = {.bytes_max = 2}});
  CHECK(bytes.code == Code::kTooLarge);
  CHECK(bytes.detail.starts_with("then[0].then[0].request: "));
  const Refused function =
      refusal_of({{.function = "web"}}, {.function = "ocr", .allowance = {.functions = {"ocr*"}}});
  CHECK(function.code == Code::kForbidden);
  CHECK(function.detail.starts_with("then[0].function: "));
}

TEST_CASE_METHOD(Following, "a job that is restarted has the same follow-ups", "[then]") {
  follow({{.on = FollowOn::kAny}});
  fail(accept_one());
  (void)ask<SubmitReply>(Restart{"scan", "a", "again"});
  const std::string first = then().job;
  complete(accept(2).at(1).lease);
  CHECK(then(0, "again").made);
  CHECK(then(0, "again").job != first);
}

TEST_CASE_METHOD(Following, "what follows it is part of a job's content", "[then]") {
  follow({{.job = "b"}});
  follow({{.job = "b"}});  // the same again
  const Refused other = refusal_of({{.job = "c"}});
  CHECK(other.code == Code::kConflict);
}

TEST_CASE_METHOD(Following, "what follows counts for the token's names", "[then]") {
  limits.name_bytes_per_token_max = 8000;
  token = "k1.a";
  const Refused full = refusal_of({{.request = '"' + std::string(7000, 'x') + '"'}});
  CHECK(full.code == Code::kFull);
  const auto before = engine.state().brought.all().bytes;
  follow({{}}, {.keep_for = 1s});
  complete(accept_one());
  for (const std::string& job : {then().job}) {
    complete(accept_one());
    (void)job;
  }
  advance(2h);
  CHECK(engine.state().brought.all().bytes == before);
}

TEST_CASE_METHOD(Following, "an export has what is still to follow, and an import makes it",
                 "[then]") {
  follow({{.job = "b"}});
  const auto listed = ask<ListReply>(ListJobs{.datasource = "scan",
                                              .client = {},
                                              .cursor = 0,
                                              .limit = 9,
                                              .statuses = 0xff,
                                              .function = {},
                                              .tag = {},
                                              .text = {},
                                              .is_export = true});
  jobq::JobStatus job = listed.jobs.at(0);
  job.request = "{}";
  CHECK(job.then.at(0).job == "b");
  (void)ask<SubmitReply>(Import{"copy", {job}});
  const auto leases = accept_in("copy");
  (void)ask<UpdateReply>(Update{"copy", {Outcome{leases.at(0).lease, Completed{"1"}}}});
  CHECK(ids(accept_in("copy")) == Ids{"b"});
}

}  // namespace store
