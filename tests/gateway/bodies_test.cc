#include "bodies.h"

#include <capnp/message.h>

#include <catch2/catch.hpp>
#include <random>

#include "protocol.capnp.h"
#include "refusal.h"

namespace {

using gateway::Body;
using store::Operation;

const store::ExpectedBody& body_for(Operation operation) {
  return store::traits_of(operation).body;
}

struct Filled {
  explicit Filled(const Body& body) { body.fill(message.initRoot<protocol::Request>().getBody()); }
  protocol::Request::Body::Reader body() {
    return message.getRoot<protocol::Request>().asReader().getBody();
  }
  capnp::MallocMessageBuilder message;
};

std::string refused_field(Operation operation, const std::string& json,
                          const gateway::Wishes& wishes = {}) {
  try {
    gateway::body_of_json(body_for(operation), json, wishes);
    return "none";
  } catch (const gateway::Refusal& refusal) {
    REQUIRE(refusal.code == 400);
    return refusal.field;
  }
}

}  // namespace

TEST_CASE("a job stands for the list of it, and gets an id where it has none") {
  const auto expected = body_for(Operation::kSubmit);
  const Body one = gateway::body_of_json(expected, R"({"request": {"a": [1]}})", {.job = "key"});
  REQUIRE(one.is_one);
  Filled filled(one);
  REQUIRE(filled.body().getSubmit().getJobs().size() == 1);
  REQUIRE(filled.body().getSubmit().getJobs()[0].getJob() == "key");
  REQUIRE(filled.body().getSubmit().getJobs()[0].getRequest() == R"({"a": [1]})");
  const Body list = gateway::body_of_json(expected, R"({"jobs": [{"request": 1}]})", {});
  REQUIRE_FALSE(list.is_one);
  // Filled twice it is the same job.
  Filled first(list);
  Filled again(list);
  REQUIRE(first.body().getSubmit().getJobs()[0].getJob().size() == 36);
  REQUIRE(first.body().getSubmit().getJobs()[0].getJob() ==
          again.body().getSubmit().getJobs()[0].getJob());
}

TEST_CASE("an outcome has one word") {
  const auto of = [](const std::string& words) {
    return R"({"job": "a", "attempt": 2, "leaseToken": "t")" + words + "}";
  };
  const auto read = [&](const std::string& words) {
    return gateway::body_of_json(body_for(Operation::kUpdate), of(words), {});
  };
  Filled complete(read(R"(, "complete": {"x": 1})"));
  const auto outcome = complete.body().getUpdate().getOutcomes()[0];
  REQUIRE(outcome.isComplete());
  REQUIRE(outcome.getComplete() == R"({"x": 1})");
  REQUIRE(outcome.getLease().getAttempt() == 2);
  REQUIRE(outcome.getLease().getToken() == "t");
  REQUIRE_FALSE(outcome.hasCheckpoint());
  Filled cancelled(read(R"(, "cancelled": true)"));
  REQUIRE(cancelled.body().getUpdate().getOutcomes()[0].isCancelled());
  Filled released(read(R"(, "release": {"delayMs": 5}, "checkpoint": "")"));
  const auto left = released.body().getUpdate().getOutcomes()[0];
  REQUIRE(left.getRelease().getDelayMs() == 5);
  REQUIRE(left.hasCheckpoint());  // empty is not the same as none
  REQUIRE(refused_field(Operation::kUpdate, of("")) == "");
  REQUIRE(refused_field(Operation::kUpdate, of(R"(, "complete": 1, "cancelled": true)")) == "");
  REQUIRE(refused_field(Operation::kUpdate, R"({"outcomes": [{"job": "a"}]})") == "outcomes[0]");
}

TEST_CASE("what repeats a request is in it from the start") {
  const Body accept = gateway::body_of_json(body_for(Operation::kAccept), R"({"worker": "w"})", {});
  Filled first(accept);
  Filled again(accept);
  REQUIRE(first.body().getAccept().getRequestNumber() > 0);
  REQUIRE(first.body().getAccept().getRequestNumber() ==
          again.body().getAccept().getRequestNumber());
}

