// What the store does for itself between requests: lets go of turns and events that are old, keeps
// what a start would have to replay short, and looks whether the disk has room.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "checkpoint_writer.h"
#include "config.h"
#include "effects.h"
#include "engine.h"
#include "recovery.h"
#include "storage.h"

namespace store {

// How often it has something to do at least.
inline constexpr Span kTendingInterval = std::chrono::seconds(10);

class Housekeeping {
 public:
  // All must outlive this. `recovered` is where the journal ends.
  Housekeeping(const Config& config, Engine& engine, Storage& storage, CheckpointWriter& checkpoint,
               const Recovered& recovered);

  // Lets events go that are old, or too many.
  void forget_events(Time now, Effects& effects);

  // A turn is on disk, with a record of so many bytes.
  void note_commit(TurnNumber turn, std::size_t bytes);

  // Trims the journal and brings what follows from it to disk, when it is time for it.
  void tend_journal(Time now);

  // Whether the disk has the room that new jobs need.
  bool has_room();

 private:
  struct Age {
    Time time;
    TurnNumber last_turn;  // at that time: what is older may be trimmed later
  };
  bool disk_has_room() const;

  const Config& config_;
  Engine& engine_;
  Storage& storage_;
  CheckpointWriter& checkpoint_;
  std::deque<Age> journal_ages_;
  TurnNumber last_turn_;
  std::uint64_t bytes_since_flush_ = 0;
  std::uint64_t unseen_bytes_ = 0;
  Time next_tending_;
  Time next_forgetting_;
  bool has_room_;
};

}  // namespace store
