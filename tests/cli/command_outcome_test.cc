#include "command_outcome.h"

#include <catch2/catch.hpp>

using namespace tools;
using Kind = CommandEnd::Kind;
using namespace std::chrono_literals;

namespace {

std::string response_to(const std::string& output) {
  const auto outcome = outcome_of({Kind::kExited, 0, output, "warning\n"}, {});
  REQUIRE(std::holds_alternative<jobq::Done>(outcome));
  return std::get<jobq::Done>(outcome).response;
}

jobq::JobError error_of(const CommandEnd& end) {
  const auto outcome = outcome_of(end, {});
  if (const auto* retry = std::get_if<jobq::Retry>(&outcome)) return retry->error;
  REQUIRE(std::holds_alternative<jobq::JobError>(outcome));
  return std::get<jobq::JobError>(outcome);
}

}  // namespace

TEST_CASE("JSON output is the response, as it is") {
  CHECK(response_to("{\"a\": 1.10}\n") == "{\"a\": 1.10}");
  CHECK(response_to(" 5 ") == "5");
}

TEST_CASE("other output becomes a JSON string, none becomes null") {
  CHECK(response_to("hello\n") == "\"hello\"");
  CHECK(response_to("a\nb\n\n") == "\"a\\nb\\n\"");
  CHECK(response_to("{\"a\":") == "\"{\\\"a\\\":\"");
  CHECK(response_to("") == "null");
  CHECK(response_to("\n") == "null");
}

TEST_CASE("output that is no UTF-8 is no response, and nothing is put in its place") {
  for (const std::string output : {"caf\xE9", "{\"a\": \"\xFF\"}", "\xC3"}) {
    CHECK(error_of({Kind::kExited, 0, output, ""}).code == "response-not-utf8");
  }
}

TEST_CASE("a byte order mark before JSON is no part of it") {
  CHECK(response_to("\xEF\xBB\xBF{\"a\": 1}\n") == "{\"a\": 1}");
  CHECK(response_to("\xEF\xBB\xBFhello") == "\"\uFEFFhello\"");
}

TEST_CASE("a response may be 1 MiB, not more") {
  const std::string most = "\"" + std::string(kResponseBytesMax - 2, 'x') + "\"";
  CHECK(response_to(most + "\n") == most);
  CHECK(error_of({Kind::kExited, 0, std::string(kResponseBytesMax - 1, 'x'), ""}).code ==
        "response-too-large");
  CHECK(error_of({Kind::kTooMuchOutput, 9, "", ""}).code == "response-too-large");
}

TEST_CASE("exit status and signal become the code, the last line the message") {
  const jobq::JobError error = error_of({Kind::kExited, 3, "ignored", "a\nlast \tline\n\n"});
  CHECK(error.code == "exit-3");
  CHECK(error.message == "last  line");
  CHECK(error.detail == "a\nlast \tline\n\n");
  CHECK(error_of({Kind::kSignalled, 9, "", ""}).code == "signal-9");
  CHECK_FALSE(error_of({Kind::kSignalled, 9, "", ""}).message.empty());
}