TEST_CASE("a wait that is wished for is the body's, and is known to who waits") {
  const jobq::Span wait(5000);
  const Body until_end =
      gateway::body_of_parameters(body_for(Operation::kGetJob), {}, {.wait = wait});
  REQUIRE(until_end.held == wait);
  Filled filled(until_end);
  REQUIRE(filled.body().getJobQuery().getWaitMs() == 5000);
  REQUIRE(filled.body().getJobQuery().getUntilFinal());
  Filled changed(
      gateway::body_of_parameters(body_for(Operation::kGetJob), {}, {.wait = wait, .seen = 7}));
  REQUIRE_FALSE(changed.body().getJobQuery().getUntilFinal());
  REQUIRE(changed.body().getJobQuery().getSeen() == 7);
  const Body accept = gateway::body_of_json(body_for(Operation::kAccept),
                                            R"({"worker": "w", "waitMs": 99999999})", {});
  REQUIRE(accept.held == jobq::Span(60000));
}

TEST_CASE("a body that is wrong is refused with the field") {
  REQUIRE(refused_field(Operation::kSubmit, "") == "body");
  REQUIRE(refused_field(Operation::kSubmit, "nonsense") == "body");
  REQUIRE(refused_field(Operation::kSubmit, R"({"prioritty": 1})") == "prioritty");
  REQUIRE(refused_field(Operation::kSubmit, R"({"jobs": 1})") == "jobs");
  REQUIRE(refused_field(Operation::kSubmit, R"({"jobs": [{"tags": [1]}]})") == "jobs[0].tags[0]");
  REQUIRE(refused_field(Operation::kPause, R"({"a": 1})") == "body");
  REQUIRE(refused_field(Operation::kPause, "{}") == "none");
  REQUIRE(refused_field(Operation::kPause, "") == "none");
  REQUIRE(refused_field(Operation::kSubmit, R"({"job": "b"})", {.job = "a"}) == "Idempotency-Key");
}

TEST_CASE("lists are bounded before they take memory") {
  const auto list = [](std::size_t count, const std::string& item) {
    std::string text = "[" + item;
    for (std::size_t i = 1; i < count; ++i) text += "," + item;
    return text + "]";
  };
  const auto jobs = [](const std::string& all) { return R"({"jobs": )" + all + "}"; };
  REQUIRE(refused_field(Operation::kSubmit, jobs(list(1024, "{}"))) == "none");
  REQUIRE(refused_field(Operation::kSubmit, jobs(list(1025, "{}"))) == "jobs");
  const std::string many = R"({"tags": )" + list(1000, R"("t")") + "}";
  REQUIRE(refused_field(Operation::kSubmit, jobs(list(100, many))) == "none");
  REQUIRE(refused_field(Operation::kSubmit, jobs(list(200, many))).ends_with("].tags"));
}

TEST_CASE("whatever is sent is read or refused") {
  const std::string seeds[] = {
      R"({"jobs": [{"job": "a", "request": {"x": [1, 2.5e3, null]}, "then": [{"on": "any"}]}]})",
      R"({"outcomes": [{"job": "a", "attempt": 1, "log": {"lines": [{"text": "é\n"}]}}]})",
      R"({"where": {"statuses": ["failed"], "behind": {"value": 1}}, "isDry": true})",
      R"({"datasource": "s", "terms": {"backoff": {"initialMs": 1}}, "item": {"a": "b"}})",
      R"({"cron": "@daily", "job": {"request": 1, "notBefore": "2026-12-01T00:00:00Z"}})",
      R"({"function": "f", "changes": [{"name": "n", "how": "add", "number": -5}]})"};
  std::mt19937 random(7);  // NOLINT: the same each time
  const std::string letters = "{}[]\",:\\0123456789eE+-.tfn \x80\xff";
  for (int i = 0; i < 20000; ++i) {
    std::string json = seeds[random() % std::size(seeds)];
    for (auto changes = random() % 4; changes > 0; --changes) {
      const std::size_t place = random() % json.size();
      switch (random() % 3) {
        case 0: json[place] = letters[random() % letters.size()]; break;
        case 1: json.insert(place, 1, letters[random() % letters.size()]); break;
        default: json.erase(place, random() % 8); break;
      }
    }
    for (const Operation operation :
         {Operation::kSubmit, Operation::kUpdate, Operation::kCancelAll, Operation::kConfigure,
          Operation::kPutSchedule, Operation::kChangeState, Operation::kPutFunction}) {
      try {
        Filled(gateway::body_of_json(body_for(operation), json, {}));
      } catch (const gateway::Refusal& refusal) {
        REQUIRE(refusal.code == 400);
      }
    }
  }
}
