#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include "cancel_listener.h"
#include "fit_outcome.h"
#include "held_jobs.h"
#include "jobq/driver.h"
#include "jobq/driver_requests.h"
#include "jobq/limits.h"
#include "reporter.h"
#include "trouble.h"

namespace jobq {
namespace {

// How long one accept is held by the store. Below the store's limit (a minute), so that a network
// that went silent without a word is noticed sooner.
constexpr Span kAcceptWait = std::chrono::seconds(30);
// An empty answer that comes sooner than this, and tells of no cancel, is followed by a pause, so
// that another worker of the same name cannot make us ask in a tight loop.
constexpr Span kSoon = std::chrono::seconds(1);
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
        trouble_(options_.on_trouble),
        accepting_(impatient(connection)),
        reporting_(impatient(connection)),
        listening_(impatient(connection)),
        held_(options_),
        reporter_(reporting_, held_, options_, connection.patience, trouble_),
        listener_(listening_, held_, options_, trouble_) {}

  void run();
  void stop();
  void stop_now();
  void wait_until_ended();
  std::uint64_t finished() const { return reporter_.finished(); }

 private:
  // A worker waits for the store however long; it only wants to know soon that it has to.
  Connection impatient(Connection connection) {
    connection.patience = std::min(connection.patience, 2 * connection.retry_after);
    connection.on_trouble = [this](const std::string& line) { trouble_.store_is_away(line); };
    return connection;
  }
  void work();
  Result run_one(HeldJob& held);
  void report();
  void listen();
  // Until stopped. Returns the number of an accept that was under way then.
  std::optional<std::uint64_t> accept_jobs();
  bool accept(std::uint64_t number, unsigned max);
  void accept_last(std::uint64_t number);
  void take(Accepted accepted);
  AcceptQuery query(unsigned max, Span wait) const;

  const WorkerOptions options_;
  const RunJob run_job_;
  Trouble trouble_;
  // One for each direction: an accept that the store holds must not hold up reports, and neither
  // the question for cancels.
  StoreConnection accepting_;
  StoreConnection reporting_;
  StoreConnection listening_;
  HeldJobs held_;
  Reporter reporter_;
  CancelListener listener_;
  std::exception_ptr reporting_error_;  // belongs to the reporting thread until that has ended

  std::mutex mutex_;
  std::condition_variable ended_;
  // Guarded by mutex_:
  bool has_run_ = false;
  bool is_running_ = false;
};

void Worker::Implementation::run() {
  {
    const std::lock_guard lock(mutex_);
    if (has_run_) {
      throw std::logic_error("Worker::run: was called before");
    }
    has_run_ = true;
    is_running_ = true;
  }
  std::thread reporting([&] { report(); });
  std::thread listening;
  std::vector<std::thread> working;
  std::exception_ptr error;
  std::optional<std::uint64_t> unanswered;
  try {
    listening = std::thread([&] { listen(); });
    for (unsigned i = 0; i < options_.threads; ++i) {
      working.emplace_back([&] { work(); });
    }
    unanswered = accept_jobs();
  } catch (const std::exception&) {
    error = std::current_exception();
  }
  held_.stop();
  if (unanswered) {
    accept_last(*unanswered);
  }
  held_.release_waiting();
  for (std::thread& thread : working) {
    thread.join();
  }
  held_.no_more_outcomes();
  listening_.interrupt();
  if (listening.joinable()) {
    listening.join();
  }
  reporting.join();
  error = error ? error : reporting_error_;
  {
    const std::lock_guard lock(mutex_);
    is_running_ = false;
    ended_.notify_all();
  }
  // From here on the object may be gone.
  if (error) {
    std::rethrow_exception(error);
  }
}

void Worker::Implementation::stop() {
  held_.stop();
  accepting_.interrupt();
}

void Worker::Implementation::stop_now() {
  stop();
  held_.stop_now();
}

void Worker::Implementation::wait_until_ended() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [&] { return !is_running_; });
}

void Worker::Implementation::work() {
  while (HeldJob* held = held_.begin_next()) {
    Outcome outcome{held->job.lease, {}};
    std::visit([&](auto&& word) { outcome.report = std::forward<decltype(word)>(word); },
               fit_outcome(run_one(*held)));
    held_.end(*held, std::move(outcome));
  }
}

