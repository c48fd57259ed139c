// What happens by the clock alone. Each handles at most Limits::expirations_per_turn_max; the rest
// follows in the next turn.
#pragma once

#include "turn.h"

namespace store {

// Finished jobs whose time is over, or that are too many.
void forget_finished(Turn& turn);
// Leases, times of attempts and graces of cancels that are over.
void end_leases(Turn& turn);
// Waiting jobs whose time has come, or that nobody took in time.
void let_waiting_go_on(Turn& turn);
// Requests that have waited long enough.
void answer_expired_waiters(Turn& turn);

}  // namespace store
