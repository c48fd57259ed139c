// Jobs of a function that somebody has to admit first; and what goes to their workers alone.
#include "engine_fixture.h"

namespace store {
namespace {

class Admission : public ReplayedEngine {
 public:
  Admission() { put({.name = "ocr", .calls = {{"GET", "/photos/*"}}, .admission = "permits"}); }
  void put(jobq::Function function) {
    ask<jobq::FunctionStatus>(PutFunction{"scan", std::move(function)});
  }
  // Those of the datasource where it is decided.
  std::vector<AcceptedView> decisions() {
    Accept command = accept_command(10);
    command.datasource = "permits";
    return ask<AcceptReply>(std::move(command)).jobs;
  }
  void decide(const Lease& lease, Report word) {
    apply(Update{"permits", {Outcome{lease, std::move(word)}}});
  }
  const std::string& request_of_last() {
    return std::get<Submitted>(last<Submitted>().change).request;
  }
};

}  // namespace

TEST_CASE_METHOD(Admission, "a job waits until another one admits it", "[admission]") {
  submit({.job = "a", .function = "ocr"});
  CHECK(accept(10).empty());
  const auto asked = decisions();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].client == "alice");
  CHECK(asked[0].function == "ocr");
  REQUIRE(view("a").after.size() == 1);
  CHECK(view("a").after[0].datasource == "permits");
  decide(asked[0].lease, Completed{"true"});
  CHECK(ids(accept(10)) == Ids{"a"});
}

TEST_CASE_METHOD(Admission, "it is asked with what is to be done", "[admission]") {
  submit({.job = "a", .function = "ocr"});
  const auto& entries = journal;
  const auto asked = std::find_if(entries.begin(), entries.end(), [](const Entry& entry) {
    const auto* submitted = std::get_if<Submitted>(&entry.change);
    return submitted != nullptr && submitted->id != "a";
  });
  REQUIRE(asked != entries.end());
  CHECK(std::get<Submitted>(asked->change).request ==
        R"({"datasource":"scan","job":"a","client":"alice","function":"ocr",)"
        R"("calls":[{"method":"GET","path":"/photos/*"}]})");
}

TEST_CASE_METHOD(Admission, "what is not admitted is forbidden, with the same error",
                 "[admission]") {
  submit({.job = "a", .function = "ocr"});
  submit({.job = "b", .function = "mail"});
  const Lease lease = decisions().at(0).lease;
  SECTION("by a word") {
    decide(lease, Forbidden{{"no-photos", "alice may not see photos", ""}});
    const auto& change = std::get<NotAdmitted>(last<NotAdmitted>().change);
    CHECK(change.failure.code == "no-photos");
    CHECK(change.failure.message == "alice may not see photos");
  }
  SECTION("by a failure") {
    decide(lease, Failed{{"broken", "no answer", ""}});
    CHECK(std::get<NotAdmitted>(last<NotAdmitted>().change).failure.code == "broken");
  }
  SECTION("by a cancel") {
    apply(Cancel{"permits", lease.job, "alice"});
    decide(lease, AckCancel{});
    CHECK(std::get<NotAdmitted>(last<NotAdmitted>().change).failure.code == "not-admitted");
  }
  CHECK(status("a") == Status::kForbidden);
  CHECK(ids(accept(10)) == Ids{"b"});
  CHECK(last<NotAdmitted>().sequence != 0);
}

TEST_CASE_METHOD(Admission, "a job that waits for its admission can be cancelled", "[admission]") {
  submit({.job = "a", .function = "ocr"});
  CHECK(cancel("a").status == Status::kCancelled);
  decide(decisions().at(0).lease, Failed{{"no", "", ""}});
  CHECK(status("a") == Status::kCancelled);
}

TEST_CASE_METHOD(Admission, "a repeated submit asks no second time, a restart not again",
                 "[admission]") {
  submit({.job = "a", .function = "ocr"});
  submit({.job = "a", .function = "ocr"});
  const auto asked = decisions();
  REQUIRE(asked.size() == 1);
  decide(asked[0].lease, Failed{{"no", "", ""}});
  apply(Restart{.datasource = "scan", .job = "a", .new_id = "again"});
  CHECK(decisions().empty());
  CHECK(ids(accept(10)) == Ids{"again"});
}

TEST_CASE_METHOD(Admission, "where the one that decides cannot be submitted, neither is the job",
                 "[admission]") {
  ask<DatasourceConfig>(Configure{"permits", {.waiting_max = 1}});
  submit({.job = "a", .function = "ocr"});
  const auto refused = unchanged([&] { return try_submit({.job = "b", .function = "ocr"}); });
  REQUIRE(refusal(refused) == Code::kTooMany);
  CHECK(std::get<Refused>(refused).detail.starts_with("admission by permits: "));
}

TEST_CASE_METHOD(Admission, "there has to be room for both of them", "[admission]") {
  put({.name = "ocr", .admission = "scan"});
  ask<DatasourceConfig>(Configure{"scan", {.waiting_max = 1}});
  const auto refused = unchanged([&] { return try_submit({.job = "a", .function = "ocr"}); });
  REQUIRE(refusal(refused) == Code::kTooMany);
  ask<DatasourceConfig>(Configure{"scan", {.waiting_max = 2}});
  submit({.job = "a", .function = "ocr"});
}

TEST_CASE_METHOD(Admission, "a list of all or none has no such job", "[admission]") {
  Submit command = submit_command({.job = "a", .function = "ocr"});
  command.is_atomic = true;
  const auto refused = std::get<SubmitReply>(*apply(std::move(command))).items.at(0);
  REQUIRE(refusal(refused) == Code::kBadRequest);
  CHECK(std::get<Refused>(refused).detail.starts_with("function: 'ocr' has an admission"));
}

TEST_CASE_METHOD(Admission, "who decides is not decided about", "[admission]") {
  ask<jobq::FunctionStatus>(PutFunction{"permits", {.name = "ocr", .admission = "scan"}});
  submit({.job = "a", .function = "ocr"});
  CHECK(decisions().size() == 1);
}

TEST_CASE_METHOD(ReplayedEngine, "grants are the worker's, until the job ends", "[grants]") {
  submit({.job = "a", .grants = R"({"cloud": "secret"})"});
  CHECK(find("a")->has_grants);
  const auto first = accept(1);
  CHECK(first.at(0).has_grants);
  release(first[0].lease);
  const auto second = accept(1);
  CHECK(second.at(0).has_grants);
  complete(second[0].lease);
  CHECK_FALSE(find("a")->has_grants);
}

TEST_CASE_METHOD(ReplayedEngine, "they are no part of what is submitted, and of no other job",
                 "[grants]") {
  submit({.job = "a", .grants = R"({"cloud": "secret"})"});
  const auto again = try_submit({.job = "a", .grants = R"({"cloud": "newer"})"});
  CHECK_FALSE(std::get<SubmitReply::Result>(again).created);
  cancel("a");
  apply(Restart{.datasource = "scan", .job = "a", .new_id = "b"});
  CHECK_FALSE(accept(1).at(0).has_grants);
}

TEST_CASE_METHOD(Admission, "caveats of the token are kept for functions with calls alone",
                 "[acting]") {
  Submit command = submit_command({.job = "a", .function = "ocr"});
  command.caveats = "\nclient = alice";
  apply(std::move(command));
  Submit other = submit_command({.job = "b", .function = "mail"});
  other.caveats = "\nclient = alice";
  apply(std::move(other));
  CHECK(engine.state().names.caveats_of(*find("a")) == "\nclient = alice");
  CHECK(engine.state().names.caveats_of(*find("b")).empty());
}

}  // namespace store
