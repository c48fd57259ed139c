// The program as its commands see it. A command is a struct in a cmd_*.cc: what the help says of
// it, its options, what it does. Help, manual page and completion are made of this declaration.
//
//   struct Status {
//     static constexpr Words kWords{"status", "Jobs", "Show one job", "  jobq status scan job-7"};
//     void declare(Options& options);               // none: it has no options
//     int run(const ConnectionOptions& connection);  // returns the exit code
//   };
//   void add_status(Program& program) { program.add<Status>(); }   // and a word below
#pragma once

#include <functional>
#include <memory>

#include "connection_options.h"
#include "options.h"

namespace tools {

// `example` is one or more whole lines.
struct Words {
  const char* name;
  const char* group;
  const char* about;
  const char* example;
};

struct Program {
  CLI::App& app;
  ConnectionOptions common{};
  std::function<int()> run{};  // of the command chosen; returns the exit code

  template <class... Commands>
  void add() {
    add<Commands...>(app);
  }

  // Commands that have their first word in common: `jobq admin pause`.
  template <class... Commands>
  void add(CLI::App& parent) {
    (add_one<Commands>(parent), ...);
  }

  // The first word of such commands.
  CLI::App* add_parent(const Words& words, CLI::App& parent);

  // Returns it, for commands that begin with it: `jobq stats`, `jobq stats history`.
  template <class Command>
  CLI::App& add_one(CLI::App& parent) {
    auto command = std::make_shared<Command>();
    if constexpr (requires { command->all_commands; }) command->all_commands = &app;
    CLI::App& added =
        add_command(Command::kWords, parent, [command, this] { return command->run(common); });
    Options options(added);
    if constexpr (requires { command->declare(options); }) command->declare(options);
    return added;
  }

 private:
  CLI::App& add_command(const Words& words, CLI::App& parent, std::function<int()> command);
};

// Of this command and those to come.
void format_help(CLI::App& app);

// All commands; jobq.cc adds them in the order of the help.
using AddCommand = void(Program&);

AddCommand add_submit, add_status, add_watch, add_job, add_work, add_pool, add_workers, add_webhook,
    add_driver, add_mint, add_inspect, add_discharge, add_users, add_store, add_admin, add_export,
    add_docs, add_schedule, add_functions, add_flow, add_list, add_state, add_code_commands;

// The part of `jobq admin` that is about jobs: cancel, edit, remove, restart, redrive.
void add_admin_jobs(Program& program, CLI::App& parent);
void add_admin_drop(Program& program, CLI::App& parent);
void add_admin_apply(Program& program, CLI::App& parent);
void add_admin_workers(Program& program, CLI::App& parent);
void add_history(Program& program, CLI::App& stats);
// The part of `jobq admin` that is about tokens: usage, revoke, key.
void add_admin_token(Program& program, CLI::App& parent);

}  // namespace tools
