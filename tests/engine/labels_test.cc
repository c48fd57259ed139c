// Jobs that want a worker with labels.
#include "engine_fixture.h"

namespace store {
namespace {

class Labels : public ReplayedEngine {
 public:
  Accept accept_with(Ids labels, std::size_t max = 10, Ids functions = {}) {
    Accept command = accept_command(max);
    command.labels = std::move(labels);
    command.functions = std::move(functions);
    return command;
  }
  Ids given_to(Ids labels, std::size_t max = 10, Ids functions = {}) {
    return ids(ask<AcceptReply>(accept_with(std::move(labels), max, std::move(functions))).jobs);
  }
};

}  // namespace

TEST_CASE_METHOD(Labels, "a worker gets jobs whose labels it has, all of them", "[labels]") {
  submit({.job = "any"});
  submit({.job = "gpu", .labels = {"gpu"}});
  submit({.job = "both", .labels = {"gpu", "host=a"}});
  SECTION("with none") { CHECK(given_to({}) == Ids{"any"}); }
  SECTION("with one") { CHECK(given_to({"gpu"}) == Ids{"any", "gpu"}); }
  SECTION("with another") { CHECK(given_to({"host=a"}) == Ids{"any"}); }
  SECTION("with all and more") {
    CHECK(given_to({"gpu", "host=a", "ssd"}) == Ids{"any", "gpu", "both"});
  }
}

TEST_CASE_METHOD(Labels, "labels and functions both count, and turns and priorities stay",
                 "[labels]") {
  submit({.job = "a1", .client = "alice", .function = "ocr", .labels = {"gpu"}});
  submit({.job = "a2", .client = "alice", .function = "ocr"});
  submit({.job = "a3", .client = "alice", .function = "mail", .labels = {"gpu"}});
  submit({.job = "b1", .client = "bob", .function = "ocr", .labels = {"gpu"}});
  submit({.job = "b2", .client = "bob", .priority = 90, .function = "ocr", .labels = {"gpu"}});
  SECTION("of one function") {
    CHECK(given_to({"gpu"}, 10, {"ocr"}) == Ids{"b2", "a1", "b1", "a2"});
  }
  SECTION("of a pattern") { CHECK(given_to({"gpu"}, 2, {"m*"}) == Ids{"a3"}); }
  SECTION("of any") { CHECK(given_to({"gpu"}) == Ids{"b2", "a1", "b1", "a2", "a3"}); }
  SECTION("without labels") { CHECK(given_to({}, 10, {"ocr"}) == Ids{"a2"}); }
}

TEST_CASE_METHOD(Labels, "who waits gets the first that fits", "[labels]") {
  const std::uint64_t request = [&] {
    Accept command = accept_with({"gpu"}, 1);
    command.worker = "has gpu";
    command.wait = 60s;
    return park(std::move(command));
  }();
  const std::uint64_t bare = park_accept("has none");
  submit({.job = "a", .labels = {"host=a"}});
  CHECK(given(request).empty());
  CHECK(given(bare).empty());
  submit({.job = "b", .labels = {"gpu"}});
  CHECK(given(request) == Ids{"b"});
  submit({.job = "c"});
  CHECK(given(bare) == Ids{"c"});
}

TEST_CASE_METHOD(Labels, "they come from the function, else from the datasource", "[labels]") {
  configure({.terms = {.labels = {"host=a"}}});
  ask<jobq::FunctionStatus>(PutFunction{"scan", {.name = "ocr", .terms = {.labels = {"gpu"}}}});
  submit({.job = "a"});
  submit({.job = "b", .function = "ocr"});
  submit({.job = "c", .function = "ocr", .labels = {"ssd"}});
  CHECK(given_to({"host=a"}) == Ids{"a"});
  CHECK(given_to({"gpu"}) == Ids{"b"});
  CHECK(given_to({"ssd"}) == Ids{"c"});
}

TEST_CASE_METHOD(Labels, "explain says which worker is missing", "[labels]") {
  submit({.job = "a", .function = "ocr", .labels = {"gpu", "host=a"}});
  const auto text = [&] {
    return ask<Explanation>(Explain{"scan", "a", "alice"}).reasons.back().text;
  };
  CHECK(text() ==
        "no worker that has gpu and host=a waits for jobs of function ocr");
  park_accept("bare");
  CHECK(text().starts_with("no worker"));
}

TEST_CASE_METHOD(Labels, "a job that goes back is found by its labels again", "[labels]") {
  submit({.job = "a", .labels = {"gpu"}});
  submit({.job = "b", .labels = {"gpu"}});
  REQUIRE(given_to({"gpu"}, 1) == Ids{"a"});
  release({"a", 1});
  CHECK(given_to({}).empty());
  CHECK(given_to({"gpu"}) == Ids{"a", "b"});
}

}  // namespace store
