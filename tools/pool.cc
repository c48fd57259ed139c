#include "pool.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <thread>

#include "descriptor.h"
#include "failure.h"
#include "function_folder.h"
#include "function_sources.h"
#include "jobq/driver.h"
#include "jobq/function_client.h"
#include "json_text.h"
#include "keeper.h"
#include "machine.h"
#include "printing.h"
#include "program.h"
#include "run_code.h"
#include "signal_thread.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kTick = std::chrono::milliseconds(500);
// The store is asked no more often than this how much there is to do.
constexpr auto kAskEach = std::chrono::seconds(1);
constexpr auto kBackoffFirst = std::chrono::seconds(1);
constexpr auto kBackoffMax = std::chrono::minutes(1);
// A worker that has lived so long was no failed start.
constexpr auto kHasLived = std::chrono::minutes(1);

struct Child {
  pid_t pid = -1;
  std::string name;
  unsigned generation = 0;  // of the folders that it has
  Clock::time_point started{};
  bool is_ending = false;  // was told to end
  bool is_busy = false;    // when the store was asked last
  Clock::time_point idle_since{};
};

sigset_t taken_signals() { return signals_of({SIGINT, SIGTERM, SIGHUP, SIGCHLD}); }

bool is_for_later(const jobq::Refused& refused) {
  return exit_code_of_refusal(refused.code()) == kTryLater || refused.code() == 507;
}

class Pool {
 public:
  Pool(const PoolOptions& options, const ConnectionOptions& common)
      : options_(options), common_(common), connection_(impatient(common.connection())) {}

  int run();

 private:
  // While it waits for a store that is away it would not look after its workers.
  static jobq::Connection impatient(jobq::Connection connection) {
    connection.patience = std::chrono::seconds(2);
    return connection;
  }
  void look_at_folders();
  void register_functions();
  void ask_store();
  void scale();
  void start();
  void end(Child& child, const char* why);
  void reap();
  void begin_end(int number);
  void take_signal();
  void look_at_store();
  void tell_limits(const FunctionFolder& folder) const;
  std::size_t living() const;
  bool has_nothing() const { return folders_.empty() && options_.run_code.empty(); }
  void warn(const std::string& text) const { write("warning", text); }
  void tell(const std::string& text) const {
    if (!options_.quiet) write("info", text);
  }
  void write(const char* level, const std::string& text) const;

  const PoolOptions& options_;
  const ConnectionOptions& common_;
  const jobq::Connection connection_;
  jobq::Driver driver_{connection_};
  jobq::FunctionClient client_{connection_};
  const std::string name_ = fmt::format("pool-{}-{}", ::getpid(), jobq::new_guid().substr(0, 8));
  FunctionSources sources_{options_.directories};
  FunctionFolders folders_;
  std::vector<std::string> troubles_;  // that were told of
  unsigned generation_ = 0;
  auth::Descriptor snapshot_;                         // of the folders, for workers to begin with
  std::map<std::string, jobq::Function> registered_;  // as the store knows them, or will not have
  std::vector<Child> children_;
  unsigned numbers_ = 0;
  std::uint64_t wanted_ = 0;  // jobs that could run now, and do not
  bool is_ending_ = false;
  int signals_ = 0;
  int exit_code_ = kOk;
  Clock::time_point next_ask_{};
  Clock::duration backoff_{};
  Clock::time_point start_from_{};  // no worker is started before
};

void Pool::write(const char* level, const std::string& text) const {
  if (!common_.json) {
    say("jobq: {}\n", printable(text));
    return;
  }
  const Json line = {
      {"time", rfc3339(system_now())}, {"level", level}, {"pool", name_}, {"message", text}};
  say("{}\n", printable_json(to_text(line)));
}

std::size_t Pool::living() const {
  return static_cast<std::size_t>(std::count_if(children_.begin(), children_.end(),
                                                [](const Child& any) { return !any.is_ending; }));
}

// What cannot be read stays as it was: a file that is being written costs nothing.
void Pool::look_at_folders() {
  std::vector<std::string> troubles;
  const auto on_trouble = [&](const std::string& trouble) { troubles.push_back(trouble); };
  FunctionFolders found =
      read_function_folders(sources_.directories(on_trouble), on_trouble, folders_);
  if (troubles != troubles_) {
    for (const std::string& trouble : troubles) warn(trouble);
    troubles_ = troubles;
  }
  if (found == folders_) return;
  const FunctionFolders before = std::exchange(folders_, std::move(found));
  for (const auto& [name, folder] : before) {
    if (!folders_.contains(name)) tell(fmt::format("{}: its folder is gone", name));
  }
  ++generation_;
  snapshot_ = snapshot_of(folders_);
}

