#include "held_jobs.h"

#include <algorithm>

#include "jobq/limits.h"

namespace jobq {
namespace {

// Of what all callbacks have said and is not sent.
constexpr std::size_t kSpeechBytesMax = 16u << 20;
constexpr Span kWaitMax = std::chrono::hours(24 * 365);

bool is_same(const Lease& a, const Lease& b) { return a.attempt == b.attempt && a.job == b.job; }

}  // namespace

std::size_t HeldJobs::room() const {
  // A store that takes outcomes more slowly than it gives jobs must not fill our memory.
  if (ended_.size() >= limits::kItemsMax) {
    return 0;
  }
  const std::size_t held = waiting_.size() + running_;
  const std::size_t places = held >= threads_ + prefetch_ ? 0 : threads_ + prefetch_ - held;
  return std::min<std::uint64_t>(places, left_ - waiting_.size());
}

unsigned HeldJobs::wait_for_room() {
  Lock lock(mutex_);
  room_changed_.wait(lock, [&] {
    // Not for each single job that a thread takes: half of the prefetch at once is as good for
    // the threads and makes fewer messages.
    return is_stopped_ || (room() > 0 && waiting_.size() <= prefetch_ / 2);
  });
  return is_stopped_ ? 0 : static_cast<unsigned>(room());
}

bool HeldJobs::wait_unless_stopped(Span span) {
  Lock lock(mutex_);
  return !room_changed_.wait_for(lock, span, [&] { return is_stopped_; });
}

void HeldJobs::add(std::vector<AcceptedJob> jobs, Clock::time_point until) {
  const std::lock_guard lock(mutex_);
  for (AcceptedJob& accepted : jobs) {
    auto held = std::unique_ptr<HeldJob>(new HeldJob{.job = std::move(accepted), .until = until});
    HeldJob& job = *held;
    jobs_.emplace(&job, std::move(held));
    waiting_.push_back(&job);
    limit(job, job.job.attempt_until);
    const auto early = std::find_if(
        early_cancels_.begin(), early_cancels_.end(),
        [&](const CancelRequest& cancel) { return is_same(cancel.lease, job.job.lease); });
    if (early != early_cancels_.end()) {
      cancel(job);
      early_cancels_.erase(early);
    }
  }
  if (jobs.size() == 1) {
    job_added_.notify_one();
  } else {
    job_added_.notify_all();
  }
  listening_changed_.notify_one();
}

void HeldJobs::release_waiting() {
  const std::lock_guard lock(mutex_);
  are_accepts_over_ = true;
  word_added_.notify_one();
  while (!waiting_.empty()) {
    HeldJob& job = *waiting_.back();
    end_unbegun(job, {job.job.lease, Release{.delay = {}, .message = "not begun: worker stops"}});
  }
}

// Takes the job out of those that wait.
void HeldJobs::end_unbegun(HeldJob& job, Outcome outcome) {
  std::erase(waiting_, &job);
  job.state = HeldJob::State::kEnded;
  ended_.push_back({&job, std::move(outcome)});
  word_added_.notify_one();
  room_changed_.notify_one();
}

bool HeldJobs::is_idle() const {
  const std::lock_guard lock(mutex_);
  return jobs_.empty();
}

void HeldJobs::wait_until_idle(Span span) {
  Lock lock(mutex_);
  room_changed_.wait_for(lock, span, [&] { return is_stopped_ || jobs_.empty(); });
}

HeldJob* HeldJobs::begin_next() {
  Lock lock(mutex_);
  job_added_.wait(lock, [&] { return !waiting_.empty() || is_stopped_; });
  if (is_stopped_) {
    return nullptr;
  }
  if (--left_ == 0) {
    stop_beginning();
  }
  HeldJob* job = waiting_.front();
  waiting_.pop_front();
  job->state = HeldJob::State::kRunning;
  job->is_begun = true;
  ++running_;
  room_changed_.notify_one();
  return job;
}

void HeldJobs::end(HeldJob& job, Outcome outcome) {
  const std::lock_guard lock(mutex_);
  std::erase(speaking_, &job);
  job.state = HeldJob::State::kEnded;
  --running_;
  ended_.push_back({&job, std::move(outcome)});
  word_added_.notify_one();
  room_changed_.notify_one();
}

void HeldJobs::say(HeldJob& job, Progress progress) {
  const std::lock_guard lock(mutex_);
  change_speech(job, [&](Speech& speech) { speech.say(std::move(progress)); });
}

void HeldJobs::say(HeldJob& job, LogText line) {
  const std::lock_guard lock(mutex_);
  const bool has_room = speech_bytes_ + Speech::bytes_of(line) <= kSpeechBytesMax;
  change_speech(job, [&](Speech& speech) { speech.say(std::move(line), has_room); });
}

void HeldJobs::change_speech(HeldJob& job, const std::function<void(Speech&)>& change) {
  if (job.is_lost) {
    return;  // the store would not hear it
  }
  const bool was_silent = job.speech.is_empty();
  speech_bytes_ -= job.speech.bytes();
  change(job.speech);
  speech_bytes_ += job.speech.bytes();
  if (was_silent && job.state == HeldJob::State::kRunning) {
    speaking_.push_back(&job);
    word_added_.notify_one();
  }
}

bool HeldJobs::is_interrupted(const HeldJob& job) const {
  return job.is_lost || job.is_cancel_requested || is_stopping_;
}

bool HeldJobs::wait_for_interrupt(const HeldJob& job, Span span) {
  Lock lock(mutex_);
  return interrupted_.wait_for(lock, std::min(span, kWaitMax), [&] { return is_interrupted(job); });
}

int HeldJobs::interrupt_fd(HeldJob& job) {
  const std::lock_guard lock(mutex_);
  return job.interrupt.fd();
}

void HeldJobs::interrupt(HeldJob& job) {
  job.interrupt.set();
  interrupted_.notify_all();
}

void HeldJobs::stop() {
  const std::lock_guard lock(mutex_);
  stop_beginning();
}

void HeldJobs::stop_beginning() {
  is_stopped_ = true;
  room_changed_.notify_all();
  job_added_.notify_all();
}

void HeldJobs::stop_now() {
  const std::lock_guard lock(mutex_);
  is_stopping_ = true;
  for (const auto& [key, job] : jobs_) {
    interrupt(*job);
  }
}

void HeldJobs::no_more_outcomes() {
  const std::lock_guard lock(mutex_);
  no_more_outcomes_since_ = Clock::now();
  word_added_.notify_all();
  listening_changed_.notify_all();
}

void HeldJobs::lose_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, job] : jobs_) {
    job->is_lost = true;
    interrupt(*job);
  }
}

