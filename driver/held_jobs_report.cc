// HeldJobs as the reporting thread sees them.
#include <algorithm>
#include <string>
#include <utility>

#include "held_jobs.h"
#include "jobq/limits.h"

namespace jobq {
namespace {

// Of one report; half of what a message may have, so that one large outcome more still fits.
constexpr std::size_t kReportBytesMax = 4u << 20;
// Each report of progress is an entry in the store's journal.
constexpr Span kSpeechEvery{100};

std::size_t bytes_of(const JobError& error) { return error.message.size() + error.detail.size(); }

std::size_t bytes_of(const Outcome& outcome) {
  std::size_t bytes = Speech::kItemBytes;  // covers messages without detail
  if (const auto* done = std::get_if<Done>(&outcome.report)) {
    bytes += done->response.size();
  } else if (const auto* error = std::get_if<JobError>(&outcome.report)) {
    bytes += bytes_of(*error);
  } else if (const auto* retry = std::get_if<Retry>(&outcome.report)) {
    bytes += bytes_of(retry->error);
  } else if (const auto* forbid = std::get_if<Forbid>(&outcome.report)) {
    bytes += bytes_of(forbid->error);
  }
  return bytes;
}

}  // namespace

// A job that is handed back while the worker stops waits until the store holds no accept of this
// worker any more, which would get it again.
bool HeldJobs::has_outcome_to_report() const {
  return !ended_.empty() && (!is_stopped_ || are_accepts_over_ ||
                             !std::holds_alternative<Release>(ended_.front().outcome.report));
}

bool HeldJobs::wait_for_words(Clock::time_point end) {
  Lock lock(mutex_);
  while (!has_outcome_to_report() && !no_more_outcomes_since_ && !has_new_ends_) {
    const auto now = Clock::now();
    if (now >= end || (next_end_ && now > *next_end_) ||
        (!speaking_.empty() && now >= speech_due_)) {
      break;
    }
    auto until = end;
    if (next_end_) {
      until = std::min(until, *next_end_ + Clock::duration(1));
    }
    if (!speaking_.empty()) {
      until = std::min(until, speech_due_);
    }
    word_added_.wait_until(lock, until);
  }
  return !ended_.empty() || !no_more_outcomes_since_;
}

std::optional<Clock::time_point> HeldJobs::outcomes_complete_since() const {
  const std::lock_guard lock(mutex_);
  return no_more_outcomes_since_;
}

std::size_t HeldJobs::outcomes_waiting() const {
  const std::lock_guard lock(mutex_);
  return ended_.size();
}

Words HeldJobs::take_words() {
  const std::lock_guard lock(mutex_);
  Words words;
  std::size_t bytes = 0;
  const auto fits = [&](std::size_t more, std::size_t items) {
    bytes += more;
    return words.jobs.empty() ||
           (bytes <= kReportBytesMax && words.jobs.size() + items <= limits::kItemsMax);
  };
  while (has_outcome_to_report()) {
    HeldJob& job = *ended_.front().job;
    // Before the outcome: after it the lease is not held any more.
    if (!job.speech.is_empty()) {
      if (!fits(job.speech.bytes(), 2)) {
        break;
      }
      take_speech(job, words);
    }
    if (!fits(bytes_of(ended_.front().outcome), 1)) {
      break;
    }
    words.jobs.push_back(&job);
    words.outcomes.push_back(std::move(ended_.front().outcome));
    ended_.pop_front();
  }
  if (!speaking_.empty() && Clock::now() >= speech_due_) {
    while (!speaking_.empty() && fits(speaking_.front()->speech.bytes(), 2)) {
      take_speech(*speaking_.front(), words);
      speaking_.pop_front();
    }
    speech_due_ = Clock::now() + kSpeechEvery;
  }
  room_changed_.notify_one();
  return words;
}

void HeldJobs::take_speech(HeldJob& job, Words& words) {
  speech_bytes_ -= job.speech.bytes();
  Speech::Batch taken = job.speech.take();
  if (taken.log) {
    words.jobs.push_back(&job);
    words.outcomes.push_back({job.job.lease, std::move(*taken.log)});
  }
  if (taken.progress) {
    words.jobs.push_back(&job);
    words.outcomes.push_back({job.job.lease, std::move(*taken.progress)});
  }
  if (const std::size_t dropped = job.speech.take_dropped(); dropped > 0) {
    words.troubles.push_back("job " + job.job.lease.job + ": " + std::to_string(dropped) +
                             " log lines are dropped: they come faster than the store takes them");
  }
}

void HeldJobs::put_back(HeldJob& job, Outcome outcome) {
  const std::lock_guard lock(mutex_);
  auto* log = std::get_if<Log>(&outcome.report);
  auto* progress = std::get_if<Progress>(&outcome.report);
  if (log == nullptr && progress == nullptr) {
    ended_.push_front({&job, std::move(outcome)});
    return;
  }
  change_speech(job, [&](Speech& speech) {
    if (log != nullptr) {
      speech.put_back(std::move(*log));
    } else {
      speech.put_back(std::move(*progress));
    }
  });
}

void HeldJobs::forget(const std::vector<HeldJob*>& jobs) {
  const std::lock_guard lock(mutex_);
  for (const HeldJob* job : jobs) {
    speech_bytes_ -= job->speech.bytes();
    jobs_.erase(job);
  }
  room_changed_.notify_one();
}

std::vector<HeldJob*> HeldJobs::to_renew() {
  const std::lock_guard lock(mutex_);
  std::erase_if(jobs_,
                [](const auto& item) { return item.second->state == HeldJob::State::kLeft; });
  std::vector<HeldJob*> jobs;
  for (const auto& [key, job] : jobs_) {
    // An ended job is not renewed: its outcome may have arrived though the answer did not, and the
    // refusal of the renewal would look like a lost lease.
    if (is_at_work(*job)) {
      jobs.push_back(job.get());
    }
  }
  return jobs;
}

bool HeldJobs::is_at_work(const HeldJob& job) const {
  return !job.is_lost &&
         (job.state == HeldJob::State::kWaiting || job.state == HeldJob::State::kRunning);
}

void HeldJobs::renewed(const std::vector<HeldJob*>& jobs, Clock::time_point until) {
  const std::lock_guard lock(mutex_);
  for (HeldJob* job : jobs) {
    job->until = std::min(until, job->local_end.value_or(until));
  }
}

bool HeldJobs::lose(HeldJob& job) {
  const std::lock_guard lock(mutex_);
  if (!is_at_work(job)) {
    return false;
  }
  job.is_lost = true;
  // What it has said is of an attempt that is over.
  std::erase(speaking_, &job);
  speech_bytes_ -= job.speech.bytes();
  job.speech.take();
  if (job.state == HeldJob::State::kWaiting) {
    std::erase(waiting_, &job);
    job.state = HeldJob::State::kLeft;
    room_changed_.notify_one();
  } else {
    interrupt(job);
  }
  return true;
}

bool HeldJobs::has_end_come(Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  return next_end_ && now > *next_end_;
}

std::vector<Expired> HeldJobs::expired(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  std::vector<Expired> jobs;
  next_end_.reset();
  for (const auto& [key, job] : jobs_) {
    if (!is_at_work(*job)) {
      continue;
    }
    if (job->until < now) {
      jobs.push_back({job.get(), job->local_end && *job->local_end < now});
    } else if (job->local_end) {
      next_end_ = std::min(*job->local_end, next_end_.value_or(*job->local_end));
    }
  }
  return jobs;
}

bool HeldJobs::take_has_new_ends() {
  const std::lock_guard lock(mutex_);
  return std::exchange(has_new_ends_, false);
}

void HeldJobs::set_ends(const std::function<Clock::time_point(Time)>& to_local) {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, job] : jobs_) {
    if (job->end != Time() && !job->local_end && is_at_work(*job)) {
      job->local_end = to_local(job->end);
      job->until = std::min(job->until, *job->local_end);
      next_end_ = std::min(*job->local_end, next_end_.value_or(*job->local_end));
    }
  }
}

}  // namespace jobq
