#include "watcher.h"

#include <random>
#include <stdexcept>
#include <utility>

#include "peer.h"

namespace watch {
namespace {

using namespace std::chrono_literals;

}  // namespace

Watcher::Watcher(jobq::Connection connection, jobq::WatchScope scope, std::string status_endpoint,
                 std::uint64_t seed, bool gives_up)
    : connection_(std::move(connection)),
      scope_(std::move(scope)),
      status_endpoint_(std::move(status_endpoint)),
      gives_up_(gives_up),
      thread_([this, seed] { run(seed); }) {}

Watcher::~Watcher() {
  stops_ = true;
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Watcher::run(std::uint64_t seed) {
  try {
    std::mt19937_64 random(seed);
    while (!stops_) {
      jobq::WatchOptions options{.status_endpoint = status_endpoint_};
      if (has_snapshot_) {
        options.from = cursor_;
      }
      jobq::Watch watch(connection_, scope_, options);
      const std::uint64_t life = gives_up_ ? 1 + random() % 200 : UINT64_MAX;
      for (std::uint64_t i = 0; i < life && !stops_; ++i) {
        if (const auto news = watch.next(50ms)) {
          note(*news);
        }
        // Before the first news it says 0, whatever it was told to begin with.
        if (has_snapshot_ && watch.cursor() > cursor_) {
          cursor_ = watch.cursor();
          cursor_.notify_all();
        }
      }
      const jobq::WatchCounters counters = watch.counters();
      counters_.from_stream += counters.from_stream;
      counters_.from_log += counters.from_log;
      counters_.repairs += counters.repairs;
      counters_.reconnects += counters.reconnects;
    }
  } catch (...) {
    failure_ = std::current_exception();
  }
  has_ended_ = true;
  ++cursor_;  // so that who waits for it looks
  cursor_.notify_all();
}

void Watcher::note(const jobq::WatchNews& news) {
  if (const auto* event = std::get_if<jobq::Event>(&news)) {
    events_.push_back({.sequence = event->sequence,
                       .job = event->job,
                       .client = event->client,
                       .kind = static_cast<unsigned>(event->kind),
                       .status = static_cast<unsigned>(event->status),
                       .attempt = event->attempt});
  } else if (const auto* snapshot = std::get_if<jobq::WatchSnapshot>(&news)) {
    if (has_snapshot_) {
      throw std::runtime_error("a second snapshot");
    }
    has_snapshot_ = true;
    first_cursor_ = snapshot->cursor;
    cursor_ = snapshot->cursor;
    for (const jobq::JobStatus& job : snapshot->jobs) {
      statuses_before_[job.job] = static_cast<unsigned>(job.status);
    }
  }
}

void Watcher::finish(std::uint64_t sequence) {
  for (std::uint64_t seen = cursor_; seen < sequence && !has_ended_; seen = cursor_) {
    cursor_.wait(seen);
  }
  stops_ = true;
  thread_.join();
  if (failure_) {
    std::rethrow_exception(failure_);
  }
}

}  // namespace watch
