// jobq man, completion: the manual pages and the words for bash, made of what the commands declare.
// For the installation, so the help does not list them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "json_text.h"
#include "printing.h"
#include "program.h"

namespace tools {
namespace {

constexpr std::size_t kHelpBytesMax = 1U << 20;

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands(
      [](const CLI::App* one) { return !one->get_name().empty() && !one->get_group().empty(); });
}

// With those of its option groups.
std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  std::vector<const CLI::Option*> options = app.get_options();
  for (const CLI::App* group :
       app.get_subcommands([](auto* one) { return one->get_name().empty(); })) {
    const auto more = group->get_options();
    options.insert(options.end(), more.begin(), more.end());
  }
  return options;
}

// "FILE" of an option that takes one, "" of a flag.
std::string type_of(const CLI::Option& option) {
  return option.get_type_size() == 0 ? "" : option.get_type_name();
}

// For troff: nothing of the text is a command.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool starts_line = out.empty() || out.back() == '\n';
    if (starts_line && (c == '.' || c == '\'')) out += "\\&";
    out += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
  }
  return out;
}

std::string title(const std::string& name, int section, std::string_view about) {
  std::string capitals = name;
  for (char& c : capitals) c = static_cast<char>(std::toupper(c));
  return fmt::format(".TH {} {} \"\" \"store\\-jobqueue {}\"\n.SH NAME\n{} \\- {}\n", capitals,
                     section, JOBQ_VERSION, name, escaped(about));
}

std::string as_it_is(std::string_view text) {
  return ".PP\n.nf\n" + escaped(trimmed(text)) + "\n.fi\n";
}

std::string options_text(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* option : options_of(app)) {
    text += fmt::format(".TP\n\\fB{}\\fR \\fI{}\\fR\n{}\n", escaped(option->get_name(true, true)),
                        option->get_positional() ? "" : escaped(type_of(*option)),
                        escaped(option->get_description()));
  }
  return text;
}

void add_commands(std::string& text, const CLI::App& app, const std::string& path) {
  for (const CLI::App* command : commands_of(app)) {
    const std::string name = path + " " + command->get_name();
    text += fmt::format(".SS {}\n{}.\n", escaped(name), escaped(command->get_description()));
    text += options_text(*command) + as_it_is(command->get_footer());
    add_commands(text, *command, name);
  }
}

std::string manual(const CLI::App& program) {
  std::string text =
      title("jobq", 1, "submit jobs, work on them, see what became of them") +
      ".SH SYNOPSIS\n\\fBjobq\\fR [OPTIONS] COMMAND ...\n.SH OPTIONS OF ALL COMMANDS\n" +
      options_text(program) + ".SH COMMANDS\n";
  add_commands(text, program, "jobq");
  return text + ".SH MORE\n" + as_it_is(program.get_footer()) + ".SH SEE ALSO\n\\fBjobqd\\fR(8)\n";
}

// Of a program that says all by itself: its help.
std::string manual_of_help(const std::string& name, std::string_view help) {
  return title(name, 8, help.substr(0, help.find('\n'))) + ".SH DESCRIPTION\n" + as_it_is(help) +
         ".SH SEE ALSO\n\\fBjobq\\fR(1)\n";
}

struct Man {
  static constexpr Words kWords{"man", "", "Print a manual page",
                                "  jobq man > jobq.1\n  jobqd --help | jobq man jobqd > jobqd.8"};

  const CLI::App* all_commands = nullptr;
  std::string of_help;

  void declare(Options& options) {
    options.text("[PROGRAM]", of_help, "Of this one, whose help is the standard input");
  }

  int run(const ConnectionOptions&) const {
    print("{}", of_help.empty() ? manual(*all_commands)
                                : manual_of_help(of_help, read_input("-", kHelpBytesMax)));
    return kOk;
  }
};

std::string option_words(const CLI::App& app) {
  std::string words;
  for (const CLI::Option* option : options_of(app)) {
    for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
  }
  return words;
}

// A line for each command: what may follow it, but for the options of all commands.
void add_words(std::string& text, const CLI::App& app, const std::string& path) {
  text += fmt::format("  [{}]='", path);
  for (const CLI::App* command : commands_of(app)) text += command->get_name() + " ";
  text += (app.get_parent() == nullptr ? "" : option_words(app)) + "'\n";
  for (const CLI::App* command : commands_of(app)) {
    add_words(text, *command, path + "_" + command->get_name());
  }
}

void add_file_options(std::string& names, const CLI::App& app) {
  for (const CLI::Option* option : options_of(app)) {
    const std::string type = type_of(*option);
    if (type != "FILE" && type != "DIR") continue;
    for (const std::string& name : option->get_lnames()) names += "|--" + name;
  }
  for (const CLI::App* command : commands_of(app)) add_file_options(names, *command);
}

struct Completion {
  static constexpr Words kWords{"completion", "", "Print what completes the words of bash",
                                "  jobq completion bash > /etc/bash_completion.d/jobq"};

  const CLI::App* all_commands = nullptr;
  std::string shell;

  void declare(Options& options) { options.text("SHELL", shell, "bash"); }

  int run(const ConnectionOptions&) const {
    if (shell != "bash") throw UsageError("there is completion for bash only");
    std::string words = fmt::format("  [-]='{}'\n", option_words(*all_commands));
    add_words(words, *all_commands, "jobq");
    std::string files = "-o";
    add_file_options(files, *all_commands);
    print(R"(declare -A _jobq_words=(
{})
_jobq() {{
  local at=jobq word current=${{COMP_WORDS[COMP_CWORD]}}
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    [[ $word == [a-z]* && -n ${{_jobq_words[${{at}}_$word]-}} ]] && at+=_$word
  done
  local words="${{_jobq_words[$at]}} ${{_jobq_words[-]}}"
  case ${{COMP_WORDS[COMP_CWORD-1]}} in
    {}) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
  esac
}}
complete -o default -F _jobq jobq
)",
          words, files);
    return kOk;
  }
};

}  // namespace

void add_docs(Program& program) {
  program.add<Man>();
  program.add<Completion>();
}

}  // namespace tools
