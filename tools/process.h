// A started command and this side of its pipes, behind a keeper (keeper.h).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "control_group.h"
#include "descriptor.h"
#include "shell_command.h"

namespace tools {

// What a command says on standard error, line by line: the last of the lines that are to be kept.
class ErrorLines {
 public:
  // `limits` must outlive it.
  explicit ErrorLines(const CommandLimits& limits) : limits_(limits) {}

  // Lines go to `watch` first.
  void add(std::string_view bytes, const CommandWatch& watch);
  // Those that were kept, with what came after the last newline; begins anew.
  std::string take(const CommandWatch& watch);

 private:
  void keep(const std::string& line, const char* end, const CommandWatch& watch);
  void trim();

  const CommandLimits& limits_;
  std::string line_;
  std::string kept_;
};

// Serves the thread that made it: once that has ended, the keeper ends the command.
class Process {
 public:
  // Throws std::system_error. `limits` and `running` must outlive it.
  Process(const ShellCommand& command, const CommandLimits& limits, RunningCommands& running);
  // An exception on the way must leave neither a zombie nor a running command.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // For its standard input, after what was given before; it need not read it.
  void send(std::string_view text);
  // No more of it.
  void end_input();

  // Until something happens, `wake_fd` is readable or a tick has passed; moves what can be moved.
  // Each line of standard error goes to `watch`.
  void step(const CommandWatch& watch);

  // Moves what the pipes hold, without waiting.
  void take_what_is_there(const CommandWatch& watch);

  bool has_ended() const;
  bool takes_input() const { return to_.is_open(); }
  bool has_too_much_output() const { return output_.size() > limits_.output_bytes_max; }
  // What came on standard output and was not taken away.
  std::string& output() { return output_; }
  // What it said on standard error since this was asked last.
  std::string take_errors_kept(const CommandWatch& watch) { return error_lines_.take(watch); }
  // To its process group.
  void signal(int number) const;
  // As RunningCommands::set_busy.
  void set_busy(bool is_busy) { running_.set_busy(pid_, is_busy); }

  // Kills what is left. After this nobody can write any more: the rest is what the pipes hold.
  CommandEnd finish(const CommandWatch& watch);

 private:
  void start(const ShellCommand& command);
  void kill() const;
  int reap();
  std::optional<int> reported();
  void feed();
  bool take_output();
  bool take_errors(const CommandWatch& watch);

  const CommandLimits& limits_;
  RunningCommands& running_;
  ControlGroup group_;  // goes once nothing is in it
  pid_t keeper_ = -1;
  pid_t pid_ = -1;
  bool is_reaped_ = false;
  bool has_woken_ = false;
  std::string input_;
  std::size_t fed_ = 0;
  bool is_input_over_ = false;
  std::string output_;
  ErrorLines error_lines_{limits_};
  auth::Descriptor to_;
  auth::Descriptor from_;
  auth::Descriptor errors_from_;
  auth::Descriptor exit_;
  auth::Descriptor report_;
};

// Ends a process that must stop before it is done: SIGTERM, and after the grace SIGKILL, again and
// again.
class Stopping {
 public:
  // All of it must outlive this.
  Stopping(Process& process, const CommandLimits& limits, const CommandWatch& watch);

  // To be called after each step.
  void look();
  bool has_begun() const { return why_ != StopReason::kNone; }
  // How the process ended.
  CommandEnd finish(const RunningCommands& running);

 private:
  Process& process_;
  const CommandLimits& limits_;
  const CommandWatch& watch_;
  StopReason why_ = StopReason::kNone;
  std::chrono::steady_clock::time_point kill_at_{};
};

}  // namespace tools
