// A Storage in memory that forgets what a crash may forget: any number of the last batches of the
// checkpoint, and the turn whose commit is under way, never a committed one. Can also refuse to
// commit.
#pragma once

#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage.h"

namespace store {

class FaultyStorage : public Storage {
 public:
  bool fail_commits = false;
  bool fails_sync = false;        // of the commit that is under way: whoever waits for it is told
  std::string loses = {};         // records whose keys begin with it, if it is not empty
  mutable std::size_t reads = 0;  // of single records

  // Batches that a crash right now could lose.
  std::size_t unflushed() const { return batches_.size() - flushed_; }

  // Everything that was put or deleted, oldest first.
  const std::vector<CheckpointBatch>& batches() const { return batches_; }

  // What a start finds after a crash that loses the last `lost` batches, and the turn that is under
  // way or not.
  FaultyStorage crashed(std::size_t lost, bool keeps_committing = true) const {
    FaultyStorage survivor = *this;
    survivor.fails_sync = false;
    if (keeps_committing) {
      survivor.finish_commit();
    }
    survivor.committing_.reset();
    survivor.batches_.resize(batches_.size() - lost);
    survivor.flushed_ = survivor.batches_.size();
    survivor.checkpoint_.clear();
    for (const CheckpointBatch& batch : survivor.batches_) {
      survivor.apply(batch);
    }
    return survivor;
  }

  void commit(TurnNumber turn, std::string_view record) override {
    if (fail_commits) {
      throw StorageError("no space left on device");
    }
    journal_.emplace(turn, record);
  }
  // As in BackgroundStorage: later writes wait for it, what is read from the checkpoint does not.
  void begin_commit(TurnNumber turn, std::string record) {
    finish_commit();
    committing_.emplace(turn, std::move(record));
  }
  bool is_committing() const { return committing_.has_value(); }
  void finish_commit() {
    if (committing_ && fails_sync) {
      throw StorageError("input/output error");
    }
    if (committing_) {
      journal_.insert(std::move(*committing_));
      committing_.reset();
    }
  }
  void read_journal(TurnNumber after,
                    const std::function<void(TurnNumber, std::string_view)>& visit) const override {
    for (auto it = journal_.upper_bound(after); it != journal_.end(); ++it) {
      visit(it->first, it->second);
    }
  }
  TurnNumber first_turn() const override { return journal_.empty() ? 0 : journal_.begin()->first; }
  TurnNumber last_turn() const override { return journal_.empty() ? 0 : journal_.rbegin()->first; }

  void write_checkpoint(CheckpointBatch batch) override {
    finish_commit();
    apply(batch);
    batches_.push_back(std::move(batch));
  }
  std::optional<std::string> read_checkpoint(std::string_view key) const override {
    ++reads;
    const auto found = checkpoint_.find(key);
    return found == checkpoint_.end() ? std::nullopt : std::optional(found->second);
  }
  void scan_checkpoint(
      std::string_view prefix,
      const std::function<void(std::string_view, std::string_view)>& visit) const override {
    for (auto it = checkpoint_.lower_bound(prefix);
         it != checkpoint_.end() && std::string_view(it->first).starts_with(prefix); ++it) {
      visit(it->first, it->second);
    }
  }
  void walk_checkpoint(
      std::string_view prefix, std::string_view from,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    for (auto it = checkpoint_.lower_bound(from);
         it != checkpoint_.end() && std::string_view(it->first).starts_with(prefix) &&
         visit(it->first, it->second);
         ++it) {
    }
  }
  TurnNumber checkpoint_turn() const override {
    return batches_.empty() ? 0 : batches_.back().turn;
  }
  TurnNumber checkpoint_on_disk() const override {
    return flushed_ == 0 ? 0 : batches_[flushed_ - 1].turn;
  }
  void flush_checkpoint(bool) override { flushed_ = batches_.size(); }
  void trim_journal(TurnNumber turn) override {
    finish_commit();
    journal_.erase(journal_.begin(), journal_.lower_bound(std::min(turn, last_turn())));
  }
  // Of the last turn's record only the first bytes are left. REQUIRES: there is one.
  void tear_last_turn(std::size_t bytes) { std::prev(journal_.end())->second.resize(bytes); }
  StorageCounters counters() const override { return {}; }

 private:
  void apply(const CheckpointBatch& batch) {
    for (const CheckpointBatch::Range& range : batch.deleted) {
      checkpoint_.erase(checkpoint_.lower_bound(range.begin), checkpoint_.lower_bound(range.end));
    }
    for (const CheckpointBatch::Write& write : batch.writes) {
      if (!loses.empty() && write.key.starts_with(loses)) {
        continue;
      }
      if (write.value) {
        checkpoint_.insert_or_assign(write.key, *write.value);
      } else {
        checkpoint_.erase(write.key);
      }
    }
  }

  std::map<TurnNumber, std::string> journal_;
  std::optional<std::pair<TurnNumber, std::string>> committing_;
  std::vector<CheckpointBatch> batches_;
  std::size_t flushed_ = 0;
  std::map<std::string, std::string, std::less<>> checkpoint_;
};

}  // namespace store
