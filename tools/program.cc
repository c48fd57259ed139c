#include "program.h"

#include <CLI/CLI.hpp>

namespace tools {
namespace {

CLI::App* added(const Words& words, CLI::App& parent) {
  CLI::App* command = parent.add_subcommand(words.name, words.about);
  command->group(words.group);
  command->footer(std::string("Example:\n") + words.example +
                  "\n\nOptions of all commands: jobq --help");
  return command;
}

}  // namespace

CLI::App& Program::add_command(const Words& words, CLI::App& parent, std::function<int()> command) {
  CLI::App* one = added(words, parent);
  one->callback([this, command = std::move(command)] { run = command; });
  return *one;
}

CLI::App* Program::add_parent(const Words& words, CLI::App& parent) {
  CLI::App* first = added(words, parent);
  first->require_subcommand(1);
  return first;
}

}  // namespace tools
