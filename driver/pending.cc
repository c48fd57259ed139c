#include "pending.h"

#include <stdexcept>
#include <utility>
#include <variant>

#include "fit_outcome.h"

namespace jobq {
namespace {

// The store would refuse a cancel that nobody asked for, and the job be run again after its lease
// only to the same end.
Result asked_for(const Task& task, Result word) {
  if (!std::holds_alternative<Cancelled>(word) || task.cancel_requested()) {
    return word;
  }
  if (task.stopping()) {
    return Release{.delay = {}, .message = "worker stops"};
  }
  return Retry{.error = {"not-cancelled", "the worker cancelled what nobody asked it to", {}},
               .delay = {}};
}

}  // namespace

void Pending::finish(Result word) {
  {
    const MutexLock lock(mutex_);
    if (std::exchange(has_outcome_, true)) {
      throw std::logic_error("PendingTask::finish: the task has an outcome already");
    }
  }
  end(asked_for(task_, std::move(word)));
}

void Pending::drop() {
  {
    const MutexLock lock(mutex_);
    is_dropped_ = true;
    // While the callback runs, what it throws may say why.
    if (is_called_ || std::exchange(has_outcome_, true)) {
      return;
    }
  }
  end(word_without_outcome({"no-outcome", "the task was dropped without an outcome", {}}));
}

void Pending::returned(const std::optional<std::string>& error) {
  bool is_over = false;
  {
    const MutexLock lock(mutex_);
    is_called_ = false;
    is_over = has_outcome_;
    has_outcome_ = has_outcome_ || is_dropped_;
    if (!is_dropped_ && !is_over && error) {
      task_.log(LogLevel::kError, "the callback threw: " + *error);  // the handle is elsewhere
    }
    is_over = is_over || !is_dropped_;
  }
  if (!is_over) {
    end(word_without_outcome(
        error ? JobError{"exception", *error, {}}
              : JobError{"no-outcome", "the task was dropped without an outcome", {}}));
  }
}

Result Pending::word_without_outcome(JobError error) {
  held_.say(*job_, [](Speech& speech) { speech.take_changes(); });
  if (task_.cancel_requested()) {
    return Cancelled{};
  }
  return Retry{.error = std::move(error), .delay = {}};
}

void Pending::end(Result word) {
  Outcome outcome{job_->job.lease, {}};
  std::visit([&](auto&& said) { outcome.report = std::forward<decltype(said)>(said); },
             fit_outcome(std::move(word)));
  held_.end(job_, std::move(outcome));
}

PendingTask::PendingTask(std::shared_ptr<Pending> pending) : pending_(std::move(pending)) {}

PendingTask::PendingTask(PendingTask&& other) noexcept : pending_(std::move(other.pending_)) {}

PendingTask& PendingTask::operator=(PendingTask&& other) noexcept {
  if (this != &other) {
    const PendingTask before(std::exchange(pending_, std::move(other.pending_)));
  }
  return *this;
}

PendingTask::~PendingTask() {
  if (pending_) {
    pending_->drop();
  }
}

const Task& PendingTask::task() const { return pending_->task(); }

void PendingTask::finish(Result word) {
  if (!pending_) {
    throw std::logic_error("PendingTask::finish: the task has moved away");
  }
  pending_->finish(std::move(word));
}

}  // namespace jobq
