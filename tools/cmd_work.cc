// jobq work: a worker whose jobs are done by a command.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <map>

#include "command_outcome.h"
#include "function_folder.h"
#include "job_files.h"
#include "jobq/driver.h"
#include "keeper.h"
#include "program.h"
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
  FunctionFolders folders;  // of the directories
  CommandLimits limits;
  bool once = false;
  bool logs_errors = false;
  bool quiet = false;
  // For the command's own calls: where the store is and how it is known, which is no secret.
  std::string endpoint;
  std::string server_key;

  void declare(Options& options) {
    options.datasource("DSID", worker.datasource, "Datasource");
    options.rest("PROGRAM", program, "After --: what to run for each job, with its arguments");
    options.text("--exec COMMAND", shell_text, "What to run, by /bin/sh -c");
    options.texts("--functions-in DIR", directories,
                  "Run the functions of these folders (docs/workers.md); may be repeated");
    options.names("--function NAME", worker.functions,
                  "Only jobs with this function; may be repeated");
    options.names("--label NAME", worker.labels,
                  "What this worker has, for jobs that want it; may be repeated, up to 64");
    options.number("--threads N", worker.threads, "Jobs at the same time; default: 1",
                   {1, jobq::limits::kItemsMax});
    options.flag("--log-stderr", logs_errors,
                 "Standard error of the command goes to the job's log, at level info");
    options.span("--kill-after SPAN", limits.grace,
                 "Between SIGTERM and SIGKILL for a command that must stop; default: 10s");
    options.span("--lease SPAN", worker.lease,
                 "After this long without a sign of life another worker gets the job; "
                 "100ms to 1h, default: 30s",
                 kLeaseLimits);
    options.span("--gone-after SPAN", worker.gone_after,
                 "The same after this long without a connection to the store; 0 to 1h, 0: only "
                 "after the lease; default: 2s",
                 {jobq::Span::zero(), std::chrono::hours(1)});
    options.text("--name NAME", worker.name,
                 "Of this worker, unique among those that run; default: host and process");
    auto* one = options.flag("--once", once, "End after one job; waits for it");
    Options::exclude(options.count("--count N", worker.jobs_max, "End after so many jobs in all"),
                     one);
    options.flag("--drain", worker.until_empty,
                 "End when no job may run now and those of this worker are done");
    options.flag("--quiet", quiet, "No line on standard error for each job");
  }

  int run(const ConnectionOptions& common);
};

