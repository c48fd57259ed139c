// jobq work: a worker whose jobs are done by a command.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>

#include "function_folder.h"
#include "function_sources.h"
#include "jobq/driver.h"
#include "keeper.h"
#include "machine.h"
#include "program.h"
#include "run_code.h"
#include "run_job.h"
#include "shell_command.h"
#include "signal_thread.h"
#include "work_log.h"

namespace tools {
namespace {

constexpr const char* kWorkExample =
    R"(  jobq work scan --token-file scan.token --threads 4 -- ./scan-page --json
  jobq work scan --exec 'tr a-z A-Z' --once
  jobq work scan --function ocr --function thumbnail --drain -- ./page

The command gets the request on standard input, and in its environment JOBQ_JOB, JOBQ_CLIENT,
JOBQ_ATTEMPT, JOBQ_LEASE_TOKEN (for `jobq update --token`; JOBQ_ENDPOINT and JOBQ_SERVER_KEY are
set for it), JOBQ_DATASOURCE, JOBQ_FUNCTION,
JOBQ_TAGS (with commas), and JOBQ_TRACE and TRACEPARENT when the job came with a trace.
JOBQ_REQUEST_FILE is the path of a file with the request too.
JOBQ_CHECKPOINT is the path of a file with what the attempt before has left; what it holds is sent
with each line of progress and at the end, up to 64 KiB of UTF-8, for the next attempt; mv another
file over it to change it at once. JOBQ_STATE is that of a file with what the job's function
keeps between runs, as JSON; JOBQ_AFTER with the jobs that it waited for, their status and
response, as a JSON list; JOBQ_GRANTS with what the job came with for its worker alone, and
JOBQ_ACTING_TOKEN_FILE with the token for what its function calls, both empty where there is
none. What it prints is the response, as a JSON string when it is not JSON;
one that is no UTF-8 fails the job, and a byte order mark before JSON is left out. Processes that
it leaves behind are killed, also those that made a session of their own.
Its exit status:
  0           complete
  75          this attempt failed: to be retried, as far as the job's limit allows
  76          handed back: to be run again, at no cost
  77          the client may not have this done: the job is forbidden
  78          failed for good
  126, 127    the command cannot be run: the job is handed back, and jobq ends with 2
  any other   as 75; so are signals
The error's code is exit-N or signal-N, its message the last line on standard error.
Lines on its standard error that the worker takes:
  jobq:progress 0.5 page 5 of 10      how far it is, 0 to 1 or 0% to 100%
  jobq:log warning page 6 is empty    a line for the job's log: debug, info, warning or error; any
                                      other first word stays in the text, and means error
  jobq:delay 2s                       with 75 and 76: not to be run again before, in place of the
                                      backoff
  jobq:state add pages 5              what the function keeps is changed when the command ends;
                                      also set NAME VALUE, min, max, and remove NAME
When the job is cancelled, its attempt runs out of time or its lease is lost, the command gets
SIGTERM, and after --kill-after SIGKILL.
SIGINT, SIGTERM or SIGHUP to jobq: running commands finish, then it ends with 0. A second one stops
them and releases their jobs to other workers; a third one kills them, a fourth one does not wait
for the store to take the jobs back. The exit code is 128 + signal then.
It does not tell how jobs ended.)";

struct Work {
  static constexpr Words kWords{"work", "Drivers", "Work on jobs: run a command for each",
                                kWorkExample};

  jobq::WorkerOptions worker;
  std::vector<std::string> program;  // with its arguments
  std::string shell_text;
  std::vector<std::string> directories;
  FunctionSources sources{{}};
  FunctionFolders folders;  // of the directories
  FunctionFolder for_all;   // where there are none
  std::vector<std::string> run_code;
  JobSetting setting;
  MachineLimits machine;
  unsigned force_priority = jobq::limits::kPriorityMax;
  bool is_machine_full = false;
  bool once = false;
  bool quiet = false;

