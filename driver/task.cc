#include <utility>

#include "fit_outcome.h"
#include "held_jobs.h"
#include "jobq/worker.h"

namespace jobq {

const AcceptedJob& Task::accepted() const { return job_.job; }
bool Task::lost() const { return job_.is_lost; }
bool Task::cancel_requested() const { return job_.is_cancel_requested; }
bool Task::stopping() const { return held_.is_stopping(); }
bool Task::interrupted() const { return held_.is_interrupted(job_); }
bool Task::wait_for_interrupt(Span span) const { return held_.wait_for_interrupt(job_, span); }
int Task::interrupt_fd() const { return held_.interrupt_fd(job_); }

void Task::progress(double value, std::string message) const {
  held_.say(job_, fit_progress({.value = value, .message = std::move(message)}));
}

void Task::log(LogLevel level, std::string text) const {
  if (!text.empty()) {
    held_.say(job_, fit_log_text({.level = level, .text = std::move(text)}));
  }
}

}  // namespace jobq
