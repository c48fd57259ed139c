// A command that is started once and does one job after another (`mode: lines`): for interpreters,
// whose start takes longer than most jobs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "process.h"
#include "shell_command.h"

namespace tools {

// Serves the thread that made it.
class LineCommand {
 public:
  // Starts it. Throws std::system_error. `limits` and `running` must outlive it.
  LineCommand(const ShellCommand& command, const CommandLimits& limits, RunningCommands& running);
  // Ends its input, and the command after the grace.
  ~LineCommand();

  // false: it has ended, or has said more than it was asked, so that its next answer would be taken
  // for another job's.
  bool can_go_on();

  // What became of a line that it was given: another line, without its newline; or how it ended
  // before.
  struct Answer {
    std::optional<std::string> line{};
    CommandEnd end{};
  };
  // As run_command(); of a job that must stop the command ends too.
  [[nodiscard]] Answer ask(const std::string& line, const CommandWatch& watch);

 private:
  const CommandLimits& limits_;
  RunningCommands& running_;
  std::unique_ptr<Process> process_;  // null once it has ended
};

// The command of this name that the thread has, or a new one where there is none that can go on.
// All end with the thread.
LineCommand& line_command_of_thread(const std::string& name, const ShellCommand& command,
                                    const CommandLimits& limits, RunningCommands& running);

}  // namespace tools
