// What calls do with time, repetition and refusals.
#include "jobq/client.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <set>

#include "jobq/admin.h"
#include "jobq/driver.h"
#include "script.h"

using namespace std::chrono_literals;

namespace {

std::string job(const std::string& rest) {
  return R"((body = (job = (job = "j1", )" + rest + ")))";
}

// What the call threw.
jobq::Refused refusal_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const jobq::Refused& refused) {
    return refused;
  }
  FAIL("was not refused");
  throw std::logic_error("unreachable");
}

}  // namespace

TEST_CASE("a list of one that is refused is a result; a single job that is refused throws") {
  const std::string code = GENERATE("409", "429", "503");
  const std::string item = "code = " + code + R"(, error = "no", retryAfterMs = 1500)";
  Script script({"(" + item + ", body = (submitted = [(" + item + ")]))"});
  jobq::Client client(script.connection);
  const auto results = client.submit_many("scan", {jobq::NewJob{.job = "a"}});
  REQUIRE(std::to_string(results.at(0).code) == code);
  REQUIRE(results[0].retry_after == 1'500ms);
  const auto refused = refusal_of([&] { client.submit("scan", {.job = "a"}); });
  REQUIRE(std::to_string(refused.code()) == code);
  REQUIRE(refused.what() == std::string("no"));
  REQUIRE(refused.retry_after() == 1'500ms);
  REQUIRE(script.store.asked().size() == 2);  // and not repeated
}

TEST_CASE("a count adds up what is counted in several answers") {
  Script script({"(body = (count = (count = 17, cursor = 40)))", "(body = (count = (count = 3)))",
                 "(body = (count = (count = 5)))"});
  jobq::Client client(script.connection);
  CHECK(client.count("scan", {.client = "alice", .tag = "a"}) == 20);
  CHECK(jobq::Driver(script.connection).count("scan", {.cursor = 7}) == 5);
  CHECK(script.asked(0) == Script::request(R"((path = "/scan/job/count", body = (listQuery =
      (client = "alice", tag = "a"))))"));
  CHECK(script.asked(1) == Script::request(R"((path = "/scan/job/count", body = (listQuery =
      (client = "alice", tag = "a", cursor = 40))))"));
  CHECK(script.asked(2) == Script::request(R"((path = "/jobs/scan/count", body = (listQuery =
      (cursor = 7))))"));
}

TEST_CASE("a page that is sorted by a value is put together of several answers") {
  Script script(
      {"(body = (jobs = (jobs = [(job = \"b\", sequence = 2, priority = 20), (job = \"d\", "
       "sequence = 4, priority = 40)], cursor = 4)))",
       "(body = (jobs = (jobs = [(job = \"e\", sequence = 5, priority = 10), (job = \"f\", "
       "sequence = 6, priority = 30)], cursor = 6)))",
       "(body = (jobs = (jobs = [(job = \"g\", sequence = 7, priority = 10)])))"});
  jobq::Client client(script.connection);
  const jobq::JobPage page =
      client.list("scan", {.client = "alice", .limit = 2, .order = jobq::ListOrder::kPriority});
  REQUIRE(page.jobs.size() == 2);
  CHECK(page.jobs[0].job == "e");
  CHECK(page.jobs[1].job == "g");
  CHECK(page.cursor == 0);
  CHECK(page.next == jobq::ListPlace{10, 7});
  CHECK(script.asked(0) ==
        Script::request(R"((path = "/scan/job/list", body = (listQuery = (client =
     "alice", limit = 2, order = priority))))"));
  CHECK(script.asked(1) ==
        Script::request(R"((path = "/scan/job/list", body = (listQuery = (client =
     "alice", cursor = 4, limit = 2, order = priority, aheadOf = (value = 40, sequence = 4)))))"));
  CHECK(script.asked(2) ==
        Script::request(R"((path = "/scan/job/list", body = (listQuery = (client =
     "alice", cursor = 6, limit = 2, order = priority, aheadOf = (value = 20, sequence = 2)))))"));
}

