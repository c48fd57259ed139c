#include "jobq/task.h"

#include <stdexcept>
#include <utility>

#include "fit_outcome.h"
#include "held_jobs.h"
#include "jobq/limits.h"

namespace jobq {

const AcceptedJob& Task::accepted() const { return job_.job; }
bool Task::lost() const { return job_.is_lost; }
bool Task::cancel_requested() const { return job_.is_cancel_requested; }
bool Task::stopping() const { return held_.is_stopping() || job_.is_wanted_back; }
bool Task::interrupted() const { return held_.is_interrupted(job_); }
bool Task::wait_for_interrupt(Span span) const { return held_.wait_for_interrupt(job_, span); }
int Task::interrupt_fd() const { return held_.interrupt_fd(job_); }

void Task::progress(double value, std::string message) const {
  const Progress said = fit_progress({.value = value, .message = std::move(message)});
  held_.say(job_, [&](Speech& speech) { speech.say(said); });
}

void Task::log(LogLevel level, std::string text) const {
  if (!text.empty()) {
    held_.say(job_, fit_log_text({.level = level, .text = std::move(text)}));
  }
}

void Task::leave_checkpoint(std::string text) const {
  held_.say(job_, [&](Speech& speech) { speech.leave(std::move(text)); });
}

void Task::change_state(StateChange change) const {
  bool has_room = true;
  held_.say(job_, [&](Speech& speech) { has_room = speech.add(std::move(change)); });
  if (!has_room) {
    throw std::length_error("state: at most " + std::to_string(limits::kStateChangesMax) +
                            " changes in an attempt");
  }
}

}  // namespace jobq
