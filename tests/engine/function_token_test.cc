// Tokens that are for some functions: what they may submit, accept, and are told of.
#include "function_fixture.h"

namespace store {
namespace {

class Narrowed : public Functions {
 public:
  Narrowed() {
    for (const char* const job : {"ocr", "ocr2", "scan", ""}) {
      submit({.job = std::string("j-") + job, .function = job});
    }
    token = "k1.a";
  }

  // A request with a token of these caveats.
  std::optional<Reply> apply_for(std::vector<std::string> functions, Command command) {
    Origin origin{0, "peer", true, next_request++, token, caveats};
    origin.functions = std::move(functions);
    engine.apply(now, chance(), origin, std::move(command), effects);
    return reply_to(origin.request_id);
  }
  Ids accepted_for(std::vector<std::string> functions, std::vector<std::string> named = {}) {
    Accept command = accept_command(10);
    command.functions = std::move(named);
    return ids(std::get<AcceptReply>(*apply_for(std::move(functions), std::move(command))).jobs);
  }
  Ids listed_for(std::vector<std::string> functions) {
    return ids(
        std::get<ListReply>(*apply_for(std::move(functions), list_command(std::nullopt))).jobs);
  }
  std::string refusal_for(std::vector<std::string> functions, Command command) {
    return unchanged([&] {
      const auto reply = apply_for(std::move(functions), std::move(command));
      return std::get<Refused>(*reply).detail;
    });
  }
};

}  // namespace

TEST_CASE_METHOD(Narrowed, "a token for some functions submits no other jobs", "[function]") {
  const Allowance ocr{.functions = {"ocr*"}};
  submit({.job = "a", .function = "ocr3", .allowance = ocr});
  CHECK(refused_submit({.function = "scan", .allowance = ocr}).detail ==
        "function: 'scan', and the token is for function = ocr*");
  CHECK(refused_submit({.function = "scan", .allowance = ocr}).code == Code::kForbidden);
  CHECK(refused_submit({.allowance = ocr}).detail ==
        "function: none is said, and the token is for function = ocr*");
  // Nor is it told of one that is there.
  CHECK(refused_submit({.job = "j-scan", .function = "scan", .allowance = ocr}).code ==
        Code::kForbidden);
  submit({.allowance = {.functions = {"*"}}});
  // All of several patterns count.
  const Allowance both{.functions = {"o*", "ocr"}};
  submit({.function = "ocr", .allowance = both});
  CHECK(refused_submit({.function = "ocr2", .allowance = both}).code == Code::kForbidden);
}

TEST_CASE_METHOD(Narrowed, "a worker whose token is for some functions gets their jobs alone",
                 "[function]") {
  CHECK(accepted_for({"scan"}) == Ids{"j-scan"});
  CHECK(accepted_for({"ocr*"}, {"ocr2"}) == Ids{"j-ocr2"});
  CHECK(accepted_for({"ocr*"}) == Ids{"j-ocr"});
  CHECK(accepted_for({"x*"}).empty());
  CHECK(accepted_for({"*"}) == Ids{"j-"});
}

TEST_CASE_METHOD(Narrowed, "of several patterns an accept goes by the narrowest", "[function]") {
  CHECK(accepted_for({"o*", "*", "ocr2", "oc*"}) == Ids{"j-ocr2"});
  CHECK(accepted_for({"*", "oc*", "o*"}) == Ids{"j-ocr"});
}

TEST_CASE_METHOD(Narrowed, "an accept of a function that the token is not for is refused",
                 "[function]") {
  Accept command = accept_command();
  command.functions = {"ocr", "scan"};
  CHECK(refusal_for({"ocr*"}, command) ==
        "functions[1]: 'scan', and the token is for function = ocr*");
}

TEST_CASE_METHOD(Narrowed, "an accept that waits gets jobs of its token's functions alone",
                 "[function]") {
  accept(10);
  Accept command = accept_command(1, "patient");
  command.wait = 60s;
  Origin origin{0, "peer", true, next_request++, token, caveats};
  origin.functions = {"ocr*"};
  engine.apply(now, chance(), origin, std::move(command), effects);
  submit({.job = "scan-later", .function = "scan"});
  CHECK(given(origin.request_id).empty());
  submit({.job = "ocr-later", .function = "ocr9"});
  CHECK(given(origin.request_id) == Ids{"ocr-later"});
  CHECK(status("scan-later") == Status::kSubmitted);
}

TEST_CASE_METHOD(Narrowed, "a token for some functions is told of their jobs alone", "[function]") {
  CHECK(listed_for({"ocr*"}) == Ids{"j-ocr", "j-ocr2"});
  CHECK(listed_for({"o*", "ocr"}) == Ids{"j-ocr"});
  const auto counted = apply_for({"scan"}, CountJobs{list_command(std::nullopt)});
  CHECK(std::get<CountReply>(*counted).count == 1);
  const std::string refused = "job: of function 'scan', and the token is for function = ocr*";
  CHECK(refusal_for({"ocr*"}, question("j-scan")) == refused);
  CHECK(refusal_for({"ocr*"}, Cancel{"scan", "j-scan", "alice"}) == refused);
  CHECK(refusal_for({"ocr*"}, ReadEvents{.datasource = "scan", .job = "j-scan", .client = {}}) ==
        refused);
  CHECK(refusal_for({"ocr*"}, ReadEvents{.datasource = "scan", .job = {}, .client = "alice"}) ==
        "job: none is named, and the token is for jobs of function = ocr* alone");
  CHECK(std::holds_alternative<JobReply>(*apply_for({"ocr*"}, question("j-ocr"))));
  put({.name = "ocr"});
  put({.name = "scan"});
  const auto page = apply_for({"ocr*"}, ListFunctions{"scan", {.limit = 100}, Allowance{}});
  REQUIRE(std::get<jobq::FunctionPage>(*page).functions.size() == 1);
  CHECK(std::get<jobq::FunctionPage>(*page).functions[0].function.name == "ocr");
}

TEST_CASE_METHOD(Narrowed, "a lease of another function is not held with the token", "[function]") {
  const auto leases = accept_of({"scan"});
  REQUIRE(leases.size() == 1);
  const Lease lease = leases[0].lease;
  const auto renewed = apply_for({"ocr*"}, Renew{"scan", {lease}, 30s, {}, {}, 0});
  CHECK_FALSE(std::get<RenewReply>(*renewed).leases.at(0));
  const auto updated = apply_for({"ocr*"}, Update{"scan", {Outcome{lease, Completed{"1"}}}});
  CHECK(std::get<Refused>(std::get<UpdateReply>(*updated).items.at(0)).code == Code::kConflict);
  CHECK(status("j-scan") == Status::kAccepted);
  const auto own = apply_for({"scan"}, Update{"scan", {Outcome{lease, Completed{"1"}}}});
  CHECK(std::holds_alternative<UpdateReply::Result>(std::get<UpdateReply>(*own).items.at(0)));
}

TEST_CASE_METHOD(Narrowed, "schedules are held to the functions of the token too", "[function]") {
  const auto schedule = [](const char* name, const char* function, Allowance allowance = {}) {
    return PutSchedule{
        "scan",
        name,
        {.every = 1h, .job = {.request = "1", .client = "alice", .function = function}},
        std::move(allowance)};
  };
  CHECK(refusal_for({"ocr*"}, schedule("s", "scan", {.functions = {"ocr*"}})) ==
        "function: 'scan', and the token is for function = ocr*");
  ask<jobq::ScheduleStatus>(schedule("other", "scan"));
  CHECK(refusal_for({"ocr*"}, GetSchedule{"scan", "other", "alice"}) ==
        "schedule: of function 'scan', and the token is for function = ocr*");
  CHECK(refusal_for({"ocr*"},
                    ChangeSchedule{"scan", "other", "alice", ChangeSchedule::How::kRun, "x"})
            .starts_with("schedule: of function"));
  const auto page = apply_for({"ocr*"}, ListSchedules{"scan", "alice", "", 100});
  CHECK(std::get<jobq::SchedulePage>(*page).schedules.empty());
}

}  // namespace store