ShellCommand command_for(const Work& options, const jobq::Task& task, const JobFiles& files) {
  ShellCommand command;
  if (!options.folders.empty()) {
    command = options.folders.at(task.function()).command;
  } else if (options.shell_text.empty()) {
    command = program_command(options.program);
  } else {
    command.text = options.shell_text;
  }
  command.input = task.request();
  const std::map<std::string, std::string> told = {
      {"JOBQ_JOB", task.job()},
      {"JOBQ_CLIENT", task.client()},
      {"JOBQ_ATTEMPT", std::to_string(task.attempt())},
      {"JOBQ_LEASE_TOKEN", task.accepted().lease.token},
      {"JOBQ_DATASOURCE", options.worker.datasource},
      {"JOBQ_FUNCTION", task.function()},
      {"JOBQ_TAGS", fmt::format("{}", fmt::join(task.tags(), ","))},
      {"JOBQ_CHECKPOINT", files.checkpoint_path()},
      {"JOBQ_STATE", files.state_path()},
      {"JOBQ_AFTER", files.after_path()},
      {"JOBQ_GRANTS", files.grants_path()},
      {"JOBQ_ACTING_TOKEN_FILE", files.acting_token_path()},
      {"JOBQ_ENDPOINT", options.endpoint}};
  for (const auto& [name, value] : told) command.set_environment[name] = value;
  if (!options.server_key.empty()) {
    command.set_environment["JOBQ_SERVER_KEY"] = options.server_key;
  }
  command.unset_environment.assign(std::begin(kSecretVariables), std::end(kSecretVariables));
  // The worker's own trace is not the job's.
  for (const char* name : {"JOBQ_TRACE", "TRACEPARENT"}) {
    if (task.trace().empty()) {
      command.unset_environment.emplace_back(name);
    } else {
      command.set_environment[name] = task.trace();
    }
  }
  return command;
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

// What the command has left since it was looked at last.
void leave_checkpoint(const jobq::Task& task, JobFiles& files) {
  if (auto left = files.new_checkpoint()) task.leave_checkpoint(*std::move(left));
}

// true: the line was meant for the worker.
bool take_line(const jobq::Task& task, JobFiles& files, bool logs_errors, std::string_view line,
               jobq::Span& delay) {
  ChildLine said = parse_child_line(line);
  if (auto* progress = std::get_if<ProgressLine>(&said)) {
    leave_checkpoint(task, files);
    task.progress(progress->value, std::move(progress->message));
    return true;
  }
  const auto log = [&](jobq::LogLevel level, std::string_view text) {
    for (std::string& piece : log_texts(text)) task.log(level, std::move(piece));
  };
  if (const auto* words = std::get_if<LogLineSaid>(&said)) {
    log(words->level, words->text);
    return true;
  }
  if (const auto* wanted = std::get_if<DelayLine>(&said)) {
    delay = wanted->delay;
    return true;
  }
  if (const auto* state = std::get_if<StateLine>(&said)) {
    try {
      task.change_state(state->change);
    } catch (const std::length_error& error) {
      log(jobq::LogLevel::kWarning, std::string("not taken: ") + error.what());
    }
    return true;
  }
  if (std::holds_alternative<BadLine>(said)) {
    log(jobq::LogLevel::kWarning, "not understood: " + std::string(line));
  } else if (logs_errors) {
    log(jobq::LogLevel::kInfo, line);
  }
  return false;
}

// `give_up` is called when the command cannot be run: no other job would fare better.
jobq::Result run_job(const Work& options, RunningCommands& running, const jobq::Task& task,
                     const std::function<void(const std::string& why)>& give_up) {
  jobq::Span delay{};
  jobq::Result word;
  try {
    JobFiles files(task.accepted());
    const CommandWatch watch{.must_stop = [&] { return why_stop(task); },
                             .wake_fd = task.interrupt_fd(),
                             .on_error_line =
                                 [&](std::string_view line) {
                                   return take_line(task, files, options.logs_errors, line, delay);
                                 }};
    const CommandEnd end =
        run_command(command_for(options, task, files), options.limits, running, watch);
    leave_checkpoint(task, files);
    word = outcome_of(end, delay);
    if (!cannot_be_run(end)) return word;
  } catch (const std::system_error& error) {
    word = jobq::Release{.message = std::string("cannot be run: ") + error.what()};
  }
  give_up(std::get<jobq::Release>(word).message);
  return word;
}

void read_folders(Work& options) {
  if (const char* snapshot = std::getenv(kPoolSnapshot)) {
    options.folders = folders_of_snapshot(read_input(snapshot, kSnapshotBytesMax));
    ::unsetenv(kPoolSnapshot);
  } else {
    options.folders = read_function_folders(
        options.directories, [](const std::string& trouble) { throw UsageError(trouble); });
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
  if (ways != 1) {
    throw UsageError(
        "what is to be run? either -- PROGRAM ARGUMENT..., --exec COMMAND or --functions-in DIR");
  }
  if (options.worker.functions.size() > jobq::limits::kFunctionsMax) {
    throw UsageError(fmt::format("--function: at most {} of them", jobq::limits::kFunctionsMax));
  }
}

int Work::run(const ConnectionOptions& common) {
  if (!directories.empty()) read_folders(*this);
  check(*this);
  leave_first_process();
  if (once) worker.jobs_max = 1;
  const jobq::Connection connection = common.connection();
  endpoint = connection.endpoint;
  server_key = connection.server_key;
  block_end_signals();
  // A log that nobody reads and a command that reads no input are no reasons to die.
  ::signal(SIGPIPE, SIG_IGN);

  WorkLog log(quiet, common.json);
  RunningCommands running;
  std::atomic<int> exit_code{kOk};
  std::function<void(const std::string&)> give_up;
  worker.on_trouble = [&](const std::string& text) { log.trouble(text); };
  worker.on_outcome = [&](const jobq::Lease& lease, const jobq::UpdateResult& result,
                          std::optional<jobq::Ending> ended) {
    log.answered(lease, result, ended);
  };
  jobq::Worker runner(connection, worker, [&](const jobq::Task& task) {
    const auto start = std::chrono::steady_clock::now();
    jobq::Result word = run_job(*this, running, task, give_up);
    const auto took = std::chrono::steady_clock::now() - start;
    log.ended(task, word, std::chrono::duration_cast<jobq::Span>(took));
    return word;
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
      if (!running.is_empty()) {
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
