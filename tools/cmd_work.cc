// jobq work: a worker whose jobs are done by a shell command.
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "command_outcome.h"
#include "commands.h"
#include "failure.h"
#include "jobq/driver.h"
#include "json_text.h"
#include "shell_command.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

struct WorkOptions {
  std::string datasource;
  std::string command;
  unsigned threads = 1;
  std::string lease = "30s";
  std::string name;
  bool once = false;
  std::uint64_t count = 0;  // 0: no end
  bool quiet = false;
};

std::string key_of(const std::string& job, unsigned attempt) {
  return job + " " + std::to_string(attempt);
}

// The lines on standard error: one for each job, and troubles. Used by all threads.
class Log {
 public:
  Log(bool quiet, bool json) : quiet_(quiet), json_(json) {}

  void trouble(const std::string& text) {
    const std::lock_guard lock(mutex_);
    fmt::print(stderr, "jobq: {}\n", printable(text));
  }

  // A command has ended; its line is written once the store has answered, unless there will be no
  // answer because the lease is lost.
  void ended(const jobq::Task& task, const std::variant<jobq::Done, jobq::JobError>& outcome,
             jobq::Span took) {
    Json line;
    line["job"] = task.job();
    line["client"] = task.client();
    line["attempt"] = task.attempt();
    const auto* error = std::get_if<jobq::JobError>(&outcome);
    line["status"] = error == nullptr ? "complete" : "failed";
    if (error != nullptr) line["error"] = error->code + ": " + error->message;
    line["durationMs"] = took.count();
    const std::lock_guard lock(mutex_);
    if (task.lost()) {
      write(line, {.code = 409, .error = "the lease is lost", .status = {}});
    } else {
      pending_[key_of(task.job(), task.attempt())] = std::move(line);
    }
  }

  void answered(const jobq::Lease& lease, const jobq::UpdateResult& result) {
    const std::lock_guard lock(mutex_);
    auto found = pending_.extract(key_of(lease.job, lease.attempt));
    if (found.empty()) return;
    write(found.mapped(), result);
  }

 private:
  void write(Json& line, const jobq::UpdateResult& result) {
    if (quiet_) return;
    const bool is_taken = result.code == 200;
    // The library reports a response that the store does not take as a failure.
    if (is_taken) line["status"] = jobq::to_string(result.status);
    if (json_) {
      line["code"] = result.code;
      if (!is_taken) line["refusal"] = result.error;
      fmt::print(stderr, "{}\n", to_text(line));
      return;
    }
    const jobq::Time now = system_now();
    const std::string error = line.value("error", "");
    const std::string refusal =
        is_taken ? "" : fmt::format("; not taken ({}): {}", result.code, result.error);
    fmt::print(stderr, "{} {} client {} attempt {} {} after {}{}{}\n", clock_text(now, now),
               printable(line["job"].get<std::string>()),
               printable(line["client"].get<std::string>()), line["attempt"].get<unsigned>(),
               line["status"].get<std::string>(),
               span_text(jobq::Span(line["durationMs"].get<std::int64_t>())),
               error.empty() ? "" : ": " + printable(error), printable(refusal));
  }

  const bool quiet_;
  const bool json_;
  std::mutex mutex_;
  std::map<std::string, Json> pending_;
};

constexpr int kWakeUp = SIGUSR2;

sigset_t handled_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, kWakeUp}) ::sigaddset(&set, number);
  return set;
}

// REQUIRES: there is no other thread yet, so that all of them inherit this.
void block_signals() {
  const sigset_t set = handled_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A log that nobody reads and a command that reads no input are no reasons to die.
  ::signal(SIGPIPE, SIG_IGN);
}

// Takes SIGINT and SIGTERM in a thread of its own until destroyed.
class SignalThread {
 public:
  // `on_signal` gets the signal and how many there have been.
  explicit SignalThread(std::function<void(int number, int count)> on_signal)
      : thread_([this, on_signal = std::move(on_signal)] {
          const sigset_t set = handled_signals();
          for (int count = 1; !is_over_;) {
            int number = 0;
            if (::sigwait(&set, &number) == 0 && number != kWakeUp) on_signal(number, count++);
          }
        }) {}
  ~SignalThread() {
    is_over_ = true;
    ::pthread_kill(thread_.native_handle(), kWakeUp);
    thread_.join();
  }
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

