// What the store does for itself between requests: lets go of turns and events that are old, keeps
// what a start would have to replay short, and looks whether the disk has room.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "checkpoint_writer.h"
#include "config.h"
#include "effects.h"
#include "engine.h"
#include "operations.h"
#include "recovery.h"
#include "replies.h"
#include "storage.h"

namespace store {

// How often it has something to do at least.
inline constexpr Span kTendingInterval = std::chrono::seconds(10);
// How often at most it looks at the disk, which others fill too.
inline constexpr Span kDiskInterval{100};

class Housekeeping {
 public:
  // All must outlive this. `recovered` is where the journal ends.
  Housekeeping(const Config& config, Engine& engine, Storage& storage, CheckpointWriter& checkpoint,
               const Recovered& recovered);

  // Lets events go that are old, or too many.
  void forget_events(Time now, Effects& effects);

  // A turn is on disk, with a record of so many bytes.
  void note_commit(TurnNumber turn, std::size_t bytes);

  // Trims the journal and brings what follows from it to disk, when it is time for it; in quiet
  // times gives room on disk back.
  void tend_journal(Time now);

  // Looks at the room on disk, where it is time for it.
  void look_at_disk(Time now);
  // Whether the disk has room for anything that is written. If not, nothing may change: what memory
  // then knew, the disk could not keep.
  bool may_write() const { return room_ != Room::kNone; }
  // Why there is no room for what the operation writes; `changes`: whether it changes anything.
  std::optional<Refused> refuse(const Traits& operation, bool changes) const;

 private:
  struct Age {
    Time time;
    TurnNumber last_turn;  // at that time: what is older may be trimmed later
  };
  // On disk: for everything, for what is under way but no new jobs, for nothing.
  enum class Room { kEnough, kShort, kNone };
  std::string shortage() const;
  Room room_for(std::uint64_t free_bytes) const;
  std::uint64_t reserve_bytes() const { return config_.disk_reserve_mib << 20; }

  const Config& config_;
  Engine& engine_;
  Storage& storage_;
  CheckpointWriter& checkpoint_;
  std::deque<Age> journal_ages_;
  TurnNumber last_turn_;
  std::uint64_t bytes_since_flush_ = 0;
  std::uint64_t bytes_since_tending_ = 0;
  std::uint64_t unseen_bytes_ = 0;
  Time next_tending_{};
  Time next_forgetting_;
  Time next_look_{};
  std::uint64_t free_bytes_ = UINT64_MAX;  // on disk
  Room room_ = Room::kEnough;
};

}  // namespace store
