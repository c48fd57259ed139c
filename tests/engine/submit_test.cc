#include "engine_fixture.h"

namespace store {

TEST_CASE_METHOD(ReplayedEngine, "a submitted job waits and is number one of its datasource") {
  const auto taken = std::get<SubmitReply::Result>(try_submit({.job = "a"}));
  REQUIRE(taken.created);
  REQUIRE(taken.job.status == Status::kSubmitted);
  REQUIRE(taken.job.key.sequence == 1);
  REQUIRE(taken.job.submitted_at == now);
  REQUIRE(engine.state().jobs.live_count() == 1);
}

TEST_CASE_METHOD(ReplayedEngine,
                 "submitting the same job again answers its status and changes nothing") {
  submit({.job = "a"});
  accept_one();
  const auto digest = engine.digest();
  const auto taken = std::get<SubmitReply::Result>(try_submit({.job = "a"}));
  REQUIRE_FALSE(taken.created);
  REQUIRE(taken.job.status == Status::kAccepted);
  REQUIRE(engine.digest() == digest);
}

TEST_CASE_METHOD(ReplayedEngine, "an id with other content is refused and changes nothing") {
  submit({.job = "a"});
  const auto digest = engine.digest();
  for (const SubmitOptions& other :
       {SubmitOptions{.job = "a", .request = "[]"}, SubmitOptions{.job = "a", .client = "bob"},
        SubmitOptions{.job = "a", .priority = 51}, SubmitOptions{.job = "a", .keep_for = 1min}}) {
    REQUIRE(refusal(try_submit(other)) == Code::kConflict);
  }
  REQUIRE(engine.digest() == digest);
}

TEST_CASE_METHOD(ReplayedEngine, "each job of a list is answered in its place") {
  const auto job = [this](const char* id, const char* request) {
    return std::move(submit_command({.job = id, .request = request}).jobs.at(0));
  };
  Submit list{
      "scan",
      {job("a", "{}"), Refused{Code::kBadRequest, "jobs[1].job"}, job("a", "[]"), job("b", "{}")}};
  const auto items = std::get<SubmitReply>(*apply(std::move(list))).items;
  REQUIRE(items.size() == 4);
  REQUIRE_FALSE(refusal(items[0]));
  REQUIRE(refusal(items[1]) == Code::kBadRequest);
  REQUIRE(refusal(items[2]) == Code::kConflict);
  REQUIRE_FALSE(refusal(items[3]));
  REQUIRE(engine.state().jobs.live_count() == 2);
}

TEST_CASE_METHOD(ReplayedEngine, "a store full of live jobs refuses more and changes nothing",
                 "[limits]") {
  limits.jobs_live_max = 2;
  submit();
  submit();
  const auto digest = engine.digest();
  REQUIRE(refusal(try_submit({.job = "third"})) == Code::kFull);
  REQUIRE(refusal(try_submit({.job = "fourth", .datasource = "other"})) == Code::kFull);
  REQUIRE(engine.digest() == digest);

  complete(accept_one());
  REQUIRE_FALSE(refusal(try_submit({.job = "third"})));
}

TEST_CASE_METHOD(ReplayedEngine, "a store full of datasources refuses another one", "[limits]") {
  limits.datasources_max = 1;
  submit();
  const auto digest = engine.digest();
  REQUIRE(refusal(try_submit({.datasource = "other"})) == Code::kFull);
  Accept accept = accept_command();
  accept.datasource = "other";
  accept.wait = 1s;
  REQUIRE(refusal(apply(accept)) == Code::kFull);
  REQUIRE(engine.digest() == digest);
}

}  // namespace store
