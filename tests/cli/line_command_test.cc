#include "line_command.h"

#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace tools;
using Kind = CommandEnd::Kind;

namespace {

// Answers each line with its number and itself.
constexpr const char* kCounts = "n=0; while read -r l; do n=$((n+1)); echo \"$n $l\"; done";

struct Lines {
  explicit Lines(const std::string& text, CommandLimits with = {}) : limits(with) {
    ::signal(SIGPIPE, SIG_IGN);
    command.emplace(ShellCommand{.text = text}, limits, running);
  }

  std::string said(const std::string& line, const CommandWatch& watch = {}) {
    REQUIRE(command->can_go_on());
    const LineCommand::Answer answer = command->ask(line, watch);
    REQUIRE(answer.line.has_value());
    return *answer.line;
  }

  CommandLimits limits;
  RunningCommands running;
  std::optional<LineCommand> command;
};

}  // namespace

TEST_CASE("one process answers line after line") {
  Lines lines(kCounts);
  CHECK(lines.said("a") == "1 a");
  CHECK(lines.said("b") == "2 b");
  CHECK_FALSE(lines.running.are_busy());
}

TEST_CASE("a long line goes both ways") {
  Lines lines("cat");
  const std::string line(900'000, 'x');
  CHECK(lines.said(line) == line);
  CHECK(lines.said("y") == "y");
}

TEST_CASE("what is said on standard error before the answer is of its job") {
  Lines lines("while read -r l; do echo \"jobq:log info $l\" >&2; echo done; done");
  for (const std::string job : {"a", "b", "c"}) {
    std::string heard;
    const CommandWatch watch{.on_error_line = [&](std::string_view line) {
      heard += line;
      return true;
    }};
    CHECK(lines.said(job, watch) == "done");
    CHECK(heard == "jobq:log info " + job);
  }
}

TEST_CASE("a process that ends before its answer says how") {
  Lines lines("read -r l; echo bad luck >&2; exit 3");
  const LineCommand::Answer answer = lines.command->ask("a", {});
  CHECK_FALSE(answer.line);
  CHECK(answer.end.kind == Kind::kExited);
  CHECK(answer.end.number == 3);
  CHECK(answer.end.errors == "bad luck\n");
  CHECK_FALSE(lines.command->can_go_on());
}

TEST_CASE("an answer counts also from a process that ends with it") {
  Lines lines("read -r l; echo \"$l\"; exit 0");
  CHECK(lines.said("a") == "a");
}

TEST_CASE("a second line for one job is not taken for the next one's answer") {
  Lines lines("while read -r l; do echo one; echo two; done");
  CHECK(lines.said("a") == "one");
  while (lines.command->can_go_on()) {
  }
  CHECK_FALSE(lines.command->can_go_on());
}

TEST_CASE("a line that is too long ends the process") {
  Lines lines("read -r l; head -c 100000 /dev/zero; read -r l", {.output_bytes_max = 50'000});
  const LineCommand::Answer answer = lines.command->ask("a", {});
  CHECK_FALSE(answer.line);
  CHECK(answer.end.kind == Kind::kTooMuchOutput);
}

TEST_CASE("a job that must stop ends the process") {
  Lines lines("read -r l; sleep 60");
  const LineCommand::Answer answer =
      lines.command->ask("a", {.must_stop = [] { return StopReason::kCancelled; }});
  CHECK_FALSE(answer.line);
  CHECK(answer.end.kind == Kind::kStopped);
  CHECK(answer.end.stopped == StopReason::kCancelled);
  CHECK_FALSE(lines.command->can_go_on());
}

TEST_CASE("the end of its input lets a process end by itself") {
  const std::string mark =
      std::filesystem::temp_directory_path() / ("jobq-lines-" + std::to_string(::getpid()));
  {
    Lines lines("cat; echo bye >" + mark);
    CHECK(lines.said("a") == "a");
  }
  CHECK(std::filesystem::remove(mark));
}

TEST_CASE("a thread has one process for a name, and another once that has ended") {
  ::signal(SIGPIPE, SIG_IGN);
  const CommandLimits limits;
  RunningCommands running;
  const ShellCommand command{.text = "while read -r l; do echo $$; done"};
  std::vector<std::string> said;
  std::thread([&] {
    const auto one = [&]() -> LineCommand& {
      return line_command_of_thread("any", command, limits, running);
    };
    said.push_back(one().ask("a", {}).line.value_or("none"));
    said.push_back(one().ask("b", {}).line.value_or("none"));
    LineCommand& first = one();
    ::kill(std::stoi(said.front()), SIGKILL);
    while (first.can_go_on()) {
    }
    said.push_back(one().ask("c", {}).line.value_or("none"));
  }).join();
  REQUIRE(said.size() == 3);
  CHECK(said[0] == said[1]);
  CHECK(said[2] != said[0]);
  CHECK(said[2] != "none");
}
