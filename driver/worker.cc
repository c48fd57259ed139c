#include <unistd.h>

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "held_jobs.h"
#include "host_name.h"
#include "jobq/driver.h"
#include "jobq/limits.h"
#include "mutex.h"
#include "pending.h"
#include "text_rules.h"
#include "worker_loop.h"

namespace jobq {
namespace {

constexpr std::size_t kNameBytesMax = limits::kIdBytesMax;

// Unique among running workers also where containers share host name and process ids.
std::string new_worker_name() {
  const std::string number = new_guid().substr(0, 8);
  std::string name = host_name() + ":" + std::to_string(getpid()) + ":" + number;
  for (char& c : name) {
    const bool is_fit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') ||
                        std::string_view("._~-:").find(c) != std::string_view::npos;
    c = is_fit ? c : '-';
  }
  return name.substr(0, kNameBytesMax);
}

WorkerOptions checked(WorkerOptions options) {
  if (options.under_way_max == 0) {
    options.under_way_max = options.threads;
  }
  if (options.threads < 1 || options.under_way_max < options.threads) {
    throw std::invalid_argument("threads: from 1 to under_way_max");
  }
  if (options.under_way_max > limits::kItemsMax ||
      options.prefetch > limits::kItemsMax - options.under_way_max) {
    throw std::invalid_argument("threads, under_way_max: up to 1024, together with prefetch");
  }
  if (options.name.empty()) {
    options.name = new_worker_name();
  }
  if (options.lease <= Span::zero()) {
    options.lease = WorkerOptions().lease;
  }
  return options;
}

// One that returns the outcome is one that gives it at once.
BeginJob begin_of(RunJob run_job) {
  if (!run_job) {
    return {};
  }
  return [run_job = std::move(run_job)](PendingTask pending) {
    pending.finish(run_job(pending.task()));
  };
}

}  // namespace

class Worker::Implementation {
 public:
  Implementation(const Connection& connection, WorkerOptions options, BeginJob begin_all)
      : options_(checked(std::move(options))),
        begin_all_(std::move(begin_all)),
        loop_(connection, options_) {}

  void on(const std::string& function, BeginJob begin_job);
  void on_all(BeginJob begin_job);
  void run();
  void stop() { held_.stop(); }
  void stop_now() { held_.stop_now(); }
  void wait_until_ended();
  std::uint64_t finished() const { return loop_.finished(); }

 private:
  void work();
  const BeginJob& callback_of(const std::string& function) const;
  void begin(const HeldJobPtr& job);

  WorkerOptions options_;  // const from run() on, as is what follows
  BeginJob begin_all_;     // of all jobs, or none
  std::map<std::string, BeginJob, std::less<>> begin_of_function_;
  WorkerLoop loop_;
  HeldJobs& held_ = loop_.held();

  Mutex mutex_;
  Condition ended_;
  bool has_run_ GUARDED_BY(mutex_) = false;
  bool is_running_ GUARDED_BY(mutex_) = false;
};

void Worker::Implementation::on(const std::string& function, BeginJob begin_job) {
  if (begin_all_) {
    throw std::logic_error("Worker::on: there is one callback for all functions");
  }
  if (const std::string wrong = wrong_with_name(function, kNameBytesMax); !wrong.empty()) {
    throw std::invalid_argument("Worker::on: function " + wrong);
  }
  if (begin_of_function_.contains(function)) {
    throw std::invalid_argument("Worker::on: '" + function + "' has a callback already");
  }
  if (begin_of_function_.size() == limits::kFunctionsMax) {
    throw std::invalid_argument("Worker::on: more than 64 functions");
  }
  begin_of_function_.emplace(function, std::move(begin_job));
  options_.functions.push_back(function);
}

void Worker::Implementation::on_all(BeginJob begin_job) {
  if (begin_all_ || !begin_of_function_.empty()) {
    throw std::logic_error("Worker::on_async: there is another callback");
  }
  begin_all_ = std::move(begin_job);
}

void Worker::Implementation::run() {
  if (!begin_all_ && begin_of_function_.empty()) {
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
  held_.wait_until_none_runs();  // where the loop ended by an error
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
  while (const HeldJobPtr job = held_.begin_next()) {
    begin(job);
  }
}

const BeginJob& Worker::Implementation::callback_of(const std::string& function) const {
  static const BeginJob kNone = [](PendingTask pending) {
    pending.finish(Release{.delay = {}, .message = "the worker has no callback for this function"});
  };
  if (begin_all_) {
    return begin_all_;
  }
  const auto found = begin_of_function_.find(function);
  return found == begin_of_function_.end() ? kNone : found->second;
}

void Worker::Implementation::begin(const HeldJobPtr& job) {
  const auto pending = std::make_shared<Pending>(held_, job);
  std::optional<std::string> thrown;
  try {
    callback_of(job->job.function)(PendingTask(pending));
  } catch (const std::exception& error) {
    thrown = error.what();
  }
  pending->returned(thrown);
}

Worker::Worker(const Connection& connection, WorkerOptions options, RunJob run_job)
    : implementation_(std::make_unique<Implementation>(connection, std::move(options),
                                                       begin_of(std::move(run_job)))) {}

Worker::Worker(const Connection& connection, WorkerOptions options)
    : Worker(connection, std::move(options), RunJob()) {}

Worker& Worker::on(const std::string& function, RunJob run_job) {
  implementation_->on(function, begin_of(std::move(run_job)));
  return *this;
}

Worker& Worker::on_async(const std::string& function, BeginJob begin_job) {
  implementation_->on(function, std::move(begin_job));
  return *this;
}

Worker& Worker::on_async(BeginJob begin_job) {
  implementation_->on_all(std::move(begin_job));
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
