#include "housekeeping.h"

#include <algorithm>
#include <filesystem>

namespace store {
namespace {

// The checkpoint is brought to disk when a start would have to replay more than this.
constexpr std::uint64_t kReplayBytesMax = 64u << 20;
// At most so much is written before the room on disk is looked at again: less than a reserve.
constexpr std::uint64_t kUnseenBytesMax = 256u << 10;
constexpr Sequence kForgottenAtOnceMin = 4096;

}  // namespace

Housekeeping::Housekeeping(const Config& config, Engine& engine, Storage& storage,
                           CheckpointWriter& checkpoint, const Recovered& recovered)
    : config_(config),
      engine_(engine),
      storage_(storage),
      checkpoint_(checkpoint),
      // What is in the journal now is no younger than its last turn.
      journal_ages_{{recovered.last_time, recovered.last_turn}},
      last_turn_(recovered.last_turn),
      has_room_(disk_has_room()) {}

void Housekeeping::note_commit(TurnNumber turn, std::size_t bytes) {
  last_turn_ = turn;
  bytes_since_flush_ += bytes;
  unseen_bytes_ += bytes;
  if (unseen_bytes_ > kUnseenBytesMax) {
    unseen_bytes_ = 0;
    has_room_ = disk_has_room();
  }
}

bool Housekeeping::has_room() {
  has_room_ = has_room_ || disk_has_room();
  return has_room_;
}

bool Housekeeping::disk_has_room() const {
  std::error_code unknown;
  const auto space = std::filesystem::space(config_.data, unknown);
  return unknown || space.available >> 20 >= config_.disk_reserve_mib;
}

void Housekeeping::tend_journal(Time now) {
  if (now < next_tending_) {
    return;
  }
  next_tending_ = now + kTendingInterval;
  has_room_ = disk_has_room();
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
  keep_from = has_room_ ? keep_from : last_turn_;
  const bool may_trim = keep_from > storage_.first_turn();
  if (may_trim || bytes_since_flush_ > kReplayBytesMax) {
    bytes_since_flush_ = 0;
    checkpoint_.write();
    storage_.flush_checkpoint(may_trim);
  }
  if (may_trim) {
    storage_.trim_journal(std::min(keep_from, storage_.checkpoint_on_disk() + 1));
  }
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
