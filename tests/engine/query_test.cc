#include "engine_fixture.h"

namespace store {
namespace {

JobView job_in(const std::optional<Reply>& reply) {
  REQUIRE(reply);
  return std::get<JobReply>(*reply).job;
}
}  // namespace

TEST_CASE_METHOD(ReplayedEngine, "status with a wait is answered by the next change", "[wait]") {
  submit({.job = "a"});
  const auto request = park(patient("a", 10s));
  accept_one();
  REQUIRE(job_in(reply_to(request)).status == Status::kAccepted);
}

TEST_CASE_METHOD(ReplayedEngine, "status with a wait is answered at once when the caller is behind",
                 "[wait]") {
  submit({.job = "a"});
  const Sequence seen = find("a")->changed;
  accept_one();
  GetJob waiting = patient("a", 10s);
  waiting.seen = seen;
  REQUIRE(job_in(apply(waiting)).status == Status::kAccepted);
  waiting.seen = find("a")->changed;
  REQUIRE_FALSE(apply(waiting));
}

TEST_CASE_METHOD(ReplayedEngine, "waiting for the end passes over other changes", "[wait]") {
  submit({.job = "a"});
  GetJob waiting = patient("a", 60s, true);
  waiting.seen = 1;
  const auto request = park(waiting);
  accept_one();
  advance(30s);
  REQUIRE(status("a") == Status::kRetrying);
  REQUIRE_FALSE(reply_to(request));
  complete(accept_one());
  REQUIRE(job_in(reply_to(request)).status == Status::kComplete);
  REQUIRE(job_in(apply(waiting)).status == Status::kComplete);
}

TEST_CASE_METHOD(ReplayedEngine, "a wait that is over is answered with the status as it is",
                 "[wait]") {
  submit({.job = "a"});
  const auto request = park(patient("a", 10s));
  advance(10s);
  REQUIRE(job_in(reply_to(request)).status == Status::kSubmitted);
  REQUIRE(engine.waiter_count() == 0);
}

TEST_CASE_METHOD(ReplayedEngine, "everyone who waits is refused when the store ends", "[wait]") {
  submit({.job = "a"});
  const auto request = park(patient("a", 10s));
  engine.give_up_waiting({Code::kUnavailable, "ends"}, effects);
  REQUIRE(refusal(reply_to(request)) == Code::kUnavailable);
}

TEST_CASE_METHOD(ReplayedEngine, "a list has the client's own jobs, page by page", "[list]") {
  for (int i = 0; i < 5; ++i) {
    submit({.client = "alice"});
    submit({.client = "bob"});
  }
  const auto first = std::get<ListReply>(*apply(list_command("bob", 0, 3)));
  REQUIRE(first.jobs.size() == 3);
  REQUIRE(first.jobs[0].job == "j2");
  REQUIRE(first.cursor == first.jobs[2].key.sequence);
  const auto second = std::get<ListReply>(*apply(list_command("bob", first.cursor, 3)));
  REQUIRE(second.jobs.size() == 2);
  REQUIRE(second.cursor == 0);
  REQUIRE(std::get<ListReply>(*apply(list_command(std::nullopt))).jobs.size() == 10);
  REQUIRE(std::get<ListReply>(*apply(list_command("carol"))).jobs.empty());
}

TEST_CASE_METHOD(ReplayedEngine, "a list can be narrowed to statuses, and never looks at too many",
                 "[list][limits]") {
  for (int i = 0; i < 5; ++i) {
    submit();
  }
  complete(accept_one());
  ListJobs query = list_command("alice");
  query.statuses = 1u << static_cast<int>(Status::kComplete);
  REQUIRE(std::get<ListReply>(*apply(query)).jobs.size() == 1);

  limits.list_scan_max = 2;
  query.statuses = 1u << static_cast<int>(Status::kFailed);
  const auto page = std::get<ListReply>(*apply(query));
  REQUIRE(page.jobs.empty());
  REQUIRE(page.cursor == 2);
}

TEST_CASE_METHOD(ReplayedEngine, "a count is of all that the list has, whatever its limit",
                 "[count][limits]") {
  for (int i = 0; i < 5; ++i) {
    submit({.client = "alice"});
    submit({.client = "bob"});
  }
  complete(accept_one());
  const auto count = [&](const ListJobs& list) {
    return std::get<CountReply>(*apply(CountJobs{list}));
  };
  CHECK(count(list_command("alice", 0, 1)).count == 5);
  CHECK(count(list_command(std::nullopt)).count == 10);
  CHECK(count(list_command(std::nullopt, 8)).count == 2);
  CHECK(count(list_command("carol")).count == 0);
  ListJobs complete = list_command(std::nullopt);
  complete.statuses = 1u << static_cast<int>(Status::kComplete);
  CHECK(count(complete).count == 1);
  CHECK(count(complete).cursor == 0);

  limits.list_scan_max = 4;
  CHECK(count(list_command(std::nullopt)).count == 4);
  CHECK(count(list_command(std::nullopt)).cursor == 4);
  CHECK(count(list_command(std::nullopt, 8)).cursor == 0);

  // The requests are not the engine's to read.
  limits.search_scan_max = 3;
  ListJobs search = list_command("alice");
  search.text = "page";
  CHECK(count(search).count == 0);
  CHECK(count(search).text == "page");
  CHECK(count(search).jobs.size() == 3);
  CHECK(count(search).cursor == 5);
}

}  // namespace store
