// Of a unique name there is one live job.
#include "engine_fixture.h"

namespace store {
namespace {

using jobq::IfUnique;

class Unique : public ReplayedEngine {
 public:
  SubmitReply::Result again(SubmitOptions options) {
    options.unique = "u";
    return std::get<SubmitReply::Result>(try_submit(std::move(options)));
  }
  Refused refused(SubmitOptions options) {
    options.unique = "u";
    return std::get<Refused>(unchanged([&] { return try_submit(std::move(options)); }));
  }
};

}  // namespace

TEST_CASE_METHOD(Unique, "a second submit is answered with the job that is there") {
  REQUIRE(again({.job = "a"}).created);
  const auto answer = unchanged([&] { return again({.job = "b", .request = "2"}); });
  REQUIRE_FALSE(answer.created);
  REQUIRE(answer.job.job == "a");
  REQUIRE(find("b") == nullptr);
  SECTION("while a worker has it too") {
    const Lease a = accept_one();
    REQUIRE(again({.job = "b"}).job.job == "a");
    SECTION("and while it is tried again") {
      retry(a, 10s);
      REQUIRE(again({.job = "b"}).job.job == "a");
    }
  }
  SECTION("until it has ended") {
    SECTION("well") { complete(accept_one()); }
    SECTION("badly") { fail(accept_one()); }
    SECTION("at once") { cancel("a"); }
    REQUIRE(again({.job = "b"}).created);
    REQUIRE(again({.job = "c"}).job.job == "b");
  }
}

TEST_CASE_METHOD(Unique, "who wants it so is refused") {
  again({.job = "a"});
  const Refused said = refused({.job = "b", .if_unique = IfUnique::kRefuse});
  REQUIRE(said.code == Code::kConflict);
  REQUIRE(said.detail == "unique: the job a has this name");
}

TEST_CASE_METHOD(Unique, "who wants it so gives the job that waits another request") {
  again({.job = "a", .request = "1"});
  REQUIRE(again({.job = "b", .request = "22", .if_unique = IfUnique::kReplace}).job.job == "a");
  REQUIRE(std::get<Edited>(last<Edited>().change).request == "22");
  REQUIRE(view("a").request_bytes == 2);
  accept_one();
  const Refused said = refused({.job = "b", .if_unique = IfUnique::kReplace});
  REQUIRE(said.code == Code::kConflict);
  REQUIRE(said.detail == "unique: the job a has this name, and a worker has it already");
}

TEST_CASE_METHOD(Unique, "a request in place of another is held to the token's limits") {
  again({.job = "a"});
  const SubmitOptions long_one{.job = "b",
                               .request = "12345",
                               .if_unique = IfUnique::kReplace,
                               .allowance = {.bytes_max = 4}};
  REQUIRE(refused(long_one).code == Code::kTooLarge);
}

TEST_CASE_METHOD(Unique, "a list that is refused gives no job another request") {
  again({.job = "a"});
  Submit list = submit_command({.job = "b", .unique = "u", .if_unique = IfUnique::kReplace});
  list.is_atomic = true;
  list.jobs.push_back(std::get<NewJob>(submit_command({.job = "c", .unique = "u"}).jobs[0]));
  list.jobs.push_back(Refused{Code::kBadRequest, "job: is none"});
  const auto items = unchanged([&] { return ask<SubmitReply>(list).items; });
  REQUIRE(refusal(items.at(0)) == Code::kConflict);
  REQUIRE(std::get<SubmitReply::Result>(items.at(1)).job.job == "a");
  REQUIRE(refusal(items.at(2)) == Code::kBadRequest);
}

TEST_CASE_METHOD(Unique, "nothing is told of another client's job") {
  again({.job = "a"});
  for (const IfUnique does : {IfUnique::kAnswer, IfUnique::kRefuse, IfUnique::kReplace}) {
    const Refused said = refused({.job = "b", .client = "bob", .if_unique = does});
    REQUIRE(said.code == Code::kConflict);
    REQUIRE(said.detail == "unique: another client's job has this name");
  }
}

TEST_CASE_METHOD(Unique, "the same name elsewhere, and as a key, is another one") {
  again({.job = "a"});
  REQUIRE(again({.job = "a", .datasource = "print"}).created);
  submit({.job = "k", .turn_key = "u"});
  REQUIRE(ids(accept(10)) == Ids{"a", "k"});
}

TEST_CASE_METHOD(Unique, "a submit that is repeated is answered as before, by its id") {
  again({.job = "a"});
  REQUIRE_FALSE(unchanged([&] { return again({.job = "a"}); }).created);
  cancel("a");
  again({.job = "b"});
  REQUIRE(unchanged([&] { return again({.job = "a"}); }).job.job == "a");
}

TEST_CASE_METHOD(Unique, "a job is not made anew beside a live one") {
  again({.job = "a"});
  fail(accept_one());
  again({.job = "b"});
  const auto made = ask<SubmitReply>(Restart{"scan", "a", "c"}).items.at(0);
  REQUIRE(refusal(made) == Code::kConflict);
  cancel("b");
  ask<SubmitReply>(Restart{"scan", "a", "c"});
  REQUIRE(view("c").unique == "u");
  REQUIRE(again({.job = "d"}).job.job == "c");
}

}  // namespace store