 private:
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

ShellCommand command_for(const WorkOptions& options, const jobq::Task& task) {
  ShellCommand command;
  command.text = options.command;
  command.input = task.request();
  command.set_environment = {{"JOBQ_JOB", task.job()},
                             {"JOBQ_CLIENT", task.client()},
                             {"JOBQ_ATTEMPT", std::to_string(task.attempt())},
                             {"JOBQ_DATASOURCE", options.datasource}};
  command.unset_environment.assign(std::begin(kSecretVariables), std::end(kSecretVariables));
  return command;
}

int run_work(const WorkOptions& options, const ConnectionOptions& common) {
  const std::uint64_t count = options.once ? 1 : options.count;
  if (count > 0 && options.threads > 1) {
    throw UsageError("--once and --count take one job after the other: not with --threads");
  }
  const jobq::Connection connection = common.connection();
  block_signals();
  Log log(options.quiet, common.json);
  RunningCommands running;
  std::atomic<std::uint64_t> begun{0};
  std::function<void()> stop;

  const auto run_job = [&](const jobq::Task& task) -> std::variant<jobq::Done, jobq::JobError> {
    if (++begun == count) stop();
    const auto start = std::chrono::steady_clock::now();
    const CommandEnd end =
        run_command(command_for(options, task), {}, running, [&task] { return task.lost(); });
    const auto took = std::chrono::steady_clock::now() - start;
    auto outcome = outcome_of(end);
    log.ended(task, outcome, std::chrono::duration_cast<jobq::Span>(took));
    return outcome;
  };
  jobq::WorkerOptions worker_options;
  worker_options.datasource = options.datasource;
  worker_options.name = options.name;
  worker_options.threads = options.threads;
  worker_options.lease = span_of_option("--lease", options.lease);
  worker_options.on_trouble = [&](const std::string& text) { log.trouble(text); };
  worker_options.on_outcome = [&](const jobq::Lease& lease, const jobq::UpdateResult& result) {
    log.answered(lease, result);
  };
  jobq::Worker worker(connection, worker_options, run_job);
  stop = [&] { worker.stop(); };
  const SignalThread signals([&](int number, int signals_seen) {
    if (signals_seen > 1) running.kill_all_and_exit(128 + number);
    log.trouble("finishing what runs; the next signal kills it");
    worker.stop();
  });
  worker.run();
  return kOk;
}

}  // namespace

void add_work(Program& program) {
  auto options = std::make_shared<WorkOptions>();
  CLI::App* command = program.add(
      {"work", "Jobs", "Work on jobs: run a command for each",
       "  jobq work scan --exec './scan-page --json' --threads 4 --token-file scan.token\n"
       "  jobq work echo --exec cat --once\n\n"
       "The command gets the request on standard input and JOBQ_JOB, JOBQ_CLIENT, JOBQ_ATTEMPT,\n"
       "JOBQ_DATASOURCE in its environment. What it prints is the response, as a JSON string when\n"
       "it is not JSON. Another exit status than 0 fails the job with code exit-N, its last line\n"
       "on standard error as the message. Processes it leaves behind are killed. SIGINT or "
       "SIGTERM\n"
       "lets running commands finish; a second one kills them and leaves the jobs to other "
       "workers.\n"
       "The exit code does not tell how jobs ended."},
      [options, &program] { return run_work(*options, program.common); });
  command->add_option("DSID", options->datasource, "Datasource")->required();
  command->add_option("--exec", options->command, "What to run, by /bin/sh -c")
      ->type_name("COMMAND")
      ->required();
  command->add_option("--threads", options->threads, "Jobs at the same time; default: 1")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--lease", options->lease,
                   "After this long without a sign of life another worker gets the job; "
                   "100ms to 1h, default: 30s")
      ->type_name("SPAN");
  command
      ->add_option("--name", options->name,
                   "Of this worker, unique among those that run; default: host and process")
      ->type_name("NAME");
  auto* once = command->add_flag("--once", options->once, "End after one job; waits for it");
  command->add_option("--count", options->count, "End after so many jobs")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->excludes(once);
  command->add_flag("--quiet", options->quiet, "No line on standard error for each job");
}

}  // namespace tools
