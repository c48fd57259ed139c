// jobq: everything a person does with a store, from the command line.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

#include "descriptor.h"
#include "failure.h"
#include "jobq/types.h"
#include "printing.h"
#include "program.h"
#include "secret_file.h"
#include "time_text.h"
#include "utf8.h"

namespace {

using namespace tools;

constexpr const char* kFooter =
    R"(A first minute, on the machine of a store that runs with --data DIR:
  export JOBQ_SERVER_KEY_FILE=DIR/curve.public
  jobq mint --data DIR --client-of scan --client alice --expires 7d -o alice.token
  jobq mint --data DIR --driver-of scan --expires 7d -o scan.token
  jobq submit scan --request '{"page": 1}' --token-file alice.token
  jobq work scan --exec 'tr a-z A-Z' --once --token-file scan.token
  jobq list scan --token-file alice.token
  jobq submit scan --request '{"page": 2}' --wait --token-file alice.token &
  jobq work scan --exec ./scan-page --threads 4 --token-file scan.token

Exit codes:
  0  done; of wait and submit --wait: the job is complete
  1  the job is failed, cancelled or forbidden
  2  wrong command line, or local input that is wrong or cannot be read
  3  the store refused the token for this (401, 403)
  4  unknown to the store (404)
  5  refused by the store for another reason (400, 409, 413, 507, ...)
  6  the store could not be reached within --patience
  7  the time to wait is over and the job is not final
  70 trouble of jobq itself
  75 refused by the store for now (429 a limit is reached, 503): try again later

Each command explains itself: jobq COMMAND --help)";

int fail(ExitCode code, const std::string& message) {
  say("jobq: {}\n", printable(message));
  return code;
}

// The library's words, but for a command that there is not: it would speak of an argument.
std::string explain(const CLI::App& program, const CLI::ParseError& error) {
  std::string command = "jobq";
  const CLI::App* app = &program;
  for (auto chosen = app->get_subcommands(); !chosen.empty(); chosen = app->get_subcommands()) {
    app = chosen.front();
    command += " " + app->get_name();
  }
  const auto rest = program.remaining(true);
  const bool has_commands = !app->get_subcommands({}).empty();
  if (has_commands && !rest.empty() && !rest.front().starts_with('-')) {
    return fmt::format("there is no command '{}'; see {} --help", rest.front(), command);
  }
  return fmt::format("{}; see {} --help", error.what(), command);
}

// The program's options are good before and after the command.
void let_options_through(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands({})) {
    command->fallthrough();
    let_options_through(*command);
  }
}

// A flag that may have a value has it behind a space too, if that is one: --wait 60s.
std::vector<std::string> arguments_of(int argc, char** argv) {
  std::vector<std::string> arguments;
  bool is_over = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    is_over = is_over || argument == "--";
    if (!is_over && !arguments.empty() && arguments.back() == "--wait" && parse_span(argument)) {
      arguments.back() += "=" + argument;
    } else {
      arguments.push_back(argument);
    }
  }
  std::reverse(arguments.begin(), arguments.end());  // as the library wants them
  return arguments;
}

void declare(Program& program) {
  program.app.name("jobq");
  program.app.description("jobq " JOBQ_VERSION
                          ": submit jobs, work on them, see what became of them.");
  program.app.footer(kFooter);
  program.app.set_version_flag("--version", "jobq " JOBQ_VERSION);
  program.app.require_subcommand(0, 1);
  format_help(program.app);
  Options options(program.app);
  program.common.declare(options);
  for (AddCommand* add :
       {add_submit,   add_status,    add_watch,  add_job,           add_list,    add_flow,
        add_schedule, add_functions, add_state,  add_code_commands, add_work,    add_pool,
        add_workers,  add_webhook,   add_driver, add_mint,          add_inspect, add_discharge,
        add_users,    add_store,     add_admin,  add_export,        add_docs}) {
    add(program);
  }
  let_options_through(program.app);
}

int run(int argc, char** argv) {
  CLI::App app;
  Program program{app};
  declare(program);
  try {
    app.parse(arguments_of(argc, argv));
    program.common.hide_tokens(argc, argv);
    if (!program.run) throw UsageError("no command given; see jobq --help");
    const int code = program.run();
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      return fail(kInternal, "cannot write the output");
    }
    return code;
  } catch (const CLI::Success& wish) {
    return app.exit(wish);  // --help, --version
  } catch (const CLI::ParseError& error) {
    return fail(kUsage, explain(app, error));
  } catch (const UsageError& error) {
    return fail(kUsage, error.what());
  } catch (const jobq::Refused& refused) {
    return fail(exit_code_of_refusal(refused.code()),
                refusal_text(refused.code(), refused.what(), refused.retry_after()));
  } catch (const jobq::Unreachable& unreachable) {
    return fail(kUnreachable, unreachable.what() + program.common.hint_when_unreachable());
  } catch (const auth::KeyFileError& error) {
    return fail(kUsage, error.what());
  } catch (const std::invalid_argument& error) {
    return fail(kUsage, error.what());  // the libraries: an endpoint or key that cannot be
  }
}

}  // namespace

int main(int argc, char** argv) {
  auth::open_standard_files();
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    return fail(kInternal, error.what());
  }
}
