// Runs a command of the user's with a job's request on its input, and collects what it says.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "control_group.h"
#include "jobq/types.h"
#include "mutex.h"

namespace tools {

struct ShellCommand {
  std::string text{};                    // for /bin/sh -c
  std::vector<std::string> arguments{};  // $1, $2, ... of it
  std::string input{};                   // its standard input; a command need not read it
  std::map<std::string, std::string> set_environment{};
  std::vector<std::string> unset_environment{};
  std::string directory{};  // where it runs; empty: where this program does
  CommandBounds bounds{};
  bool operator==(const ShellCommand&) const = default;
};

// A program with its arguments, found by PATH and run without a shell's interpretation.
// REQUIRES: there is one.
[[nodiscard]] ShellCommand program_command(std::vector<std::string> program_and_arguments);

struct CommandLimits {
  std::size_t output_bytes_max = (1U << 20) + 4096;  // a command that writes more is killed
  std::size_t error_bytes_kept = 64U << 10;          // of standard error, the last ones
  std::size_t error_line_bytes_max = 16U << 10;      // a longer line is handed on in pieces
  jobq::Span grace = std::chrono::seconds(10);       // between SIGTERM and SIGKILL
};

// Why a command has to end before it is done.
enum class StopReason { kNone, kLeaseLost, kCancelled, kTimeout, kWorkerStops };

// What the runner asks and tells while a command runs, on the thread that runs it.
struct CommandWatch {
  // Asked about ten times a second, and as soon as `wake_fd` is readable; the first answer that is
  // not kNone ends the command.
  std::function<StopReason()> must_stop{};
  int wake_fd = -1;  // the caller's
  // Each line of standard error without its newline; true: it is not kept.
  std::function<bool(std::string_view line)> on_error_line{};
};

struct CommandEnd {
  enum class Kind { kExited, kSignalled, kStopped, kTooMuchOutput };
  Kind kind = Kind::kExited;
  int number = 0;                          // exit status or signal
  std::string output{};                    // any bytes
  std::string errors{};                    // any bytes: the lines that were kept
  StopReason stopped = StopReason::kNone;  // with kStopped
};

// The process groups of the commands that run now, for whoever must end them all at once; and their
// keepers (keeper.h), apart from whom this program has no children.
class RunningCommands {
 public:
  // From then on what descends from a keeper that was killed becomes this program's own, to be
  // ended by end_keeper().
  static void adopt_orphans();
  // Calls fork(); a child goes on in `child`, which does not return.
  pid_t fork_keeper(const std::function<void()>& child);
  // Reaps it. `was_killed`: it has not said how its command ended, and has left what descends from
  // that: which is killed.
  void end_keeper(pid_t keeper, bool was_killed);

  void add(pid_t group);  // busy
  void remove(pid_t group);
  // Whether it has a job now. REQUIRES: it is one of them.
  void set_busy(pid_t group, bool is_busy);
  bool are_busy();

  // Kills them; to whoever runs them they end as if stopped with their worker.
  void kill_all();
  bool are_killed() const { return are_killed_; }

  // Kills them and ends this process, so that no result of a killed command is reported.
  [[noreturn]] void kill_all_and_exit(int exit_code);

 private:
  jobq::Mutex mutex_;
  void kill_orphans() REQUIRES(mutex_);

  std::map<pid_t, bool> groups_ GUARDED_BY(mutex_);
  std::set<pid_t> keepers_ GUARDED_BY(mutex_);
  std::atomic<bool> are_killed_ = false;
};

// Returns when the shell has ended. The command has a process group of its own; whatever descends
// from it when the shell ends is killed, whichever group or session it is in. Once it must stop,
// the group gets SIGTERM and after the grace SIGKILL. Several threads may run commands. Throws
// std::system_error when the system refuses pipes or processes. REQUIRES: SIGPIPE is ignored, and
// file descriptors 0 to 2 are open.
[[nodiscard]] CommandEnd run_command(const ShellCommand& command, const CommandLimits& limits,
                                     RunningCommands& running, const CommandWatch& watch);

}  // namespace tools
