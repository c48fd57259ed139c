#include "line_command.h"

#include <chrono>
#include <map>
#include <utility>

namespace tools {

using Clock = std::chrono::steady_clock;

LineCommand::LineCommand(const ShellCommand& command, const CommandLimits& limits,
                         RunningCommands& running)
    : limits_(limits),
      running_(running),
      process_(std::make_unique<Process>(command, limits, running)) {
  process_->set_busy(false);
}

LineCommand::~LineCommand() {
  if (process_ == nullptr) return;
  process_->end_input();
  const auto kill_at = Clock::now() + limits_.grace;
  while (!process_->has_ended() && !running_.are_killed() && Clock::now() < kill_at) {
    process_->output().clear();
    process_->step({});
  }
}

bool LineCommand::can_go_on() {
  if (process_ == nullptr || process_->has_ended()) return false;
  process_->take_what_is_there({});
  return process_->output().empty() && process_->takes_input();
}

LineCommand::Answer LineCommand::ask(const std::string& line, const CommandWatch& watch) {
  process_->set_busy(true);
  (void)process_->take_errors_kept(watch);
  process_->send(line + "\n");
  Stopping stopping(*process_, limits_, watch);
  std::size_t end_of_line = std::string::npos;
  while (!process_->has_ended() && !process_->has_too_much_output()) {
    process_->step(watch);
    end_of_line = process_->output().find('\n');
    if (end_of_line != std::string::npos && !stopping.has_begun()) {
      // What it has said before on the other pipe belongs to this job.
      process_->take_what_is_there(watch);
      std::string& output = process_->output();
      Answer answer{.line = output.substr(0, end_of_line)};
      answer.end.errors = process_->take_errors_kept(watch);
      output.erase(0, end_of_line + 1);
      process_->set_busy(false);
      return answer;
    }
    stopping.look();
  }
  Answer answer{.end = stopping.finish(running_)};
  process_.reset();
  end_of_line = answer.end.output.find('\n');
  const bool has_ended_itself = answer.end.kind == CommandEnd::Kind::kExited ||
                                answer.end.kind == CommandEnd::Kind::kSignalled;
  if (has_ended_itself && end_of_line != std::string::npos) {
    answer.line = answer.end.output.substr(0, end_of_line);
  }
  return answer;
}

LineCommand& line_command_of_thread(const std::string& name, const ShellCommand& command,
                                    const CommandLimits& limits, RunningCommands& running) {
  thread_local std::map<std::string, std::unique_ptr<LineCommand>> commands;
  std::unique_ptr<LineCommand>& one = commands[name];
  if (one == nullptr || !one->can_go_on()) {
    one.reset();
    one = std::make_unique<LineCommand>(command, limits, running);
  }
  return *one;
}

}  // namespace tools
