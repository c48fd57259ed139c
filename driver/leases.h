// Keeps the leases of a worker's jobs: renews them, and knows when they are over. For the worker's
// loop alone.
#pragma once

#include <functional>
#include <string>

#include "conversation.h"
#include "held_jobs.h"
#include "store_clock.h"

namespace jobq {

class Leases {
 public:
  // `refused` is called, within the handling of the Refused, when the store lets nothing be
  // renewed.
  Leases(HeldJobs& held, Conversation& store, const WorkerOptions& options,
         std::function<void()> refused);

  // Of a job that has just been accepted.
  void begin(HeldJob& job);
  // The lease ends then, however often it is renewed.
  void limit(HeldJob& job, Time end);
  // Does what is due.
  void tend(Clock::time_point now);
  // Tells the callback, or has the job not begun.
  void lose(const HeldJobPtr& job, const std::string& why);

 private:
  void renew(Clock::time_point now);
  void learn_ends(Clock::time_point now);
  void lose_expired(Clock::time_point now);

  HeldJobs& held_;
  Conversation& store_;
  const WorkerOptions& options_;
  Topic renewing_;
  Topic asking_time_{"the store does not tell its time"};
  StoreClock clock_;
  bool has_new_ends_ = false;  // that are not known by this machine's clock
  // Not after the first HeldJob::until of a job at work.
  Clock::time_point next_end_ = Clock::time_point::max();
};

}  // namespace jobq
