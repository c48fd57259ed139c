// jobq pool: as many workers as there is work for, of functions that are folders. jobq pool run.
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "failure.h"
#include "function_folder.h"
#include "json_text.h"
#include "keeper.h"
#include "pool.h"
#include "printing.h"
#include "program.h"
#include "run_code.h"
#include "run_job.h"
#include "signal_thread.h"
#include "utf8.h"

namespace tools {
namespace {

constexpr const char* kPoolExample =
    R"(  jobq pool scan ./functions --token-file scan.token
  jobq pool scan ./functions ./more --max 8 --label gpu
  jobq pool scan /srv/functions.git@main
  jobq pool scan --run-code python3 --token-file scan.token

Each folder with a function.yaml (docs/workers.md) is a function, of whatever language: it is
registered, and its command runs for each of its jobs as under `jobq work`, which says how it
is told of the job and tells how it went. Folders that are added, changed or taken away count
within a second; what runs then is finished first. A worker that ends by itself is replaced.
SIGINT, SIGTERM or SIGHUP: workers finish what runs, then the pool ends with 0. A second one
stops what runs and releases its jobs. When the pool is killed, all of that is killed too.)";

struct PoolCommand : PoolOptions {
  static constexpr Words kWords{
      "pool", "Drivers",
      "Run functions that are folders, with as many workers as there is work for", kPoolExample};

  void declare(Options& options) {
    // Not required: it would be taken for the word of a command that begins like this one.
    options.datasource("[DSID]", datasource, "Datasource");
    options.rest("DIR", directories,
                 "Directories of folders with a function.yaml, or such folders; "
                 "or git repositories, as REPOSITORY@REVISION");
    declare_run_code(options, run_code);
    options.number("--min N", min, "Workers when there is nothing to do; default: 1", {0, 1024});
    options.number("--max N", max, "Workers at most; default: as many as there are processors",
                   {1, 1024});
    options.span("--idle SPAN", idle,
                 "So long without work until one worker ends, and the next; default: 10s");
    options.names("--label NAME", labels,
                  "What the workers have, for jobs that want it; may be repeated, up to 64");
    options.span("--lease SPAN", lease, "As for `jobq work`", kLeaseLimits);
    options.span("--kill-after SPAN", kill_after, "As for `jobq work`");
    declare_machine(options, machine, force_priority);
    options.flag("--show", shows, "As for `jobq work`");
    options.flag("--quiet", quiet, "Say nothing of workers and jobs but what goes wrong");
  }

  int run(const ConnectionOptions& common) {
    if (min > max) throw UsageError(fmt::format("--min: {} is more than --max {}", min, max));
    if (datasource.empty()) throw UsageError("DSID is missing; see jobq pool --help");
    if (directories.empty() && run_code.empty()) throw UsageError("DIR: where are the functions?");
    warn_of_run_code(datasource, run_code);
    leave_first_process();
    return run_pool(*this, common);
  }
};

struct RunOne {
  static constexpr Words kWords{
      "run", "Drivers", "Run one function once, without any store: to try it",
      "  jobq pool run functions/ocr --request '{\"page\": 1}'\n"
      "  jobq pool run functions/ocr --request-file page.json\n\n"
      "Prints the response, and on standard error what else the command says: lines for progress\n"
      "and logs as it says them. The exit code is 0 when the job would be complete, else 1. "
      "Tokens\n"
      "and state are empty; the request is not compared with the function's schema."};

  std::string folder;
  std::string request = "null";
  std::string request_file;
  JobSetting setting;

  void declare(Options& options) {
    Options::require(options.text("FOLDER", folder, "With a function.yaml"));
    auto* text = options.text("--request JSON", request, "Request; default: null");
    Options::exclude(options.text("--request-file FILE", request_file,
                                  "The same from a file; -: standard input"),
                     text);
    options.span("--kill-after SPAN", setting.limits.grace, "As for `jobq work`");
  }

  int run(const ConnectionOptions& common);
};

// Ends with the signal, as the command does.
std::atomic<bool> is_interrupted = false;

JobTalk talk_to_person() {
  return {
      .progress =
          [](double value, const std::string& message) {
            say("progress {:.0f} % {}\n", 100 * value, printable(message));
          },
      .log = [](jobq::LogLevel level,
                const std::string& text) { say("{}: {}\n", to_string(level), printable(text)); },
      .change_state =
          [](const jobq::StateChange& change) {
            say("state: {} {}\n", to_string(change.how), printable(change.name));
          },
      .leave_checkpoint =
          [](const std::string& text) { say("checkpoint of {} bytes\n", text.size()); },
      .must_stop = [] { return is_interrupted ? StopReason::kWorkerStops : StopReason::kNone; }};
}

// Of a word that is not the response, in one line.
struct WordText {
  std::string operator()(const jobq::Done&) const { return {}; }
  std::string operator()(const jobq::JobError& error) const { return "fails: " + line(error); }
  std::string operator()(const jobq::Retry& retry) const {
    return "fails, to be retried: " + line(retry.error);
  }
  std::string operator()(const jobq::Release& release) const {
    return "is handed back: " + release.message;
  }
  std::string operator()(const jobq::Forbid& forbid) const {
    return "is forbidden: " + line(forbid.error);
  }
  std::string operator()(const jobq::Cancelled&) const { return "is cancelled"; }
  static std::string line(const jobq::JobError& error) {
    return error.message.empty() ? error.code : error.code + ": " + error.message;
  }
};

int RunOne::run(const ConnectionOptions&) {
  const FunctionFolders folders = read_function_folders(
      {folder}, [](const std::string& trouble) { throw UsageError(trouble); });
  if (folders.size() != 1) throw UsageError("FOLDER: has no function.yaml, or more than one");
  if (!request_file.empty()) request = read_input(request_file, jobq::limits::kRequestBytesMax);
  jobq::AcceptedJob job;
  job.lease = {.job = "run", .attempt = 1, .token = {}};
  job.request = checked_json("--request", request);
  job.function = folders.begin()->first;
  setting.logs_errors = true;
  block_end_signals();
  ::signal(SIGPIPE, SIG_IGN);
  RunningCommands::adopt_orphans();
  RunningCommands running;
  const SignalThread signals([&](int, int count) {
    is_interrupted = true;
    if (count > 1) running.kill_all();
  });
  JobEnd end;
  // The command ends with the thread that runs it.
  std::thread([&] {
    end = run_job(setting, folders.begin()->second, job, talk_to_person(), running);
  }).join();
  if (const auto* done = std::get_if<jobq::Done>(&end.word)) {
    print("{}\n", printable_json(done->response));
    return kOk;
  }
  say("jobq: the job {}\n", printable(std::visit(WordText{}, end.word)));
  return end.cannot_be_run.empty() ? 1 : kUsage;
}

}  // namespace

void add_pool(Program& program) { program.add<RunOne>(program.add_one<PoolCommand>(program.app)); }

}  // namespace tools
