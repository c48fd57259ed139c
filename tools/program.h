// The program as its commands see it. A command is one function that declares a subcommand with its
// options and says what to run; it lives in a cmd_*.cc and has a line in commands.h.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "connection_options.h"

namespace tools {

struct Program {
  CLI::App app;
  ConnectionOptions common;
  std::function<int()> run;  // of the command chosen; returns the exit code

  // What the help says of a command. `example` is one or more whole lines.
  struct Words {
    std::string name;
    std::string group;
    std::string summary;
    std::string example;
  };

  CLI::App* add(const Words& words, std::function<int()> command) {
    return add(words, std::move(command), app);
  }

  // One command of several that have their first word in common: `jobq admin pause`.
  CLI::App* add(const Words& words, std::function<int()> command, CLI::App& parent) {
    CLI::App* added = parent.add_subcommand(words.name, words.summary);
    added->group(words.group);
    added->footer("Example:\n" + words.example + "\n\nOptions of all commands: jobq --help");
    added->callback([this, command = std::move(command)] { run = command; });
    return added;
  }

  // The first word of such commands.
  CLI::App* add_parent(const Words& words, CLI::App& parent) {
    CLI::App* added = parent.add_subcommand(words.name, words.summary);
    added->group(words.group);
    added->footer("Example:\n" + words.example + "\n\nOptions of all commands: jobq --help");
    added->require_subcommand(1);
    return added;
  }
  CLI::App* add_parent(const Words& words) { return add_parent(words, app); }
};

}  // namespace tools