Result Worker::Implementation::run_one(HeldJob& held) {
  const Task task(held_, held);
  Result word;
  try {
    word = run_job_(task);
  } catch (const std::exception& error) {
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

void Worker::Implementation::report() {
  try {
    reporter_.run();
  } catch (const std::exception&) {
    // No outcome can be reported any more: whatever is worked on is worked on in vain.
    reporting_error_ = std::current_exception();
    stop();
    held_.lose_all();
  }
}

void Worker::Implementation::listen() {
  try {
    listener_.run();
  } catch (const std::exception& error) {
    // The renewals tell of cancels, too.
    trouble_.tell(options_.datasource + ": cancels come late: " + error.what());
  }
}

std::optional<std::uint64_t> Worker::Implementation::accept_jobs() {
  bool is_told = false;
  std::uint64_t number = next_request_number();
  while (const unsigned room = held_.wait_for_room()) {
    try {
      // Under the same number until there is an answer, so that leases given with an answer that
      // was lost are given again.
      if (accept(number, room)) {
        number = next_request_number();
        is_told = false;
      }
    } catch (const Interrupted& interrupted) {
      return interrupted.sent ? std::optional(number) : std::nullopt;
    } catch (const Refused& refused) {
      if (!is_put_off(refused.code())) {
        throw;
      }
      if (!std::exchange(is_told, true)) {
        trouble_.tell(options_.datasource + ": accepts are put off: " + refused.what());
      }
      held_.wait_unless_stopped(kPutOff);
    }
  }
  return std::nullopt;
}

// False when the store is away.
bool Worker::Implementation::accept(std::uint64_t number, unsigned max) {
  try {
    const auto start = Clock::now();
    const bool was_idle = held_.is_idle();
    const Span wait = options_.until_empty ? Span::zero() : kAcceptWait;
    Accepted accepted =
        accepting_.ask(driver_requests::accept(options_.datasource, query(max, wait), number));
    trouble_.store_answers();
    const bool is_empty = accepted.jobs.empty() && accepted.cancels.empty();
    take(std::move(accepted));
    if (is_empty && options_.until_empty) {
      // What this worker holds may come back to the queue.
      if (was_idle) {
        held_.stop();
      } else {
        held_.wait_until_idle(kSoon);
      }
    } else if (is_empty && Clock::now() < start + kSoon) {
      held_.wait_unless_stopped(kPutOff);
    }
    return true;
  } catch (const Unreachable& error) {
    trouble_.store_is_away(error.what());
    return false;
  }
}

// An accept that stop() interrupted is still held by the store, which would give the next jobs to
// a worker that is gone. Asking again under its number without waiting ends that, and brings the
// jobs that were given before, which are released like all that are not begun. One attempt is
// enough: a store that is away holds nothing.
void Worker::Implementation::accept_last(std::uint64_t number) {
  accepting_.resume();
  try {
    take(
        accepting_.ask(driver_requests::accept(options_.datasource, query(1, Span::zero()), number),
                       accepting_.options().retry_after));
  } catch (const Unreachable& error) {
    trouble_.store_is_away(error.what());
  } catch (const Refused& refused) {
    trouble_.tell(options_.datasource + ": the last accept: " + refused.what());
  } catch (const Interrupted&) {
    // stop() was called again.
  }
}

void Worker::Implementation::take(Accepted accepted) {
  held_.add(std::move(accepted.jobs), Clock::now() + options_.lease);
  for (const CancelRequest& cancel : accepted.cancels) {
    held_.request_cancel(cancel);
  }
}

AcceptQuery Worker::Implementation::query(unsigned max, Span wait) const {
  return {.worker = options_.name,
          .max = max,
          .lease = options_.lease,
          .wait = wait,
          .functions = options_.functions};
}

Worker::Worker(const Connection& connection, WorkerOptions options, RunJob run_job)
    : implementation_(
          std::make_unique<Implementation>(connection, std::move(options), std::move(run_job))) {}

Worker::~Worker() {
  stop();
  implementation_->wait_until_ended();
}

void Worker::run() { implementation_->run(); }
void Worker::stop() { implementation_->stop(); }
void Worker::stop_now() { implementation_->stop_now(); }
std::uint64_t Worker::finished() const { return implementation_->finished(); }

}  // namespace jobq
