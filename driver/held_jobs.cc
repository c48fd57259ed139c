#include "held_jobs.h"

#include <algorithm>

#include "calls.h"

namespace jobq {
namespace {

// Of one report; half of what a message may have, so that one large outcome more still fits.
constexpr std::size_t kReportBytesMax = 4u << 20;

std::size_t bytes_of(const Outcome& outcome) {
  if (const auto* done = std::get_if<Done>(&outcome.word)) {
    return done->response.size();
  }
  const auto& error = std::get<JobError>(outcome.word);
  return error.message.size() + error.detail.size();
}

}  // namespace

std::size_t HeldJobs::room() const {
  // A store that takes outcomes more slowly than it gives jobs must not fill our memory.
  if (ended_.size() >= kItemsMax) {
    return 0;
  }
  const std::size_t held = waiting_.size() + running_;
  return held >= threads_ + prefetch_ ? 0 : threads_ + prefetch_ - held;
}

unsigned HeldJobs::wait_for_room() {
  std::unique_lock lock(mutex_);
  room_changed_.wait(lock, [&] {
    // Not for each single job that a thread takes: half of the prefetch at once is as good for
    // the threads and makes fewer messages.
    return is_stopped_ || (room() > 0 && waiting_.size() <= prefetch_ / 2);
  });
  return is_stopped_ ? 0 : static_cast<unsigned>(room());
}

bool HeldJobs::wait_unless_stopped(Span span) {
  std::unique_lock lock(mutex_);
  return !room_changed_.wait_for(lock, span, [&] { return is_stopped_; });
}

void HeldJobs::add(std::vector<AcceptedJob> jobs, Clock::time_point until) {
  const std::lock_guard lock(mutex_);
  for (AcceptedJob& job : jobs) {
    auto held = std::unique_ptr<HeldJob>(new HeldJob{.job = std::move(job), .until = until});
    waiting_.push_back(held.get());
    jobs_.emplace(held.get(), std::move(held));
  }
  if (jobs.size() == 1) {
    job_added_.notify_one();
  } else {
    job_added_.notify_all();
  }
}

unsigned HeldJobs::leave_waiting() {
  const std::lock_guard lock(mutex_);
  for (HeldJob* job : waiting_) {
    job->state = HeldJob::State::kLeft;
  }
  waiting_.clear();
  return static_cast<unsigned>(threads_ - running_);
}

HeldJob* HeldJobs::begin_next() {
  std::unique_lock lock(mutex_);
  job_added_.wait(lock, [&] { return !waiting_.empty() || no_more_jobs_; });
  if (waiting_.empty()) {
    return nullptr;
  }
  HeldJob* job = waiting_.front();
  waiting_.pop_front();
  job->state = HeldJob::State::kRunning;
  ++running_;
  room_changed_.notify_one();
  return job;
}

void HeldJobs::end(HeldJob& job, Outcome outcome) {
  const std::lock_guard lock(mutex_);
  job.state = HeldJob::State::kEnded;
  --running_;
  ended_.push_back({&job, std::move(outcome)});
  outcome_added_.notify_one();
  room_changed_.notify_one();
}

void HeldJobs::stop_accepting() {
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
  room_changed_.notify_all();
}

void HeldJobs::no_more_jobs() {
  const std::lock_guard lock(mutex_);
  no_more_jobs_ = true;
  job_added_.notify_all();
}

void HeldJobs::no_more_outcomes() {
  const std::lock_guard lock(mutex_);
  no_more_outcomes_since_ = Clock::now();
  outcome_added_.notify_all();
}

void HeldJobs::lose_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, job] : jobs_) {
    job->is_lost = true;
  }
}

bool HeldJobs::wait_for_outcomes(Clock::time_point end) {
  std::unique_lock lock(mutex_);
  outcome_added_.wait_until(lock, end,
                            [&] { return !ended_.empty() || no_more_outcomes_since_.has_value(); });
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

Ended HeldJobs::take_ended() {
  const std::lock_guard lock(mutex_);
  Ended ended;
  std::size_t bytes = 0;
  while (!ended_.empty() && ended.jobs.size() < kItemsMax) {
    bytes += bytes_of(ended_.front().outcome);
    if (bytes > kReportBytesMax && !ended.jobs.empty()) {
      break;
    }
    ended.jobs.push_back(ended_.front().job);
    ended.outcomes.push_back(std::move(ended_.front().outcome));
    ended_.pop_front();
  }
  room_changed_.notify_one();
  return ended;
}

void HeldJobs::put_back(HeldJob& job, Outcome outcome) {
  const std::lock_guard lock(mutex_);
  ended_.push_front({&job, std::move(outcome)});
}

void HeldJobs::forget(const std::vector<HeldJob*>& jobs) {
  const std::lock_guard lock(mutex_);
  for (const HeldJob* job : jobs) {
    jobs_.erase(job);
  }
}

std::vector<HeldJob*> HeldJobs::to_renew() {
  const std::lock_guard lock(mutex_);
  std::erase_if(jobs_,
                [](const auto& item) { return item.second->state == HeldJob::State::kLeft; });
  std::vector<HeldJob*> jobs;
  for (const auto& [key, job] : jobs_) {
    // An ended job is not renewed: its outcome may have arrived though the answer did not, and the
    // refusal of the renewal would look like a lost lease.
    if (job->state != HeldJob::State::kEnded && !job->is_lost) {
      jobs.push_back(job.get());
    }
  }
  return jobs;
}

void HeldJobs::renewed(const std::vector<HeldJob*>& jobs, Clock::time_point until) {
  const std::lock_guard lock(mutex_);
  for (HeldJob* job : jobs) {
    job->until = until;
  }
}

bool HeldJobs::lose(HeldJob& job) {
  const std::lock_guard lock(mutex_);
  if (job.is_lost || job.state == HeldJob::State::kLeft) {
    return false;
  }
  job.is_lost = true;
  if (job.state == HeldJob::State::kWaiting) {
    waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &job));
    job.state = HeldJob::State::kLeft;
    room_changed_.notify_one();
  }
  return true;
}

std::vector<HeldJob*> HeldJobs::expired(Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  std::vector<HeldJob*> jobs;
  for (const auto& [key, job] : jobs_) {
    const bool is_at_work =
        job->state == HeldJob::State::kWaiting || job->state == HeldJob::State::kRunning;
    if (is_at_work && !job->is_lost && job->until < now) {
      jobs.push_back(job.get());
    }
  }
  return jobs;
}

}  // namespace jobq