TEST_CASE("a whole message that is refused throws") {
  Script script({R"((code = 429, error = "busy", retryAfterMs = 2500))"});
  jobq::Client client(script.connection);
  jobq::Admin admin(script.connection);
  const std::vector<std::function<void()>> calls = {
      [&] { client.submit_many("scan", {jobq::NewJob{.job = "a"}}); },
      [&] { client.status("scan", "j1"); }, [&] { admin.restart("scan", "j1"); },
      [&] { admin.remove("scan", "j1"); }};
  for (const auto& call : calls) {
    const auto refused = refusal_of(call);
    REQUIRE(refused.code() == 429);
    REQUIRE(refused.what() == std::string("busy"));
    REQUIRE(refused.retry_after() == 2'500ms);
  }
}

TEST_CASE("a restart that is refused as an item throws") {
  const std::string item = R"(code = 409, error = "status: accepted")";
  Script script({"(" + item + ", body = (submitted = [(" + item + ")]))"});
  jobq::Admin admin(script.connection);
  REQUIRE_THROWS_WITH(admin.restart("scan", "j1"), "status: accepted");
}

TEST_CASE("a job without id keeps the GUID it got when it is sent again") {
  Script script({"", R"((body = (submitted = [(code = 200, job = (job = "j"))])))"});
  jobq::Client client(script.connection);
  client.submit("scan", {.request = "{}"});
  const auto asked = script.store.asked(2);
  REQUIRE(asked[0].request().getBody().getSubmit().getJobs()[0].getJob().size() == 36);
  REQUIRE(asked[0].bytes == asked[1].bytes);
}

TEST_CASE("a message above the limit is refused without being sent") {
  Script script({""});
  jobq::Client client(script.connection);
  const std::string request(9u << 20, ' ');
  REQUIRE(refusal_of([&] { client.submit("scan", {.request = request}); }).code() == 413);
  REQUIRE(script.store.asked().empty());
}

TEST_CASE("a status that this library does not know is no answer") {
  const TemporaryDirectory directory;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    self.reply(asked, 200, [&](protocol::Reply::Builder reply) {
      const bool is_first = self.asked().empty();
      reply.getBody().initJob().setStatus(is_first ? static_cast<protocol::Status>(99)
                                                   : protocol::Status::RETRYING);
    });
  });
  jobq::Client client(quick_connection(directory.endpoint()));
  REQUIRE(client.status("scan", "j1").status == jobq::Status::kRetrying);
}

