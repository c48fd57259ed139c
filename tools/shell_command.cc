#include "shell_command.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "process.h"

namespace tools {
namespace {

// Of all its threads.
std::vector<pid_t> children_of_program() {
  std::vector<pid_t> children;
  std::error_code error;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", error)) {
    std::ifstream list(thread.path() / "children");
    for (pid_t child = 0; list >> child;) children.push_back(child);
  }
  return children;
}

}  // namespace

void RunningCommands::adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

pid_t RunningCommands::fork_keeper(const std::function<void()>& child) {
  // Not one without the other: what is a child and no keeper is an orphan.
  const jobq::MutexLock lock(mutex_);
  const pid_t pid = ::fork();
  if (pid == 0) child();
  if (pid > 0) keepers_.insert(pid);
  return pid;
}

void RunningCommands::end_keeper(pid_t keeper, bool was_killed) {
  const jobq::MutexLock lock(mutex_);
  while (::waitpid(keeper, nullptr, 0) < 0 && errno == EINTR) {
  }
  keepers_.erase(keeper);
  if (was_killed) kill_orphans();
}

// What the killed leave behind becomes a child too.
void RunningCommands::kill_orphans() {
  constexpr int kRoundsMax = 200;
  constexpr timespec kRound{0, 1'000'000};
  for (int round = 0; round < kRoundsMax; ++round) {
    bool has_any = false;
    for (const pid_t pid : children_of_program()) {
      if (keepers_.contains(pid)) continue;
      has_any = true;
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, WNOHANG);
    }
    if (!has_any) return;
    ::nanosleep(&kRound, nullptr);
  }
}

void RunningCommands::add(pid_t group) {
  const jobq::MutexLock lock(mutex_);
  groups_[group] = true;
}

void RunningCommands::set_busy(pid_t group, bool is_busy) {
  const jobq::MutexLock lock(mutex_);
  groups_[group] = is_busy;
}

void RunningCommands::remove(pid_t group) {
  const jobq::MutexLock lock(mutex_);
  groups_.erase(group);
}

bool RunningCommands::are_busy() {
  const jobq::MutexLock lock(mutex_);
  return std::any_of(groups_.begin(), groups_.end(), [](const auto& one) { return one.second; });
}

void RunningCommands::kill_all() {
  are_killed_ = true;
  const jobq::MutexLock lock(mutex_);
  for (const auto& [group, is_busy] : groups_) ::kill(-group, SIGKILL);
}

void RunningCommands::kill_all_and_exit(int exit_code) {
  // Kept to the end: a thread whose command is killed here waits in remove() for ever.
  const jobq::MutexLock lock(mutex_);
  for (const auto& [group, is_busy] : groups_) ::kill(-group, SIGKILL);
  ::_exit(exit_code);
}

ShellCommand program_command(std::vector<std::string> program_and_arguments) {
  return {.text = "exec \"$@\"", .arguments = std::move(program_and_arguments)};
}

CommandEnd run_command(const ShellCommand& command, const CommandLimits& limits,
                       RunningCommands& running, const CommandWatch& watch) {
  Process process(command, limits, running);
  process.send(command.input);
  process.end_input();
  Stopping stopping(process, limits, watch);
  while (!process.has_ended() && !process.has_too_much_output()) {
    process.step(watch);
    if (!process.has_too_much_output()) stopping.look();
  }
  return stopping.finish(running);
}

}  // namespace tools