  void declare(Options& options) {
    options.datasource("DSID", worker.datasource, "Datasource");
    options.rest("PROGRAM", program, "After --: what to run for each job, with its arguments");
    options.text("--exec COMMAND", shell_text, "What to run, by /bin/sh -c");
    options.texts("--functions-in DIR", directories,
                  "Run the functions of these folders (docs/workers.md); may be repeated");
    options.flag("--lines", for_all.is_lines,
                 "Start it once: a line of JSON for each job and outcome (docs/workers.md)");
    declare_run_code(options, run_code);
    options.names("--function NAME", worker.functions,
                  "Only jobs with this function; may be repeated");
    options.names("--label NAME", worker.labels,
                  "What this worker has, for jobs that want it; may be repeated, up to 64");
    options.number("--threads N", worker.threads, "Jobs at the same time; default: 1",
                   {1, jobq::limits::kItemsMax});
    options.flag("--log-stderr", setting.logs_errors,
                 "Standard error of the command goes to the job's log, at level info");
    options.span("--kill-after SPAN", setting.limits.grace,
                 "Between SIGTERM and SIGKILL for a command that must stop; default: 10s");
    options.span("--lease SPAN", worker.lease,
                 "After this long without a sign of life another worker gets the job; "
                 "100ms to 1h, default: 30s",
                 kLeaseLimits);
    options.span("--gone-after SPAN", worker.gone_after,
                 "The same after this long without a connection to the store; 0 to 1h, 0: only "
                 "after the lease; default: 2s",
                 {jobq::Span::zero(), std::chrono::hours(1)});
    declare_machine(options, machine, force_priority);
    options.text("--name NAME", worker.name,
                 "Of this worker, unique among those that run; default: host and process");
    auto* one = options.flag("--once", once, "End after one job; waits for it");
    Options::exclude(options.count("--count N", worker.jobs_max, "End after so many jobs in all"),
                     one);
    options.flag("--drain", worker.until_empty,
                 "End when no job may run now and those of this worker are done");
    options.flag("--show", setting.shows,
                 "Say here what commands say, and their responses, each behind its job's id");
    options.flag("--quiet", quiet, "No line on standard error for each job");
  }

  int run(const ConnectionOptions& common);

