// How an attempt ends that need not end the job: it waits for its next attempt, or has ended so too
// often and is failed; a cancel that was requested comes first. Of each: `outcome` is the hash of
// what the worker said; zero: it said nothing. REQUIRES: the job is accepted.
#pragma once

#include <string>

#include "context.h"

namespace store {

// Of its first attempt, which the job itself says once there was a second one; zero before.
inline Time first_start_of(const Job& job) {
  return job.started_at == Time{} ? job.accepted_at : job.started_at;
}

// `delay`: zero: the backoff decides.
void fail_attempt(Context& context, const Job& job, JobError failure, Span delay,
                  const Hash& outcome);
// Its time is over.
void time_out(Context& context, const Job& job);
// It has been without progress for long: is flagged, or fails.
void stall(Context& context, const Job& job);
void lose_lease(Context& context, const Job& job);
// Handed back by the worker.
void release(Context& context, const Job& job, std::string message, Span delay,
             const Hash& outcome);
// Handed back however often it was: it is not the job's fault. `change`: what says so.
void take_back(Context& context, const Job& job, Change change);

}  // namespace store
