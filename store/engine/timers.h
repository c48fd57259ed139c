// What happens by the clock alone. Each handles at most Limits::expirations_per_turn_max; the rest
// follows in the next turn.
#pragma once

#include "context.h"

namespace store {

// Finished jobs whose time is over, or that are too many.
void forget_finished(Context& context);
void forget(Context& context, const Job& job);
// Code that nothing has named for long.
void forget_codes(Context& context);
// Leases, times of attempts and graces of cancels that are over.
// Of leases that were held at `since`, since when they could not be renewed.
void extend_leases(Context& context, Time since, Span grace);
void end_leases(Context& context);
// Those of workers that are gone for good.
void end_leases_of_gone(Context& context);
// Workers that were silent for a day, looked at each hour; so many at a time.
void forget_silent_workers(Context& context);
// Waiting jobs whose time has come, or that nobody took in time.
void let_waiting_go_on(Context& context);
// Schedules whose time has come: at most Limits::schedules_per_turn_max.
void run_schedules(Context& context);
// Requests that have waited long enough.
void answer_expired_waiters(Context& context);

// Whether the time in which a waiting job could be taken is over, though its timer has not run yet.
inline bool is_overdue(Time now, const Job& job) {
  return job.expires_at != Time{} && job.expires_at <= now;
}
// Fails the job if that is so. REQUIRES: it waits.
void expire_if_overdue(Context& context, const Job& job);

}  // namespace store