TEST_CASE("message and detail are UTF-8 within the store's limits") {
  const jobq::JobError bytes = error_of({Kind::kExited, 1, "", std::string(70'000, '\xFF')});
  CHECK(bytes.message.size() <= kMessageBytesMax);
  CHECK(bytes.message.size() > kMessageBytesMax - 4);
  CHECK(bytes.detail.size() <= kDetailBytesMax);
  CHECK(bytes.detail.size() > kDetailBytesMax - 4);
  CHECK(bytes.detail.starts_with("\uFFFD"));
  // Cut in the middle of a character by whoever kept the last bytes.
  CHECK(error_of({Kind::kExited, 1, "", "\xAC euro"}).detail == "\uFFFD euro");
  CHECK(error_of({Kind::kExited, 1, "", "a\033[31mb"}).message == "a\uFFFD[31mb");
}

TEST_CASE("each exit status has its outcome; most are to be retried") {
  const auto outcome = [](int status, jobq::Span delay = {}) {
    return outcome_of({.number = status, .errors = "why\n"}, delay);
  };
  for (const int status : {1, 2, 64, 75, 79, 125, 128, 255}) {
    INFO(status);
    REQUIRE(std::holds_alternative<jobq::Retry>(outcome(status)));
    const auto retry = std::get<jobq::Retry>(outcome(status, 2s));
    CHECK(retry.error.code == "exit-" + std::to_string(status));
    CHECK(retry.error.message == "why");
    CHECK(retry.delay == 2s);
    CHECK(std::get<jobq::Retry>(outcome(status)).delay == 0s);  // the backoff decides
  }
  REQUIRE(std::holds_alternative<jobq::Retry>(outcome_of({Kind::kSignalled, 9, "", ""}, {})));
  const auto release = std::get<jobq::Release>(outcome(76, 2s));
  CHECK(release.delay == 2s);
  CHECK(release.message == "why");
  CHECK(std::get<jobq::Forbid>(outcome(77)).error.message == "why");
  CHECK(std::get<jobq::JobError>(outcome(78)).code == "exit-78");
}

TEST_CASE("a command that cannot be run says nothing of its job") {
  for (const int status : {126, 127}) {
    const CommandEnd end{.number = status, .errors = "sh: 1: ./tpyo: not found\n"};
    CHECK(cannot_be_run(end));
    CHECK(std::get<jobq::Release>(outcome_of(end, {})).message ==
          "cannot be run: sh: 1: ./tpyo: not found");
  }
  CHECK_FALSE(cannot_be_run({.number = 1}));
  CHECK_FALSE(cannot_be_run({.kind = Kind::kSignalled, .number = 126}));
}

TEST_CASE("a stopped command says why, whatever its exit status") {
  const auto stopped = [](StopReason reason) {
    return outcome_of({.kind = Kind::kStopped, .number = 0, .output = "1", .stopped = reason}, {});
  };
  CHECK(std::holds_alternative<jobq::Cancelled>(stopped(StopReason::kCancelled)));
  CHECK(std::holds_alternative<jobq::Release>(stopped(StopReason::kWorkerStops)));
  // Should the store hold the lease still, the job does not fail for good.
  const auto lost = std::get<jobq::Release>(stopped(StopReason::kLeaseLost));
  CHECK(lost.message.starts_with("lease-lost: "));
  CHECK(std::get<jobq::Retry>(stopped(StopReason::kTimeout)).error.code == "timeout");
}

TEST_CASE("an answer in a line is a response, as it is written") {
  const auto outcome = outcome_of_line(R"({"response": {"a": 1.10}})", {});
  REQUIRE(std::holds_alternative<jobq::Done>(outcome));
  CHECK(std::get<jobq::Done>(outcome).response == R"({"a": 1.10})");
  CHECK(std::holds_alternative<jobq::JobError>(
      outcome_of_line("{\"response\": \"" + std::string(kResponseBytesMax, 'x') + "\"}", {})));
}

TEST_CASE("an answer in a line is an error, and says what becomes of the job") {
  const std::string error = R"("error": {"code": "ValueError", "message": "m", "detail": "d"})";
  const auto retry = outcome_of_line("{" + error + "}", 3s);
  REQUIRE(std::holds_alternative<jobq::Retry>(retry));
  const jobq::JobError& said = std::get<jobq::Retry>(retry).error;
  CHECK(said.code + " " + said.message + " " + said.detail == "ValueError m d");
  CHECK(std::get<jobq::Retry>(retry).delay == 3s);
  const auto later = outcome_of_line("{" + error + R"(, "outcome": "release", "delay": "5s"})", 3s);
  REQUIRE(std::holds_alternative<jobq::Release>(later));
  CHECK(std::get<jobq::Release>(later).delay == 5s);
  CHECK(std::get<jobq::Release>(later).message == "m");
  CHECK(std::holds_alternative<jobq::JobError>(
      outcome_of_line("{" + error + R"(, "outcome": "fail"})", {})));
  CHECK(std::holds_alternative<jobq::Forbid>(outcome_of_line(R"({"outcome": "forbid"})", {})));
}

TEST_CASE("a line that is no answer fails the attempt, and is told") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"hello", "no JSON"},
      {"[1]", "no object with a response or an error"},
      {"{}", "no object with a response or an error"},
      {R"({"error": 1})", "error: must be an object"},
      {R"({"error": {"code": 1}})", "code: must be a text"},
      {R"({"error": {}, "outcome": "maybe"})", "outcome: must be retry"},
      {R"({"error": {}, "delay": "x"})", "delay: must be a span"}};
  for (const auto& [line, message] : rows) {
    CAPTURE(line);
    const auto outcome = outcome_of_line(line, {});
    REQUIRE(std::holds_alternative<jobq::Retry>(outcome));
    CHECK(std::get<jobq::Retry>(outcome).error.code == "bad-answer");
    CHECK_THAT(std::get<jobq::Retry>(outcome).error.message, Catch::Contains(message));
  }
}

TEST_CASE("a command that ends well without an answer has failed") {
  const auto outcome = outcome_without_line({Kind::kExited, 0, "", ""}, {});
  REQUIRE(std::holds_alternative<jobq::Retry>(outcome));
  CHECK(std::get<jobq::Retry>(outcome).error.code == "no-answer");
  const auto exited = outcome_without_line({Kind::kExited, 3, "", ""}, {});
  REQUIRE(std::holds_alternative<jobq::Retry>(exited));
  CHECK(std::get<jobq::Retry>(exited).error.code == "exit-3");
}
