#include "run_code.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "failure.h"
#include "jobq/connection.h"
#include "printing.h"
#include "runners.h"
#include "utf8.h"

namespace tools {
namespace {

// Until a store that is away, or too busy, may be back.
constexpr jobq::Span kPause = std::chrono::seconds(5);

struct Known {
  const char* runtime;
  const char* file;  // of its runner
  const char* text;
};
constexpr Known kKnown[] = {{"python3", "run_code.py", kRunCodePy},
                            {"node", "run_code.js", kRunCodeJs}};

struct Said {
  std::string runtime;
  std::string interpreter;
};

Said parts_of(const std::string& said) {
  const std::size_t sign = std::min(said.find('='), said.size());
  Said parts{said.substr(0, sign), said.substr(std::min(sign + 1, said.size()))};
  if (parts.interpreter.empty()) parts.interpreter = parts.runtime;
  return parts;
}

const Known& known(const std::string& said) {
  const std::string runtime = parts_of(said).runtime;
  for (const Known& one : kKnown) {
    if (runtime == one.runtime) return one;
  }
  throw UsageError(fmt::format("--run-code: there is no runner for '{}'; python3 and node have one",
                               printable(runtime)));
}

}  // namespace

void declare_run_code(Options& options, std::vector<std::string>& said) {
  options.texts("--run-code RUNTIME", said,
                "Run the code that jobs name, which is whatever clients send: python3 or node, or "
                "python3=/opt/bin/python (docs/code.md); may be repeated");
}

std::string label_of_runner(const std::string& said) {
  return "run-code:" + parts_of(said).runtime;
}

bool is_run(const std::vector<std::string>& said, const std::string& function) {
  return std::any_of(said.begin(), said.end(),
                     [&](const std::string& one) { return label_of_runner(one) == function; });
}

void warn_of_run_code(const std::string& datasource, const std::vector<std::string>& said) {
  for (const std::string& one : said) {
    (void)known(one);
    say("jobq: WARNING: --run-code {}: this runs what clients send. Who has a token for "
        "/jobs/{}/code/ may do all that user {} may on this machine.\n",
        printable(one), printable(datasource), ::getuid());
  }
}

CodeRunner::CodeRunner(const jobq::Connection& connection, const std::string& datasource,
                       const std::vector<std::string>& said)
    : cache_(connection, datasource) {
  for (const std::string& one : said) {
    const Known& runner = known(one);
    FunctionFolder& folder = runners_[runner.runtime];
    folder.function.name = label_of_runner(one);
    folder.command =
        program_command({parts_of(one).interpreter, cache_.write(runner.file, runner.text)});
    folder.is_lines = true;
  }
}

JobEnd CodeRunner::run(const JobSetting& setting, const jobq::AcceptedJob& job, const JobTalk& talk,
                       RunningCommands& running) {
  JobEnd end;
  try {
    const auto file = cache_.get(job.code);
    const auto runner = runners_.find(file->runtime);
    if (runner != runners_.end()) {
      return run_job(setting, runner->second, job, talk, running, file->path);
    }
    end.word =
        jobq::Release{.delay = kPause, .message = "this worker does not run " + file->runtime};
  } catch (const jobq::Refused& refused) {
    end.word = jobq::Release{.delay = kPause,
                             .message = std::string("its code is refused: ") + refused.what()};
  } catch (const jobq::Unreachable& away) {
    end.word = jobq::Release{.delay = kPause,
                             .message = std::string("its code does not come: ") + away.what()};
  } catch (const std::system_error& error) {
    end.word = jobq::Release{.delay = kPause,
                             .message = std::string("its code cannot be kept: ") + error.what()};
  }
  return end;
}

}  // namespace tools
