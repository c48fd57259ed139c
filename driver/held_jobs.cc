#include "held_jobs.h"

#include <algorithm>
#include <utility>

#include "jobq/limits.h"

namespace jobq {
namespace {

// Of what all callbacks have said and is not sent.
constexpr std::size_t kSpeechBytesMax = 16u << 20;
constexpr Span kWaitMax = std::chrono::hours(24 * 365);
// Of one report; half of what a message may have, so that one large outcome more still fits.
constexpr std::size_t kReportBytesMax = 4u << 20;
// Each report of progress is an entry in the store's journal.
constexpr Span kSpeechEvery{100};

std::size_t bytes_of(const JobError& error) { return error.message.size() + error.detail.size(); }

std::size_t bytes_of(const Outcome& outcome) {
  std::size_t bytes = Speech::kItemBytes;  // covers messages without detail
  for (const StateChange& change : outcome.state) {
    bytes += 64 + change.name.size() + change.value.size();
  }
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

std::size_t HeldJobs::places() const {
  // Not for each single job that a thread takes: half of the prefetch at once is as good for the
  // threads and makes fewer messages. And a store that takes outcomes more slowly than it gives
  // jobs must not fill our memory.
  const std::size_t held = waiting_.size() + running_;
  if (waiting_.size() > prefetch_ / 2 || held >= under_way_max_ + prefetch_ ||
      ended_.size() >= limits::kItemsMax) {
    return 0;
  }
  return std::min<std::uint64_t>(under_way_max_ + prefetch_ - held, left_ - waiting_.size());
}

unsigned HeldJobs::room() {
  const MutexLock lock(mutex_);
  const std::size_t room = places();
  are_places_awaited_ = room == 0;
  return static_cast<unsigned>(room);
}

void HeldJobs::tell_of_places() {
  if (are_places_awaited_ && places() > 0) {
    are_places_awaited_ = false;
    wake_();
  }
}

void HeldJobs::tell_of_words() {
  if (are_words_awaited_ || is_stopped_) {
    are_words_awaited_ = false;
    wake_();
  }
}

void HeldJobs::add(std::vector<HeldJobPtr> jobs) {
  const MutexLock lock(mutex_);
  for (HeldJobPtr& job : jobs) {
    jobs_.insert(job);
    if (job->is_cancel_requested) {
      end_unbegun(job, {job->job.lease, Cancelled{}});
    } else {
      waiting_.push_back(std::move(job));
    }
  }
  jobs.size() == 1 ? may_go_on_.notify_one() : may_go_on_.notify_all();
}

HeldJobPtr HeldJobs::begin_next() {
  MutexLock lock(mutex_);
  while ((waiting_.empty() || running_ >= under_way_max_) && !is_stopped_) {
    may_go_on_.wait(lock);
  }
  if (is_stopped_) {
    return nullptr;
  }
  if (--left_ == 0) {
    stop_beginning();
  }
  HeldJobPtr job = std::move(waiting_.front());
  waiting_.pop_front();
  job->state = HeldJob::State::kRunning;
  job->is_begun = true;
  ++running_;
  tell_of_places();
  return job;
}

void HeldJobs::end(const HeldJobPtr& job, Outcome outcome) {
  const MutexLock lock(mutex_);
  std::erase(speaking_, job.get());
  outcome.state = job->speech.take_changes();
  job->state = HeldJob::State::kEnded;
  --running_;
  ended_.push_back({job, std::move(outcome)});
  if (!waiting_.empty() || is_stopped_) {
    may_go_on_.notify_all();
  }
  tell_of_words();
  tell_of_places();
}

// Takes the job out of those that wait.
void HeldJobs::end_unbegun(const HeldJobPtr& job, Outcome outcome) {
  job->state = HeldJob::State::kEnded;
  ended_.push_back({job, std::move(outcome)});
  std::erase(waiting_, job);
  tell_of_words();
}

void HeldJobs::release_waiting() {
  const MutexLock lock(mutex_);
  are_accepts_over_ = true;
  tell_of_words();
  release_all("not begun: worker stops");
}

void HeldJobs::release_all(const std::string& why) {
  while (!waiting_.empty()) {
    const HeldJobPtr job = waiting_.back();
    end_unbegun(job, {job->job.lease, Release{.delay = {}, .message = why}});
  }
}

void HeldJobs::hand_back() {
  const MutexLock lock(mutex_);
  release_all("not begun: worker halts");
  for (const HeldJobPtr& job : jobs_) {
    job->is_wanted_back = true;
    interrupt(*job);
  }
}

void HeldJobs::say(HeldJob& job, const std::function<void(Speech&)>& change) {
  const MutexLock lock(mutex_);
  change_speech(job, change);
}

void HeldJobs::say(HeldJob& job, LogText line) {
  const MutexLock lock(mutex_);
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
  if (was_silent && !job.speech.is_empty() && job.state == HeldJob::State::kRunning) {
    speaking_.push_back(&job);
    tell_of_words();
  }
}

bool HeldJobs::is_interrupted(const HeldJob& job) const {
  return job.is_lost || job.is_cancel_requested || job.is_wanted_back || is_stopping_;
}

bool HeldJobs::wait_for_interrupt(const HeldJob& job, Span span) {
  const auto end = Clock::now() + std::min(span, kWaitMax);
  MutexLock lock(mutex_);
  while (!is_interrupted(job) && Clock::now() < end) {
    interrupted_.wait_until(lock, end);
  }
  return is_interrupted(job);
}

int HeldJobs::interrupt_fd(HeldJob& job) {
  const MutexLock lock(mutex_);
  return job.interrupt.fd();
}

void HeldJobs::interrupt(HeldJob& job) {
  job.interrupt.set();
  interrupted_.notify_all();
}

void HeldJobs::stop() {
  const MutexLock lock(mutex_);
  stop_beginning();
}

void HeldJobs::stop_beginning() {
  is_stopped_ = true;
  may_go_on_.notify_all();
  wake_();
}

void HeldJobs::stop_now() {
  const MutexLock lock(mutex_);
  stop_beginning();
  is_stopping_ = true;
  for (const HeldJobPtr& job : jobs_) {
    interrupt(*job);
  }
}

void HeldJobs::wait_until_none_runs() {
  MutexLock lock(mutex_);
  while (running_ > 0) {
    may_go_on_.wait(lock);
  }
}

void HeldJobs::lose_all() {
  const MutexLock lock(mutex_);
  for (const HeldJobPtr& job : jobs_) {
    job->is_lost = true;
    interrupt(*job);
  }
}

bool HeldJobs::is_stopped() const {
  const MutexLock lock(mutex_);
  return is_stopped_;
}

bool HeldJobs::is_running() const {
  const MutexLock lock(mutex_);
  return running_ > 0;
}

bool HeldJobs::has_work() const {
  const MutexLock lock(mutex_);
  return running_ > 0 || !waiting_.empty();
}

std::size_t HeldJobs::size() const {
  const MutexLock lock(mutex_);
  return jobs_.size();
}

std::vector<HeldJobPtr> HeldJobs::at_work() const {
  const MutexLock lock(mutex_);
  std::vector<HeldJobPtr> jobs;
  std::copy_if(jobs_.begin(), jobs_.end(), std::back_inserter(jobs),
               [](const HeldJobPtr& job) { return is_at_work(*job); });
  return jobs;
}

bool HeldJobs::is_at_work(const HeldJob& job) {
  return !job.is_lost && job.state != HeldJob::State::kEnded;
}

HeldJobPtr HeldJobs::find(const Lease& lease) const {
  const MutexLock lock(mutex_);
  const auto found = std::find_if(jobs_.begin(), jobs_.end(), [&](const HeldJobPtr& job) {
    return job->job.lease.attempt == lease.attempt && job->job.lease.job == lease.job;
  });
  return found == jobs_.end() ? nullptr : *found;
}

void HeldJobs::request_cancel(const HeldJobPtr& job) {
  const MutexLock lock(mutex_);
  if (job->state == HeldJob::State::kEnded || job->is_cancel_requested.exchange(true)) {
    return;
  }
  if (job->state == HeldJob::State::kWaiting) {
    end_unbegun(job, {job->job.lease, Cancelled{}});
  } else {
    interrupt(*job);
  }
}

bool HeldJobs::lose(const HeldJobPtr& job) {
  const MutexLock lock(mutex_);
  if (!is_at_work(*job)) {
    return false;
  }
  job->is_lost = true;
  // What it has said is of an attempt that is over.
  std::erase(speaking_, job.get());
  speech_bytes_ -= job->speech.bytes();
  job->speech.take();
  if (job->state == HeldJob::State::kWaiting) {
    std::erase(waiting_, job);
    jobs_.erase(job);
  } else {
    interrupt(*job);
  }
  return true;
}

// A job that is handed back while the worker stops waits until the store holds no accept of this
// worker any more, which would get it again.
bool HeldJobs::has_outcome_to_report() const {
  return !ended_.empty() && (!is_stopped_ || are_accepts_over_ ||
                             !std::holds_alternative<Release>(ended_.front().outcome.report));
}

Words HeldJobs::take_words(Clock::time_point now) {
  const MutexLock lock(mutex_);
  Words words;
  std::size_t bytes = 0;
  const auto fits = [&](std::size_t more, std::size_t items) {
    bytes += more;
    return words.jobs.empty() ||
           (bytes <= kReportBytesMax && words.jobs.size() + items <= limits::kItemsMax);
  };
  while (has_outcome_to_report()) {
    auto& [job, outcome] = ended_.front();
    // Before the outcome: after it the lease is not held any more.
    if (!job->speech.is_empty()) {
      if (!fits(job->speech.bytes(), 2)) {
        break;
      }
      take_speech(job, words);
    }
    if (!fits(bytes_of(outcome), 1)) {
      break;
    }
    words.jobs.push_back(std::move(job));
    words.outcomes.push_back(std::move(outcome));
    ended_.pop_front();
  }
  if (!speaking_.empty() && now >= speech_due_) {
    while (!speaking_.empty() && fits(speaking_.front()->speech.bytes(), 2)) {
      take_speech(speaking_.front()->shared_from_this(), words);
      speaking_.pop_front();
    }
    speech_due_ = now + kSpeechEvery;
  }
  if (!speaking_.empty()) {
    words.due = speech_due_;
  }
  are_words_awaited_ = words.jobs.empty();
  return words;
}

void HeldJobs::take_speech(const HeldJobPtr& job, Words& words) {
  speech_bytes_ -= job->speech.bytes();
  Speech::Batch taken = job->speech.take();
  if (taken.log) {
    words.jobs.push_back(job);
    words.outcomes.push_back({job->job.lease, std::move(*taken.log)});
  }
  if (taken.progress) {
    words.jobs.push_back(job);
    words.outcomes.push_back(
        {job->job.lease, std::move(*taken.progress), std::move(taken.checkpoint)});
  }
  if (const std::size_t dropped = job->speech.take_dropped(); dropped > 0) {
    words.troubles.push_back("job " + job->job.lease.job + ": " + std::to_string(dropped) +
                             " log lines are dropped: they come faster than the store takes them");
  }
}

void HeldJobs::put_back(const HeldJobPtr& job, Outcome outcome) {
  const MutexLock lock(mutex_);
  auto* log = std::get_if<Log>(&outcome.report);
  auto* progress = std::get_if<Progress>(&outcome.report);
  if (log == nullptr && progress == nullptr) {
    ended_.push_front({job, std::move(outcome)});
    return;
  }
  change_speech(*job, [&](Speech& speech) {
    if (log != nullptr) {
      speech.put_back(std::move(*log));
    } else {
      speech.put_back(std::move(*progress), std::move(outcome.checkpoint));
    }
  });
}

void HeldJobs::forget(const HeldJobPtr& job) {
  const MutexLock lock(mutex_);
  speech_bytes_ -= job->speech.bytes();
  jobs_.erase(job);
}

}  // namespace jobq
