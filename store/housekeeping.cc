#include "housekeeping.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

namespace store {
namespace {

// The checkpoint is brought to disk when a start would have to replay more than this.
constexpr std::uint64_t kReplayBytesMax = 64u << 20;
// At most so much is written before the room on disk is looked at again: less than a reserve.
constexpr std::uint64_t kUnseenBytesMax = 256u << 10;
// Of the reserve: with less than that free nothing is written any more, with so much it is again.
constexpr std::uint64_t kNothingPart = 4;
constexpr std::uint64_t kSomethingPart = 2;
constexpr Sequence kForgottenAtOnceMin = 4096;
// A store that commits no more between two tendings has time for other things.
constexpr std::uint64_t kQuietBytesMax = 1u << 20;

}  // namespace

Housekeeping::Housekeeping(const Config& config, Engine& engine, Storage& storage,
                           CheckpointWriter& checkpoint, const Recovered& recovered)
    : config_(config),
      engine_(engine),
      storage_(storage),
      checkpoint_(checkpoint),
      // What is in the journal now is no younger than its last turn.
      journal_ages_{{recovered.last_time, recovered.last_turn}},
      last_turn_(recovered.last_turn) {
  look_at_disk(recovered.last_time);
}

void Housekeeping::note_commit(TurnNumber turn, std::size_t bytes) {
  last_turn_ = turn;
  bytes_since_flush_ += bytes;
  bytes_since_tending_ += bytes;
  unseen_bytes_ += bytes;
}

void Housekeeping::look_at_disk(Time now) {
  if (now < next_look_ && unseen_bytes_ <= kUnseenBytesMax) {
    return;
  }
  next_look_ = now + kDiskInterval;
  unseen_bytes_ = 0;
  std::error_code unknown;
  const auto space = std::filesystem::space(config_.data, unknown);
  free_bytes_ = unknown ? UINT64_MAX : space.available;
  const bool might_write = may_write();
  room_ = room_for(free_bytes_);
  if (might_write && !may_write()) {
    spdlog::error("{}: until there is room, nothing changes, and no lease ends", shortage());
  } else if (!might_write && may_write()) {
    spdlog::warn("there is room on disk again");
  }
}

// Who has stopped goes on only when there is some room, so as not to stop again at once.
Housekeeping::Room Housekeeping::room_for(std::uint64_t free_bytes) const {
  if (free_bytes < reserve_bytes() / (may_write() ? kNothingPart : kSomethingPart)) {
    return Room::kNone;
  }
  return free_bytes < reserve_bytes() ? Room::kShort : Room::kEnough;
}

std::string Housekeeping::shortage() const {
  return "the store's disk has " + std::to_string(free_bytes_ >> 20) +
         " MiB free, of diskReserve = " + std::to_string(config_.disk_reserve_mib) + " MiB";
}

std::optional<Refused> Housekeeping::refuse(const Traits& operation, bool changes) const {
  if (room_ == Room::kNone && changes) {
    return Refused{Code::kFull, shortage() + ": too little to write anything"};
  }
  if (room_ != Room::kEnough && operation.makes_jobs()) {
    return Refused{Code::kFull, shortage() + ": too little for new jobs"};
  }
  if (room_ != Room::kEnough && operation.makes == Makes::kCode) {
    return Refused{Code::kFull, shortage() + ": too little for new code"};
  }
  return std::nullopt;
}

void Housekeeping::tend_journal(Time now) {
  if (now < next_tending_) {
    return;
  }
  // Whether it is quiet nobody knows at a start, when all who were cut off come back.
  const bool is_first = std::exchange(next_tending_, now + kTendingInterval) == Time{};
  const bool is_quiet = std::exchange(bytes_since_tending_, 0) <= kQuietBytesMax && !is_first;
  if (!may_write()) {
    // What is on disk already, for a flush would need room.
    storage_.trim_journal(std::min(last_turn_, storage_.checkpoint_on_disk() + 1));
    return;
  }
  journal_ages_.push_back({now, last_turn_});
  const Span keep = config_.journal_keep;
  TurnNumber keep_from = storage_.first_turn();
  // In steps, since each costs a flush.
  if (journal_ages_.front().time <= now - keep - keep / 8) {
    while (!journal_ages_.empty() && journal_ages_.front().time <= now - keep) {
      keep_from = journal_ages_.front().last_turn;
      journal_ages_.pop_front();
    }
  }
  // Room for jobs that are under way counts more than turns that no start needs.
  keep_from = room_ == Room::kEnough ? keep_from : last_turn_;
  const bool may_trim = keep_from > storage_.first_turn();
  if (may_trim || bytes_since_flush_ > kReplayBytesMax) {
    bytes_since_flush_ = 0;
    checkpoint_.write();
    storage_.flush_checkpoint(may_trim);
  }
  if (may_trim) {
    storage_.trim_journal(std::min(keep_from, storage_.checkpoint_on_disk() + 1));
  }
  storage_.give_back_room(is_quiet);
}

void Housekeeping::forget_events(Time now, Effects& effects) {
  if (now < next_forgetting_) {
    return;
  }
  const Span keep = config_.events_keep;
  next_forgetting_ = now + std::clamp<Span>(keep / 8, Span(100), std::chrono::minutes(1));
  const State& state = engine_.state();
  for (DatasourceIndex i = 0; i < state.datasource_count(); ++i) {
    const Datasource& datasource = state.datasource(i);
    const Sequence end = datasource.last_sequence + 1;
    Sequence oldest = checkpoint_.events().first_since(i, now - keep, datasource.oldest_event,
                                                       datasource.last_sequence);
    if (end > config_.events_max) {
      oldest = std::max(oldest, end - config_.events_max);
    }
    // Not for a handful of them: each time costs a write.
    const Sequence forgotten = oldest - datasource.oldest_event;
    if (oldest > datasource.oldest_event && (oldest == end || forgotten >= kForgottenAtOnceMin ||
                                             forgotten >= (end - datasource.oldest_event) / 8)) {
      engine_.forget_events(now, i, oldest, effects);
    }
  }
}

}  // namespace store