 private:
  unsigned least_priority(WorkLog& log);
  const FunctionFolder& folder_of(const jobq::Task& task) const;
  JobEnd do_job(const jobq::Task& task, std::optional<CodeRunner>& code,
                RunningCommands& running) const;
};

unsigned Work::least_priority(WorkLog& log) {
  const std::string why = why_full(machine);
  if (std::exchange(is_machine_full, !why.empty()) != is_machine_full) {
    log.trouble(is_machine_full ? "takes no jobs below priority " + std::to_string(force_priority) +
                                      " for now: " + why
                                : std::string("takes all jobs again"));
  }
  return is_machine_full ? force_priority : 0;
}

std::string order_text(jobq::WorkerOrder order) {
  switch (order) {
    case jobq::WorkerOrder::kHalt: return "told to halt: hands back what it has, takes no more";
    case jobq::WorkerOrder::kDrain: return "told to drain: finishes what it has, takes no more";
    case jobq::WorkerOrder::kWork:
    case jobq::WorkerOrder::kUnsaid: break;
  }
  return "told to work again";
}

// What does the job: a folder's command, or the one for all.
const FunctionFolder& Work::folder_of(const jobq::Task& task) const {
  return folders.empty() ? for_all : folders.at(task.function());
}

StopReason why_stop(const jobq::Task& task) {
  if (task.lost()) {
    const bool had_limit = task.attempt_until() != jobq::Time{};
    return had_limit && system_now() >= task.attempt_until() ? StopReason::kTimeout
                                                             : StopReason::kLeaseLost;
  }
  if (task.cancel_requested()) return StopReason::kCancelled;
  return task.stopping() ? StopReason::kWorkerStops : StopReason::kNone;
}

JobTalk talk_of(const jobq::Task& task) {
  return {.progress = [&](double value,
                          std::string message) { task.progress(value, std::move(message)); },
          .log = [&](jobq::LogLevel level, std::string text) { task.log(level, std::move(text)); },
          .change_state = [&](jobq::StateChange change) { task.change_state(std::move(change)); },
          .leave_checkpoint = [&](std::string text) { task.leave_checkpoint(std::move(text)); },
          .must_stop = [&] { return why_stop(task); },
          .wake_fd = task.interrupt_fd()};
}

JobEnd Work::do_job(const jobq::Task& task, std::optional<CodeRunner>& code,
                    RunningCommands& running) const {
  const jobq::AcceptedJob& job = task.accepted();
  if (code && !job.code.empty()) return code->run(setting, job, talk_of(task), running);
  const bool has_command = !code || folders.contains(task.function());
  if (!has_command) {
    return {.word = jobq::JobError{.code = "no-code", .message = "it names no code to be run"}};
  }
  return run_job(setting, folder_of(task), job, talk_of(task), running);
}

void read_folders(Work& options) {
  if (const char* snapshot = std::getenv(kPoolSnapshot)) {
    options.folders = folders_of_snapshot(read_input(snapshot, kSnapshotBytesMax));
  } else {
    const auto on_trouble = [](const std::string& trouble) { throw UsageError(trouble); };
    options.sources = FunctionSources(options.directories);
    options.folders = read_function_folders(options.sources.directories(on_trouble), on_trouble);
  }
  const auto wanted = std::exchange(options.worker.functions, {});
  for (const auto& [name, folder] : options.folders) {
    const bool is_wanted =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
    if (is_wanted) options.worker.functions.push_back(name);
  }
  if (options.worker.functions.empty()) throw UsageError("--function: no folder has it");
}

void check(const Work& options) {
  const int ways = (options.shell_text.empty() ? 0 : 1) + (options.program.empty() ? 0 : 1) +
                   (options.directories.empty() ? 0 : 1);
  if (ways > 1 || (ways == 0 && options.run_code.empty())) {
    throw UsageError(
        "what is to be run? either -- PROGRAM ARGUMENT..., --exec COMMAND or --functions-in DIR");
  }
  if (options.directories.empty() && !options.run_code.empty() &&
      (ways > 0 || !options.worker.functions.empty())) {
    throw UsageError("--run-code goes with --functions-in alone, or with no other command");
  }
  if (options.worker.functions.size() > jobq::limits::kFunctionsMax) {
    throw UsageError(fmt::format("--function: at most {} of them", jobq::limits::kFunctionsMax));
  }
}

// What is to be run, and what the worker asks for by it.
void prepare(Work& options) {
  const bool is_of_pool = std::getenv(kPoolSnapshot) != nullptr;
  if (!options.directories.empty()) read_folders(options);
  ::unsetenv(kPoolSnapshot);
  check(options);
  for (const std::string& runner : options.run_code) {
    options.worker.labels.push_back(label_of_runner(runner));
    options.worker.functions.push_back(label_of_runner(runner));
  }
  if (!is_of_pool) warn_of_run_code(options.worker.datasource, options.run_code);
}

int Work::run(const ConnectionOptions& common) {
  prepare(*this);
  for_all.command = shell_text.empty() && directories.empty() ? program_command(program)
                                                              : ShellCommand{.text = shell_text};
  leave_first_process();
  if (once) worker.jobs_max = 1;
  const jobq::Connection connection = common.connection();
  setting.datasource = worker.datasource;
  setting.endpoint = connection.endpoint;
  setting.server_key = connection.server_key;
  block_end_signals();
  // A log that nobody reads and a command that reads no input are no reasons to die.
  ::signal(SIGPIPE, SIG_IGN);

  WorkLog log(quiet, common.json);
  RunningCommands::adopt_orphans();
  RunningCommands running;
  std::optional<CodeRunner> code;
  if (!run_code.empty()) code.emplace(connection, worker.datasource, run_code);
  std::atomic<int> exit_code{kOk};
  std::function<void(const std::string&)> give_up;
  worker.version = "jobq " JOBQ_VERSION;
  if (machine.has_any()) {
    worker.least_priority = [this, &log] { return least_priority(log); };
  }
  log.follow(worker);
  worker.on_order = [&](jobq::WorkerOrder order) { log.trouble(order_text(order)); };
  jobq::Worker runner(connection, worker, [&](const jobq::Task& task) {
    return log.note(task, [&] {
      JobEnd end = do_job(task, code, running);
      if (!end.cannot_be_run.empty()) give_up(end.cannot_be_run);
      return std::move(end.word);
    });
  });
  give_up = [&](const std::string& why) {
    int none = kOk;
    if (exit_code.compare_exchange_strong(none, kUsage)) {
      log.trouble("the command " + why + "; its job is handed back, and this worker ends");
    }
    runner.stop();
  };
  const SignalThread signals([&](int number, int signals_seen) {
    if (signals_seen > 3) running.kill_all_and_exit(128 + number);
    if (signals_seen == 3) {
      exit_code = 128 + number;
      running.kill_all();
    } else if (signals_seen == 2) {
      log.trouble("stopping what runs, its jobs are released; the next signal kills it");
      exit_code = 128 + number;
      runner.stop_now();
    } else {
      if (running.are_busy()) {
        log.trouble("finishing what runs; the next signal stops it and releases its jobs");
      }
      runner.stop();
    }
  });
  runner.run();
  return exit_code;
}

}  // namespace

void add_work(Program& program) { program.add<Work>(); }

}  // namespace tools
