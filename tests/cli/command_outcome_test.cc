#include "command_outcome.h"

#include <catch2/catch.hpp>

using namespace tools;
using Kind = CommandEnd::Kind;

namespace {

std::string response_to(const std::string& output) {
  const auto outcome = outcome_of({Kind::kExited, 0, output, "warning\n"}, false);
  REQUIRE(std::holds_alternative<jobq::Done>(outcome));
  return std::get<jobq::Done>(outcome).response;
}

jobq::JobError error_of(const CommandEnd& end) {
  const auto outcome = outcome_of(end, false);
  REQUIRE(std::holds_alternative<jobq::JobError>(outcome));
  return std::get<jobq::JobError>(outcome);
}

}  // namespace

TEST_CASE("JSON output is the response, as it is", "[outcome]") {
  CHECK(response_to("{\"a\": 1.10}\n") == "{\"a\": 1.10}");
  CHECK(response_to(" 5 ") == "5");
}

TEST_CASE("other output becomes a JSON string, none becomes null", "[outcome]") {
  CHECK(response_to("hello\n") == "\"hello\"");
  CHECK(response_to("a\nb\n\n") == "\"a\\nb\\n\"");
  CHECK(response_to("{\"a\":") == "\"{\\\"a\\\":\"");
  CHECK(response_to("caf\xE9") == "\"caf\uFFFD\"");
  CHECK(response_to("") == "null");
  CHECK(response_to("\n") == "null");
}

TEST_CASE("a response may be 1 MiB, not more", "[outcome]") {
  const std::string most = "\"" + std::string(kResponseBytesMax - 2, 'x') + "\"";
  CHECK(response_to(most + "\n") == most);
  CHECK(error_of({Kind::kExited, 0, std::string(kResponseBytesMax - 1, 'x'), ""}).code ==
        "response-too-large");
  CHECK(error_of({Kind::kTooMuchOutput, 9, "", ""}).code == "response-too-large");
}

TEST_CASE("exit status and signal become the code, the last line the message", "[outcome]") {
  const jobq::JobError error = error_of({Kind::kExited, 3, "ignored", "a\nlast \tline\n\n"});
  CHECK(error.code == "exit-3");
  CHECK(error.message == "last  line");
  CHECK(error.detail == "a\nlast \tline\n\n");
  CHECK(error_of({Kind::kSignalled, 9, "", ""}).code == "signal-9");
  CHECK_FALSE(error_of({Kind::kSignalled, 9, "", ""}).message.empty());
}

TEST_CASE("message and detail are UTF-8 within the store's limits", "[outcome]") {
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

TEST_CASE("exit status 75 asks for another attempt, 77 forbids", "[outcome]") {
  const CommandEnd later{.number = 75, .errors = "no network\n"};
  REQUIRE(std::holds_alternative<jobq::Retry>(outcome_of(later, false)));
  const auto retry = std::get<jobq::Retry>(outcome_of(later, false));
  CHECK(retry.error.code == "exit-75");
  CHECK(retry.error.message == "no network");
  CHECK(retry.delay == jobq::Span{});  // the backoff decides

  const CommandEnd never{.number = 77, .errors = "not for you\n"};
  for (const bool retries : {false, true}) {
    REQUIRE(std::holds_alternative<jobq::Forbid>(outcome_of(never, retries)));
    CHECK(std::get<jobq::Forbid>(outcome_of(never, retries)).error.message == "not for you");
  }
}

TEST_CASE("all failures are to be retried where the worker says so", "[outcome]") {
  const auto retried = [](const CommandEnd& end) {
    const jobq::Word word = outcome_of(end, true);
    REQUIRE(std::holds_alternative<jobq::Retry>(word));
    return std::get<jobq::Retry>(word).error.code;
  };
  CHECK(retried({.number = 1}) == "exit-1");
  CHECK(retried({.kind = Kind::kSignalled, .number = 9}) == "signal-9");
  CHECK(retried({.kind = Kind::kTooMuchOutput}) == "response-too-large");
  CHECK(std::holds_alternative<jobq::Done>(outcome_of({.output = "1"}, true)));
}

TEST_CASE("a stopped command says why, whatever its exit status", "[outcome]") {
  const auto stopped = [](StopReason reason) {
    return outcome_of({.kind = Kind::kStopped, .number = 0, .output = "1", .stopped = reason},
                      true);
  };
  CHECK(std::holds_alternative<jobq::Cancelled>(stopped(StopReason::kCancelled)));
  CHECK(std::holds_alternative<jobq::Release>(stopped(StopReason::kWorkerStops)));
  CHECK(std::get<jobq::JobError>(stopped(StopReason::kLeaseLost)).code == "lease-lost");
  CHECK(std::get<jobq::JobError>(stopped(StopReason::kTimeout)).code == "timeout");
}