// Those that are new or another thing now; what the store cannot take now is tried again.
void Pool::register_functions() {
  std::erase_if(registered_, [&](const auto& one) { return !folders_.contains(one.first); });
  for (const auto& [name, folder] : folders_) {
    const auto known = registered_.find(name);
    if (known != registered_.end() && known->second == folder.function) continue;
    try {
      (void)client_.put(options_.datasource, folder.function);
      tell(fmt::format("{}{}: registered, from {}", name,
                       folder.function.version.empty() ? "" : " " + folder.function.version,
                       folder.path));
      tell_limits(folder);
    } catch (const jobq::Refused& refused) {
      if (is_for_later(refused)) continue;
      if (exit_code_of_refusal(refused.code()) == kDenied) throw;
      warn(fmt::format("{}: not registered: {}", name, refused.what()));
    }
    registered_[name] = folder.function;
  }
}

void Pool::tell_limits(const FunctionFolder& folder) const {
  const CommandBounds& bounds = folder.command.bounds;
  const bool wants_group = bounds.memory_bytes != 0 || bounds.cpus != 0;
  if (!wants_group) return;
  const std::string how = how_held(bounds, group_place());
  tell(fmt::format("{}: limits: {}", folder.function.name,
                   how.empty() ? "held by a control group for each command" : how));
}

void Pool::ask_store() {
  wanted_ = 0;
  for (const jobq::FunctionStats& one : driver_.stats(options_.datasource).functions) {
    if ((folders_.contains(one.function) || is_run(options_.run_code, one.function)) &&
        one.oldest_ready_at != jobq::Time{}) {
      wanted_ += one.waiting;
    }
  }
  for (Child& child : children_) child.is_busy = false;
  for (const jobq::WorkerStatus& worker : driver_.workers(options_.datasource)) {
    const auto child = std::find_if(children_.begin(), children_.end(),
                                    [&](const Child& any) { return any.name == worker.worker; });
    if (child != children_.end()) child->is_busy = worker.running > 0;
  }
  const auto now = Clock::now();
  for (Child& child : children_) {
    if (child.is_busy || wanted_ > 0) child.idle_since = now;
  }
}

void Pool::scale() {
  const auto now = Clock::now();
  for (Child& child : children_) {
    if (!child.is_ending && child.generation != generation_) end(child, "has older functions");
  }
  if (is_ending_ || has_nothing()) return;
  const bool are_busy = std::all_of(children_.begin(), children_.end(),
                                    [](const Child& any) { return any.is_busy || any.is_ending; });
  std::size_t wanted = std::max<std::size_t>(living(), options_.min);
  if (are_busy) wanted = std::max(wanted, living() + static_cast<std::size_t>(wanted_));
  wanted = std::min<std::size_t>(wanted, options_.max);
  while (living() < wanted && now >= start_from_) start();
  // One by one.
  const auto idle = std::find_if(children_.rbegin(), children_.rend(), [&](const Child& any) {
    return !any.is_ending && !any.is_busy && now >= any.idle_since + options_.idle;
  });
  if (living() > options_.min && idle != children_.rend()) {
    for (Child& child : children_) child.idle_since = now;
    end(*idle, "is idle");
  }
}

