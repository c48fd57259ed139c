#include <unistd.h>

#include <array>
#include <exception>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "fit_outcome.h"
#include "held_jobs.h"
#include "jobq/driver.h"
#include "jobq/limits.h"
#include "mutex.h"
#include "text_rules.h"
#include "worker_loop.h"

namespace jobq {
namespace {

constexpr std::size_t kNameBytesMax = limits::kIdBytesMax;

// Unique among running workers also where containers share host name and process ids.
std::string new_worker_name() {
  std::array<char, 65> host{};
  gethostname(host.data(), host.size() - 1);
  const std::string number = new_guid().substr(0, 8);
  std::string name = std::string(host.data()) + ":" + std::to_string(getpid()) + ":" + number;
  for (char& c : name) {
    const bool is_fit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') ||
                        std::string_view("._~-:").find(c) != std::string_view::npos;
    c = is_fit ? c : '-';
  }
  return name.substr(0, kNameBytesMax);
}

WorkerOptions checked(WorkerOptions options) {
  if (options.threads < 1 || options.threads > limits::kItemsMax ||
      options.prefetch > limits::kItemsMax - options.threads) {
    throw std::invalid_argument("threads: 1 .. 1024, together with prefetch");
  }
  if (options.name.empty()) {
    options.name = new_worker_name();
  }
  if (options.lease <= Span::zero()) {
    options.lease = WorkerOptions().lease;
  }
  return options;
}

}  // namespace

class Worker::Implementation {
 public:
  Implementation(const Connection& connection, WorkerOptions options, RunJob run_job)
      : options_(checked(std::move(options))),
        run_job_(std::move(run_job)),
        loop_(connection, options_) {}

  void on(const std::string& function, RunJob run_job);
  void run();
  void stop() { held_.stop(); }
  void stop_now() { held_.stop_now(); }
  void wait_until_ended();
  std::uint64_t finished() const { return loop_.finished(); }

 private:
  void work();
  const RunJob& callback_of(const Task& task) const;
  Result run_one(HeldJob& job);

  WorkerOptions options_;  // const from run() on, as is what follows
  const RunJob run_job_;   // of all jobs, or none
  std::map<std::string, RunJob, std::less<>> run_of_function_;
  WorkerLoop loop_;
  HeldJobs& held_ = loop_.held();

  Mutex mutex_;
  Condition ended_;
  bool has_run_ GUARDED_BY(mutex_) = false;
  bool is_running_ GUARDED_BY(mutex_) = false;
};

void Worker::Implementation::on(const std::string& function, RunJob run_job) {
  if (run_job_) {
    throw std::logic_error("Worker::on: there is one callback for all functions");
  }
  if (const std::string wrong = wrong_with_name(function, kNameBytesMax); !wrong.empty()) {
    throw std::invalid_argument("Worker::on: function " + wrong);
  }
  if (run_of_function_.contains(function)) {
    throw std::invalid_argument("Worker::on: '" + function + "' has a callback already");
  }
  if (run_of_function_.size() == limits::kFunctionsMax) {
    throw std::invalid_argument("Worker::on: more than 64 functions");
  }
  run_of_function_.emplace(function, std::move(run_job));
  options_.functions.push_back(function);
}

void Worker::Implementation::run() {
  if (!run_job_ && run_of_function_.empty()) {
    throw std::logic_error("Worker::run: nothing is to be run");
  }
  {
    const MutexLock lock(mutex_);
    if (has_run_) {
      throw std::logic_error("Worker::run: was called before");
    }
    has_run_ = true;
    is_running_ = true;
  }
  std::vector<std::thread> working;
  std::exception_ptr error;
  try {
    for (unsigned i = 0; i < options_.threads; ++i) {
      working.emplace_back([&] { work(); });
    }
    loop_.run();
  } catch (const std::exception&) {
    error = std::current_exception();
    held_.stop();
    held_.lose_all();
  }
  for (std::thread& thread : working) {
    thread.join();
  }
  {
    const MutexLock lock(mutex_);
    is_running_ = false;
    ended_.notify_all();
  }
  // From here on the object may be gone.
  if (error) {
    std::rethrow_exception(error);
  }
}

void Worker::Implementation::wait_until_ended() {
  MutexLock lock(mutex_);
  while (is_running_) {
    ended_.wait(lock);
  }
}

void Worker::Implementation::work() {
  while (const HeldJobPtr held = held_.begin_next()) {
    Outcome outcome{held->job.lease, {}};
    std::visit([&](auto&& word) { outcome.report = std::forward<decltype(word)>(word); },
               fit_outcome(run_one(*held)));
    held_.end(held, std::move(outcome));
  }
}

const RunJob& Worker::Implementation::callback_of(const Task& task) const {
  static const RunJob kNone = [](const Task&) {
    return Release{.delay = {}, .message = "the worker has no callback for this function"};
  };
  if (run_job_) {
    return run_job_;
  }
  const auto found = run_of_function_.find(task.function());
  return found == run_of_function_.end() ? kNone : found->second;
}

Result Worker::Implementation::run_one(HeldJob& held) {
  const Task task(held_, held);
  Result word;
  try {
    word = callback_of(task)(task);
  } catch (const std::exception& error) {
    held_.say(held, [](Speech& speech) { speech.take_changes(); });
    if (task.cancel_requested()) {
      return Cancelled{};
    }
    return Retry{.error = {"exception", error.what(), {}}, .delay = {}};
  }
  // The store would refuse it, and the job be run again after its lease only to the same end.
  if (std::holds_alternative<Cancelled>(word) && !task.cancel_requested()) {
    if (task.stopping()) {
      return Release{.delay = {}, .message = "worker stops"};
    }
    return Retry{.error = {"not-cancelled", "the worker cancelled what nobody asked it to", {}},
                 .delay = {}};
  }
  return word;
}

Worker::Worker(const Connection& connection, WorkerOptions options, RunJob run_job)
    : implementation_(
          std::make_unique<Implementation>(connection, std::move(options), std::move(run_job))) {}

Worker::Worker(const Connection& connection, WorkerOptions options)
    : Worker(connection, std::move(options), RunJob()) {}

Worker& Worker::on(const std::string& function, RunJob run_job) {
  implementation_->on(function, std::move(run_job));
  return *this;
}

Worker::~Worker() {
  implementation_->stop();
  implementation_->wait_until_ended();
}

void Worker::run() { implementation_->run(); }
void Worker::stop() { implementation_->stop(); }
void Worker::stop_now() { implementation_->stop_now(); }
std::uint64_t Worker::finished() const { return implementation_->finished(); }

}  // namespace jobq