void HeldJobs::request_cancel(const CancelRequest& request) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& item) {
    return is_same(item.second->job.lease, request.lease);
  });
  if (found != jobs_.end()) {
    limit(*found->second, request.until);
    cancel(*found->second);
    return;
  }
  // The answer that brings the job may still be on its way. Most often it has ended instead.
  std::erase_if(early_cancels_,
                [&](const CancelRequest& early) { return is_same(early.lease, request.lease); });
  early_cancels_.push_back(request);
  if (early_cancels_.size() > limits::kItemsMax) {
    early_cancels_.pop_front();
  }
}

void HeldJobs::request_cancel(HeldJob& job) {
  const std::lock_guard lock(mutex_);
  cancel(job);
}

void HeldJobs::cancel(HeldJob& job) {
  if (job.state == HeldJob::State::kWaiting) {
    job.is_cancel_requested = true;
    end_unbegun(job, {job.job.lease, Cancelled{}});
  } else if (job.state == HeldJob::State::kRunning && !job.is_cancel_requested.exchange(true)) {
    interrupt(job);
  }
}

void HeldJobs::limit(HeldJob& job, Time end) {
  if (end == Time() || (job.end != Time() && job.end <= end)) {
    return;
  }
  job.end = end;
  job.local_end.reset();
  has_new_ends_ = true;
  word_added_.notify_one();
}

bool HeldJobs::wait_for_jobs() {
  Lock lock(mutex_);
  listening_changed_.wait(lock, [&] {
    return running_ > 0 || !waiting_.empty() || no_more_outcomes_since_.has_value();
  });
  return !no_more_outcomes_since_;
}

void HeldJobs::pause_listening(Span span) {
  Lock lock(mutex_);
  listening_changed_.wait_for(lock, span, [&] { return no_more_outcomes_since_.has_value(); });
}

}  // namespace jobq