void Pool::start() {
  const std::string name = fmt::format("{}-{}", name_, ++numbers_);
  std::vector<std::string> words = {"jobq", "work", options_.datasource, "--name", name};
  // Of which it has the snapshot.
  for (const std::string& directory : options_.directories) {
    if (!folders_.empty()) words.insert(words.end(), {"--functions-in", directory});
  }
  for (const std::string& one : options_.run_code) words.insert(words.end(), {"--run-code", one});
  for (const std::string& label : options_.labels) words.insert(words.end(), {"--label", label});
  words.insert(words.end(), {"--lease", fmt::format("{}ms", options_.lease.count())});
  words.insert(words.end(), {"--kill-after", fmt::format("{}ms", options_.kill_after.count())});
  if (!common_.curve_secret_file.empty()) {
    words.insert(words.end(), {"--curve-secret-file", common_.curve_secret_file});
  }
  if (options_.machine.memory_free != 0) {
    words.insert(words.end(), {"--memory-free", std::to_string(options_.machine.memory_free)});
  }
  if (options_.machine.load_max != 0) {
    words.insert(words.end(), {"--load-max", fmt::format("{}", options_.machine.load_max)});
  }
  words.insert(words.end(), {"--force-priority", std::to_string(options_.force_priority)});
  if (common_.json) words.emplace_back("--json");
  if (options_.shows) words.emplace_back("--show");
  if (options_.quiet) words.emplace_back("--quiet");
  // What was found for this program, wherever it stood.
  for (const char* variable : kSecretVariables) ::unsetenv(variable);
  ::setenv("JOBQ_ENDPOINT", connection_.endpoint.c_str(), 1);
  if (!connection_.server_key.empty()) {
    ::setenv("JOBQ_SERVER_KEY", connection_.server_key.c_str(), 1);
  }
  ::setenv(kPoolSnapshot, fmt::format("/proc/self/fd/{}", snapshot_.get()).c_str(), 1);
  ::setenv("JOBQ_TOKEN", connection_.token.c_str(), 1);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    // System calls only.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const sigset_t none = signals_of({});
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::setpgid(0, 0);  // a terminal's Ctrl-C is the pool's
    if (::getppid() == parent) ::execv("/proc/self/exe", arguments.data());
    ::_exit(126);
  }
  for (const char* variable : {kPoolSnapshot, "JOBQ_TOKEN"}) ::unsetenv(variable);
  if (pid < 0) {
    warn(fmt::format("no worker can be started: {}", std::strerror(errno)));
    start_from_ = Clock::now() + kBackoffMax;
    return;
  }
  const auto now = Clock::now();
  children_.push_back(
      {.pid = pid, .name = name, .generation = generation_, .started = now, .idle_since = now});
  tell(fmt::format("worker {} begins; {} of {} to {}", name, living(), options_.min, options_.max));
}

void Pool::end(Child& child, const char* why) {
  child.is_ending = true;
  ::kill(child.pid, SIGTERM);
  tell(fmt::format("worker {} {}: it ends", child.name, why));
}

void Pool::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto child = std::find_if(children_.begin(), children_.end(),
                                    [&](const Child& any) { return any.pid == pid; });
    if (child == children_.end()) continue;
    if (!child->is_ending) {
      const bool has_lived = Clock::now() - child->started >= kHasLived;
      backoff_ = has_lived ? Clock::duration(kBackoffFirst)
                           : std::clamp<Clock::duration>(2 * backoff_, kBackoffFirst, kBackoffMax);
      start_from_ = Clock::now() + backoff_;
      const std::string how = WIFSIGNALED(status)
                                  ? fmt::format("was killed by signal {}", WTERMSIG(status))
                                  : fmt::format("ended with {}", WEXITSTATUS(status));
      warn(fmt::format("worker {} {}; another begins in {}", child->name, how,
                       span_text(std::chrono::duration_cast<jobq::Span>(backoff_))));
    }
    children_.erase(child);
  }
}

// The first, the second and the third signal mean to workers what they mean to the pool.
void Pool::begin_end(int number) {
  is_ending_ = true;
  for (Child& child : children_) {
    child.is_ending = true;
    ::kill(child.pid, number);
  }
}

void Pool::take_signal() {
  const sigset_t wanted = taken_signals();
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(kTick);
  const timespec time{.tv_sec = 0, .tv_nsec = nanoseconds.count()};
  const int number = ::sigtimedwait(&wanted, nullptr, &time);
  if (number < 0 || number == SIGCHLD) return;
  if (++signals_ > 1) exit_code_ = 128 + number;
  begin_end(number);
}

void Pool::look_at_store() {
  try {
    register_functions();
    if (Clock::now() < next_ask_) return;
    next_ask_ = Clock::now() + kAskEach;
    ask_store();
  } catch (const jobq::Unreachable&) {
    wanted_ = 0;  // the workers say so
  } catch (const jobq::Refused& refused) {
    wanted_ = 0;
    if (is_for_later(refused)) return;
    warn(refusal_text(refused.code(), refused.what(), {}));
    exit_code_ = exit_code_of_refusal(refused.code());
    begin_end(SIGTERM);
  }
}

int Pool::run() {
  look_at_folders();
  if (has_nothing()) throw UsageError("there is no function.yaml that can be read");
  while (true) {
    reap();
    if (is_ending_ && children_.empty()) return exit_code_;
    if (!is_ending_) {
      look_at_folders();
      look_at_store();
    }
    scale();
    take_signal();
  }
}

}  // namespace

int run_pool(const PoolOptions& options, const ConnectionOptions& common) {
  const sigset_t taken = taken_signals();
  ::sigprocmask(SIG_BLOCK, &taken, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return Pool(options, common).run();
}

}  // namespace tools
