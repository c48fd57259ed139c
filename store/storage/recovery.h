// Brings the state in memory to where the journal ends: the checkpoint first, then every turn
// after them, applied by the same code that applied them the first time.
#pragma once

#include "checkpoint_writer.h"
#include "state.h"
#include "storage.h"

namespace store {

struct Recovered {
  TurnNumber last_turn = 0;
  Time last_time{};  // of that turn
  std::size_t turns_replayed = 0;
};

// REQUIRES: `jobs` and `checkpoint` are fresh. Throws StorageError when what is on disk does not
// fit together.
Recovered recover(Storage& storage, State& state, CheckpointWriter& checkpoint);

// The first half: the state as of the checkpoint. Returns its time. REQUIRES: `state` is fresh.
// Changes nothing on disk; reads on another thread too.
Time restore_checkpoint(const Storage& storage, State& state);
// The second one: the turns after it. REQUIRES: `checkpoint` is fresh.
Recovered replay_journal(Storage& storage, Time checkpoint_time, State& state,
                         CheckpointWriter& checkpoint);

}  // namespace store
