// What must hold of a store's state and disk at any time, whatever was asked of it.
#pragma once

#include "state.h"
#include "storage.h"
#include "store_limits.h"

namespace store::sim {

// All throw Mismatch.

// What the state counts is what there is when it is counted again, job by job, and no table is
// above its limit.
void check_counts(const State& state, const Limits& limits);

// What tokens hold of what all share is there when it is counted again.
void check_shares(const State& state, const Limits& limits);

// What jobs share is held as long as some job has it, and no longer.
void check_shared(const State& state);

// The journal has each turn up to `last_turn`, from the first on that a start may need.
void check_journal(const Storage& storage, TurnNumber last_turn);

// Nothing is on disk of a job, a client's turns or a token that the state does not know. REQUIRES:
// all is written.
void check_nothing_is_left_behind(const State& state, const Storage& storage);

}  // namespace store::sim