TEST_CASE("wait asks until the job is final") {
  const std::string running = job("status = accepted, changed = 1");
  Script script({running, running, job("status = complete, changed = 1")});
  jobq::Client client(script.connection);
  const auto end = client.wait("scan", "j1", "alice", jobq::Span::max());
  REQUIRE(end);
  REQUIRE(end->status == jobq::Status::kComplete);
  const auto asked = script.store.asked(3);
  const auto query = asked[0].request().getBody().getJobQuery();
  REQUIRE(query.getUntilFinal());
  REQUIRE(query.getWaitMs() > 0);
  REQUIRE(query.getWaitMs() <= 60'000);
}

TEST_CASE("wait is empty when the job is not final by then, or the store away all the time") {
  const TemporaryDirectory nowhere;
  jobq::Client lost(quick_connection(nowhere.endpoint()));
  REQUIRE_FALSE(lost.wait("scan", "j1", "alice", 50ms));
  Script script({job("status = accepted, changed = 1")});
  jobq::Client client(script.connection);
  REQUIRE_FALSE(client.wait("scan", "j1", "alice", 0ms));
}

TEST_CASE("waiting for a change from now first learns what is known now") {
  Script script({job("changed = 5"), job("changed = 6")});
  jobq::Client client(script.connection);
  REQUIRE(client.wait_for_change("scan", "j1", "alice", 0, 1h).changed == 6);
  const auto asked = script.store.asked(2);
  REQUIRE(asked.size() == 2);
  REQUIRE(asked[1].request().getBody().getJobQuery().getSeen() == 5);
  REQUIRE(asked[1].request().getBody().getJobQuery().getWaitMs() > 0);
}

TEST_CASE("waiting for a change ends without one") {
  Script script({job("changed = 5")});
  jobq::Client client(script.connection);
  REQUIRE(client.wait_for_change("scan", "j1", "alice", 5, 0ms).changed == 5);
}

TEST_CASE("an accept whose answer is lost repeats its number; a new one has the next number") {
  const std::string given = R"((body = (accepted = [(lease = (job = "j1", attempt = 3))])))";
  Script script({"", given});
  jobq::Driver driver(script.connection);
  const jobq::AcceptQuery query{
      .worker = "w", .max = 5, .lease = 10ms, .wait = 0ms, .functions = {"copy", "scan"}};
  REQUIRE(driver.accept("scan", query).at(0).lease.attempt == 3);
  driver.accept("scan", query);
  const auto asked = script.store.asked(3);
  REQUIRE(asked.size() == 3);
  REQUIRE(asked[0].bytes == asked[1].bytes);
  const auto number = asked[0].request().getBody().getAccept().getRequestNumber();
  REQUIRE(number > 1'700'000'000'000'000);  // the clock in microseconds
  for (const std::size_t i : {0u, 2u}) {
    REQUIRE(script.asked(i) ==
            Script::request(R"((method = post, path = "/jobs/scan/accept", body = (accept =
     (worker = "w", max = 5, leaseMs = 10, functions = ["copy", "scan"], requestNumber = )" +
                            std::to_string(i == 0 ? number : number + 1) + ")))"));
  }
}

TEST_CASE("an accept after Unreachable takes up the number that was not answered") {
  const TemporaryDirectory directory;
  std::atomic<bool> answers = false;
  FakeStore store(directory.endpoint(), [&](FakeStore& self, const Asked& asked) {
    if (answers) {
      self.reply(asked, 200,
                 [](protocol::Reply::Builder reply) { reply.getBody().initAccepted(0); });
    }
  });
  auto options = quick_connection(directory.endpoint());
  options.patience = 200ms;
  jobq::Driver driver(options);
  REQUIRE_THROWS_AS(driver.accept("scan", {.worker = "w"}), jobq::Unreachable);
  answers = true;
  driver.accept("scan", {.worker = "w"});
  driver.accept("scan", {.worker = "w"});
  const auto asked = store.asked();
  const auto number_of = [&](std::size_t i) {
    return asked[i].request().getBody().getAccept().getRequestNumber();
  };
  REQUIRE(number_of(asked.size() - 2) == number_of(0));
  REQUIRE(number_of(asked.size() - 1) == number_of(0) + 1);
}

TEST_CASE("an accept tells what is to be cancelled") {
  Script script({R"((body = (accepted = []), cancels = [(lease = (job = "j0"), sequence = 5)]))"});
  jobq::Driver driver(script.connection);
  std::vector<jobq::CancelRequest> cancels;
  REQUIRE(driver.accept("scan", {.worker = "w"}, &cancels).empty());
  REQUIRE(cancels.at(0).lease.job == "j0");
  REQUIRE(cancels[0].sequence == 5);
}

TEST_CASE("one named job is accepted under a number that a repetition keeps") {
  // An answer without the job is none.
  Script script({"", "(body = (updated = [(code = 200)]))",
                 R"((body = (updated = [(code = 200, accepted = (lease = (job = "j1")))])))"});
  jobq::Driver driver(script.connection);
  REQUIRE(driver.accept_one("scan", "j1", "w", 5ms).lease.job == "j1");
  driver.accept_one("scan", "j1", "w");
  const auto asked = script.store.asked(4);
  REQUIRE(asked[0].bytes == asked[1].bytes);
  REQUIRE(asked[0].bytes == asked[2].bytes);
  const auto one_of = [&](std::size_t i) {
    return asked[i].request().getBody().getUpdate().getOutcomes()[0].getAccepted();
  };
  const auto number = one_of(0).getRequestNumber();
  REQUIRE(number > 1'700'000'000'000'000);  // the clock in microseconds
  REQUIRE(one_of(3).getRequestNumber() == number + 1);
  REQUIRE(script.asked(0) ==
          Script::request(R"((method = post, path = "/jobs/scan/update", body = (update =
     (outcomes = [(lease = (job = "j1"), accepted = (worker = "w", leaseMs = 5, requestNumber = )" +
                          std::to_string(number) + "))])))"));
}

TEST_CASE("a named job that cannot be had is refused at once, also with 503") {
  const std::string code = GENERATE("409", "429", "503");
  const std::string item = "code = " + code + R"(, error = "no", retryAfterMs = 250)";
  Script script({"(" + item + ", body = (updated = [(" + item + ")]))"});
  jobq::Driver driver(script.connection);
  const auto refused = refusal_of([&] { driver.accept_one("scan", "j1", "w"); });
  REQUIRE(std::to_string(refused.code()) == code);
  REQUIRE(refused.retry_after() == 250ms);
  REQUIRE(script.store.asked().size() == 1);
}

TEST_CASE("GUIDs are version 4 and differ") {
  std::set<std::string> guids;
  for (int i = 0; i < 100; ++i) {
    const std::string guid = jobq::new_guid();
    REQUIRE(guid.size() == 36);
    REQUIRE(guid[14] == '4');
    REQUIRE(std::string("89ab").find(guid[19]) != std::string::npos);
    guids.insert(guid);
  }
  REQUIRE(guids.size() == 100);
}

TEST_CASE("the last four statuses are final") {
  REQUIRE_FALSE(jobq::is_final(jobq::Status::kRetrying));
  REQUIRE(jobq::is_final(jobq::Status::kComplete));
  REQUIRE(jobq::is_final(jobq::Status::kForbidden));
}

TEST_CASE("each word has a name") {
  const auto require_names = [](auto last, const std::vector<std::string_view>& names) {
    using Enum = decltype(last);
    REQUIRE(names.size() == static_cast<std::size_t>(last) + 1);
    for (std::size_t i = 0; i < names.size(); ++i) {
      REQUIRE(to_string(static_cast<Enum>(i)) == names[i]);
    }
  };
  require_names(jobq::Status::kForbidden, {"submitted", "accepted", "retrying", "complete",
                                           "failed", "cancelled", "forbidden"});
  require_names(jobq::Ending::kUndelivered, {"complete", "failed", "forbidden", "cancelled",
                                             "released", "timeout", "lease-lost", "undelivered"});
  require_names(jobq::LogLevel::kError, {"debug", "info", "warning", "error"});
  require_names(jobq::Reason::Kind::kThen,
                {"final", "running", "not-before", "backoff", "paused", "concurrency", "behind",
                 "no-worker", "due", "after", "key", "then"});
  require_names(jobq::FollowOn::kAny, {"complete", "failed", "any"});
  require_names(jobq::IfUnique::kReplace, {"answer", "refuse", "replace"});
  require_names(jobq::Mode::kPausedAndDraining,
                {"running", "paused", "draining", "paused-and-draining"});
  require_names(jobq::RequestRecord::Kind::kCancel, {"job", "cancel"});
}
