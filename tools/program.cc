#include "program.h"

#include <CLI/CLI.hpp>

#include "utf8.h"

namespace tools {
namespace {

CLI::App* added(const Words& words, CLI::App& parent) {
  CLI::App* command = parent.add_subcommand(words.name, words.about);
  command->group(words.group);
  command->footer(std::string("Example:\n") + words.example +
                  "\n\nOptions of all commands: jobq --help");
  return command;
}

// Breaks lines at spaces so that none is longer than `columns`, unless it is one word.
std::string wrapped(std::string_view text, std::size_t columns) {
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const std::string_view word = take_until(text, ' ');
    if (used > 0) {
      const bool fits = used + 1 + word.size() <= columns;
      out += fits ? ' ' : '\n';
      used = fits ? used + 1 : 0;
    }
    out += word;
    used += word.size();
  }
  return out;
}

// How help looks: what an option takes is one word, and descriptions are wrapped.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(kColumn); }

  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0 || option->get_positional()) return {};
    const std::string& type = option->get_type_name();
    const bool may_be_left_out = type.starts_with('[');                    // "--wait[=SPAN]"
    return (may_be_left_out ? "" : " ") + type.substr(0, type.find(':'));  // before what is checked
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    return wrapped(option->get_description(), kLine - kColumn);
  }

 private:
  static constexpr std::size_t kColumn = 30;
  static constexpr std::size_t kLine = 100;
};

}  // namespace

CLI::App& Program::add_command(const Words& words, CLI::App& parent, std::function<int()> command) {
  CLI::App* one = added(words, parent);
  one->callback([this, one, command = std::move(command)] {
    if (one->get_subcommands().empty()) run = command;
  });
  return *one;
}

CLI::App* Program::add_parent(const Words& words, CLI::App& parent) {
  CLI::App* first = added(words, parent);
  first->require_subcommand(1);
  return first;
}

void format_help(CLI::App& app) { app.formatter(std::make_shared<HelpFormatter>()); }

}  // namespace tools
