// A job that a callback has begun, and the end that it gets: by the callback, by whoever has its
// handle later, or by nobody.
#pragma once

#include <optional>
#include <string>

#include "held_jobs.h"
#include "jobq/task.h"
#include "mutex.h"

namespace jobq {

class Pending {
 public:
  // `held` must outlive the job's end, not this.
  Pending(HeldJobs& held, HeldJobPtr job)
      : held_(held), job_(std::move(job)), task_(held_, *job_) {}

  const Task& task() const { return task_; }

  // Any thread.

  // Throws std::logic_error when there is an outcome already.
  void finish(Result word);
  // Nobody has the handle any more.
  void drop();

  // The worker's thread: the callback has returned, or has thrown what says `error`.
  void returned(const std::optional<std::string>& error);

 private:
  void end(Result word);
  Result word_without_outcome(JobError error);

  HeldJobs& held_;  // not to be touched once the job has ended
  const HeldJobPtr job_;
  const Task task_;
  Mutex mutex_;
  bool is_called_ GUARDED_BY(mutex_) = true;  // the callback has not returned
  bool is_dropped_ GUARDED_BY(mutex_) = false;
  bool has_outcome_ GUARDED_BY(mutex_) = false;
};

}  // namespace jobq
