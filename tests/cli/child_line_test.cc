#include <catch2/catch.hpp>

#include "command_outcome.h"

using namespace tools;

namespace {

ProgressLine progress(const std::string& line) {
  const ChildLine said = parse_child_line(line);
  INFO(line);
  REQUIRE(std::holds_alternative<ProgressLine>(said));
  return std::get<ProgressLine>(said);
}

LogLineSaid log_line(const std::string& line) {
  const ChildLine said = parse_child_line(line);
  INFO(line);
  REQUIRE(std::holds_alternative<LogLineSaid>(said));
  return std::get<LogLineSaid>(said);
}

}  // namespace

TEST_CASE("progress is a share or a percentage, with a message or without") {
  CHECK(progress("jobq:progress 0.5 page 5  of 10 ").value == 0.5);
  CHECK(progress("jobq:progress 0.5 page 5  of 10 ").message == "page 5  of 10");
  CHECK(progress("jobq:progress 0").value == 0);
  CHECK(progress("jobq:progress 1").value == 1);
  CHECK(progress("jobq:progress 0").message.empty());
  CHECK(progress("jobq:progress 25% \tdone\r").value == 0.25);
  CHECK(progress("jobq:progress 25% \tdone\r").message == "done");
  CHECK(progress("jobq:progress 100%").value == 1);
  CHECK(progress("jobq:progress  .5 x").value == 0.5);
}

TEST_CASE("a log line has a level and a text") {
  CHECK(log_line("jobq:log warning page 6 is empty").level == jobq::LogLevel::kWarning);
  CHECK(log_line("jobq:log warning page 6 is empty").text == "page 6 is empty");
  CHECK(log_line("jobq:log debug x").level == jobq::LogLevel::kDebug);
  CHECK(log_line("jobq:log info x").level == jobq::LogLevel::kInfo);
  CHECK(log_line("jobq:log error  x ").level == jobq::LogLevel::kError);
  CHECK(log_line("jobq:log error  x ").text == "x");
  CHECK(log_line("jobq:log info caf\xE9").text == "caf\uFFFD");
}

TEST_CASE("a line of a level that is not known is kept, as an error") {
  for (const char* text : {"critical disk full", "INFO x", "loud x", "hello"}) {
    CHECK(log_line(std::string("jobq:log ") + text).level == jobq::LogLevel::kError);
    CHECK(log_line(std::string("jobq:log ") + text).text == text);
  }
}

TEST_CASE("a delay is a span") {
  const ChildLine said = parse_child_line("jobq:delay 1m30s\r");
  REQUIRE(std::holds_alternative<DelayLine>(said));
  CHECK(std::get<DelayLine>(said).delay == std::chrono::seconds(90));
}

TEST_CASE("what is meant for the worker and is not understood is told apart") {
  for (const char* line :
       {"jobq:progress", "jobq:progress ", "jobq:progress half", "jobq:progress 1.1",
        "jobq:progress -0.1", "jobq:progress 101%", "jobq:progress nan", "jobq:progress 0.5x",
        "jobq:progress %", "jobq:progress 1e-1", "jobq:progress0.5", "jobq:log", "jobq:log info",
        "jobq:log info ", "jobq:logs info x", "jobq:delay", "jobq:delay soon", "jobq:x"}) {
    INFO(line);
    CHECK(std::holds_alternative<BadLine>(parse_child_line(line)));
  }
}

TEST_CASE("all other lines are the command's own") {
  for (const char* line : {"", "hello", "jobq:", "jobq: refused by the store (409)",
                           " jobq:progress 0.5", "error: jobq:log info x"}) {
    INFO(line);
    CHECK(std::holds_alternative<OwnLine>(parse_child_line(line)));
  }
}

TEST_CASE("texts fit what the store takes, and nothing of a log is lost") {
  CHECK(progress("jobq:progress 0.5 " + std::string(2000, 'x')).message.size() == 1024);
  CHECK(log_texts("").empty());
  CHECK(log_texts("\r").empty());
  CHECK(log_texts("a\r") == std::vector<std::string>{"a"});
  const std::string text = std::string(1023, 'x') + "\u20ac" + std::string(1022, 'y');
  CHECK(log_texts(text) ==
        std::vector<std::string>{std::string(1023, 'x'), "\u20ac" + std::string(1021, 'y'), "y"});
}
