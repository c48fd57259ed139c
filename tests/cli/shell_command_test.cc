#include "shell_command.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <thread>

using namespace tools;
using namespace std::chrono_literals;
using Kind = CommandEnd::Kind;

namespace {

CommandEnd run(const std::string& text, const std::string& input = {},
               const CommandLimits& limits = {}) {
  ::signal(SIGPIPE, SIG_IGN);
  RunningCommands running;
  return run_command({.text = text, .input = input}, limits, running, {});
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Tells a command to stop once it has surely started.
StopReason later(std::chrono::steady_clock::time_point start) {
  return seconds_since(start) > 0.3 ? StopReason::kCancelled : StopReason::kNone;
}

}  // namespace

TEST_CASE("a command reads its input and writes its output") {
  const CommandEnd end = run("cat; echo error >&2", "hello");
  CHECK(end.kind == Kind::kExited);
  CHECK(end.number == 0);
  CHECK(end.output == "hello");
  CHECK(end.errors == "error\n");
}

TEST_CASE("exit status and signal are told apart") {
  CHECK(run("exit 3").number == 3);
  CHECK(run("exit 3").kind == Kind::kExited);
  CHECK(run("no-such-command-anywhere").number == 127);
  const CommandEnd end = run("kill -9 $$");
  CHECK(end.kind == Kind::kSignalled);
  CHECK(end.number == 9);
}

TEST_CASE("much data both ways at once does not block") {
  std::string input;
  while (input.size() < 900'000) input += "0123456789abcdef\n";
  const CommandEnd end = run("tee /dev/stderr", input);
  CHECK(end.number == 0);
  CHECK(end.output == input);
  CHECK(end.errors == input.substr(input.size() - CommandLimits{}.error_bytes_kept));
}

TEST_CASE("a command may leave its input alone") {
  const std::string input(1'000'000, 'x');
  CHECK(run("echo done", input).output == "done\n");
  CHECK(run("exec 0<&-; sleep 0.1; echo done", input).output == "done\n");
  CHECK(run("head -c 1", input).output == "x");
}

TEST_CASE("a command that closes its output is still waited for") {
  const CommandEnd end = run("exec >&- 2>&-; sleep 0.2; exit 4");
  CHECK(end.kind == Kind::kExited);
  CHECK(end.number == 4);
}

TEST_CASE("a command that writes too much is ended") {
  CommandLimits limits;
  limits.output_bytes_max = 1000;
  CHECK(run("yes", {}, limits).kind == Kind::kTooMuchOutput);
  CHECK(run("head -c 1001 /dev/zero", {}, limits).kind == Kind::kTooMuchOutput);
  const CommandEnd end = run("head -c 1000 /dev/zero", {}, limits);
  CHECK(end.kind == Kind::kExited);
  CHECK(end.output.size() == 1000);
}

TEST_CASE("what a command leaves behind neither delays nor outlives it") {
  const auto start = std::chrono::steady_clock::now();
  const CommandEnd end = run("sleep 60 & echo $!");
  CHECK(seconds_since(start) < 10);
  const pid_t left = std::stoi(end.output);
  // Its end makes it readable; it is no child of ours.
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, left, 0));
  pollfd end_of_it{process, POLLIN, 0};
  CHECK((process < 0 || ::poll(&end_of_it, 1, 10'000) == 1));
  if (process >= 0) ::close(process);
}

TEST_CASE("nor does what has left its group and session, however deep") {
  const std::string text =
      "setsid sh -c 'setsid sleep 60 & echo $!; exec sleep 60' & echo $!; sleep 0.3";
  std::istringstream left(run(text).output);
  int found = 0;
  for (pid_t pid = 0; left >> pid; ++found) {
    INFO(pid);
    CHECK(::kill(pid, 0) != 0);
  }
  CHECK(found == 2);
}

TEST_CASE("nor when the command is killed from outside, or leaves a thousand") {
  CHECK(run("setsid sleep 60 & kill -9 $$").number == SIGKILL);
  CHECK(run("for i in $(seq 200); do setsid sleep 60 & done; sleep 0.1").number == 0);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);  // no child is left, not even a dead one
}

TEST_CASE("commands that are killed with their worker end as if it had stopped them") {
  ::signal(SIGPIPE, SIG_IGN);
  RunningCommands running;
  std::thread killer;
  const CommandWatch watch{.on_error_line = [&](std::string_view) {
    if (!killer.joinable()) killer = std::thread([&] { running.kill_all(); });
    return true;
  }};
  const CommandEnd end = run_command({.text = "echo on >&2; exec sleep 60"}, {}, running, watch);
  killer.join();
  CHECK(end.kind == Kind::kStopped);
  CHECK(end.stopped == StopReason::kWorkerStops);
}

TEST_CASE("the environment has what the job says and not what is secret") {
  ::signal(SIGPIPE, SIG_IGN);
  ::setenv("CLI_TEST_SECRET", "s", 1);
  ::setenv("CLI_TEST_KEPT", "k", 1);
  RunningCommands running;
  const ShellCommand command{.text = "echo \"$JOBQ_JOB,$CLI_TEST_KEPT,${CLI_TEST_SECRET-none}\"",
                             .set_environment = {{"JOBQ_JOB", "j1"}},
                             .unset_environment = {"CLI_TEST_SECRET"}};
  CHECK(run_command(command, {}, running, {}).output == "j1,k,none\n");
}

TEST_CASE("a command has no signals blocked and no pipe of others") {
  sigset_t set;
  sigset_t before;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &set, &before);
  const CommandEnd end = run("grep -E 'SigBlk|SigIgn' /proc/self/status; ls /proc/self/fd");
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK_THAT(end.output, Catch::Contains("SigBlk:\t0000000000000000"));
  CHECK_THAT(end.output, Catch::Contains("SigIgn:\t0000000000000000"));
  CHECK_THAT(end.output, Catch::EndsWith("0\n1\n2\n3\n"));  // 3 is ls's own
}

TEST_CASE("a command that must stop gets SIGTERM first") {
  ::signal(SIGPIPE, SIG_IGN);
  RunningCommands running;
  const auto start = std::chrono::steady_clock::now();
  const CommandEnd end = run_command({.text = "trap 'echo bye; exit 0' TERM; sleep 60 & wait"}, {},
                                     running, {.must_stop = [&] { return later(start); }});
  CHECK(end.kind == Kind::kStopped);
  CHECK(end.stopped == StopReason::kCancelled);
  CHECK(end.output == "bye\n");
  CHECK(seconds_since(start) < 4);
}

TEST_CASE("a command that ignores SIGTERM is killed after the grace") {
  ::signal(SIGPIPE, SIG_IGN);
  RunningCommands running;
  CommandLimits limits;
  limits.grace = 300ms;
  const auto start = std::chrono::steady_clock::now();
  const CommandEnd end = run_command({.text = "trap '' TERM; while :; do sleep 1; done"}, limits,
                                     running, {.must_stop = [&] { return later(start); }});
  CHECK(end.kind == Kind::kStopped);
  CHECK(end.number == SIGKILL);
  CHECK(seconds_since(start) >= 0.6);
  CHECK(seconds_since(start) < 10);
}

TEST_CASE("a program runs with its arguments as they are") {
  ::signal(SIGPIPE, SIG_IGN);
  RunningCommands running;
  const auto end =
      run_command(program_command({"printf", "<%s>", "a b", "$HOME", "*", ""}), {}, running, {});
  CHECK(end.output == "<a b><$HOME><*><>");
  CHECK(run_command(program_command({"no-such-program-anywhere"}), {}, running, {}).number == 127);
}

TEST_CASE("lines of standard error are shown whole, and kept unless taken") {
  ::signal(SIGPIPE, SIG_IGN);
  RunningCommands running;
  std::vector<std::string> lines;
  const CommandWatch watch{.on_error_line = [&](std::string_view line) {
    lines.emplace_back(line);
    return line.starts_with("take");
  }};
  const std::string text =
      "printf 'one\\ntake t' >&2; sleep 0.1; printf 'wo\\n\\nthree\\ntake four' >&2";
  const CommandEnd end = run_command({.text = text}, {}, running, watch);
  CHECK(lines == std::vector<std::string>{"one", "take two", "", "three", "take four"});
  CHECK(end.errors == "one\n\nthree\n");

  lines.clear();
  const CommandLimits limits{.error_line_bytes_max = 4};
  CHECK(run_command({.text = "echo 123456789 >&2"}, limits, running, watch).errors ==
        "123456789\n");
  CHECK(lines == std::vector<std::string>{"1234", "5678", "9"});
}

TEST_CASE("a readable descriptor wakes the question whether to stop") {
  ::signal(SIGPIPE, SIG_IGN);
  RunningCommands running;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], "x", 1) == 1);
  const CommandWatch watch{.must_stop = [] { return StopReason::kCancelled; }, .wake_fd = ends[0]};
  // Each time it would take a tick of 100 ms otherwise.
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) {
    CHECK(run_command({.text = "exec sleep 60"}, {}, running, watch).kind == Kind::kStopped);
  }
  CHECK(seconds_since(start) < 0.9);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("all running commands can be killed at once") {
  std::string directory = "/tmp/jobq-test-XXXXXX";
  REQUIRE(::mkdtemp(directory.data()) != nullptr);
  const std::string marker = directory + "/running";
  const pid_t child = ::fork();
  if (child == 0) {
    RunningCommands running;
    std::thread([&] {
      (void)run_command({.text = "> " + marker + "; exec sleep 61"}, {}, running, {});
    }).detach();
    while (!std::filesystem::exists(marker)) std::this_thread::yield();
    running.kill_all_and_exit(130);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 130);
  std::filesystem::remove_all(directory);
}
