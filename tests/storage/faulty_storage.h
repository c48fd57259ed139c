// A Storage in memory that forgets what a crash may forget: any number of the last derived batches,
// never a committed turn. Can also refuse to commit.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage.h"

namespace store {

class FaultyStorage : public Storage {
 public:
  bool fail_commits = false;
  std::string loses = {};         // derived records whose keys begin with it, if it is not empty
  mutable std::size_t reads = 0;  // of single derived records

  // Derived batches that a crash right now could lose.
  std::size_t unflushed() const { return batches_.size() - flushed_; }

  // Everything that was put or deleted, oldest first.
  const std::vector<DerivedBatch>& batches() const { return batches_; }

  // What a start finds after a crash that loses the last `lost` batches.
  FaultyStorage crashed(std::size_t lost) const {
    FaultyStorage survivor = *this;
    survivor.batches_.resize(batches_.size() - lost);
    survivor.flushed_ = survivor.batches_.size();
    survivor.derived_.clear();
    for (const DerivedBatch& batch : survivor.batches_) {
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
  void read_journal(TurnNumber after,
                    const std::function<void(TurnNumber, std::string_view)>& visit) const override {
    for (auto it = journal_.upper_bound(after); it != journal_.end(); ++it) {
      visit(it->first, it->second);
    }
  }
  TurnNumber first_turn() const override { return journal_.empty() ? 0 : journal_.begin()->first; }
  TurnNumber last_turn() const override { return journal_.empty() ? 0 : journal_.rbegin()->first; }

  void write_derived(const DerivedBatch& batch) override {
    batches_.push_back(batch);
    apply(batch);
  }
  std::optional<std::string> read_derived(std::string_view key) const override {
    ++reads;
    const auto found = derived_.find(key);
    return found == derived_.end() ? std::nullopt : std::optional(found->second);
  }
  void scan_derived(
      std::string_view prefix,
      const std::function<void(std::string_view, std::string_view)>& visit) const override {
    for (auto it = derived_.lower_bound(prefix);
         it != derived_.end() && std::string_view(it->first).starts_with(prefix); ++it) {
      visit(it->first, it->second);
    }
  }
  void walk_derived(
      std::string_view prefix, std::string_view from,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    for (auto it = derived_.lower_bound(from);
         it != derived_.end() && std::string_view(it->first).starts_with(prefix) &&
         visit(it->first, it->second);
         ++it) {
    }
  }
  TurnNumber derived_turn() const override { return batches_.empty() ? 0 : batches_.back().turn; }
  TurnNumber derived_on_disk() const override {
    return flushed_ == 0 ? 0 : batches_[flushed_ - 1].turn;
  }
  void flush_derived(bool) override { flushed_ = batches_.size(); }
  void trim_journal(TurnNumber turn) override {
    journal_.erase(journal_.begin(), journal_.lower_bound(std::min(turn, last_turn())));
  }
  StorageCounters counters() const override { return {}; }

 private:
  void apply(const DerivedBatch& batch) {
    for (const DerivedBatch::Range& range : batch.deleted) {
      derived_.erase(derived_.lower_bound(range.begin), derived_.lower_bound(range.end));
    }
    for (const DerivedBatch::Write& write : batch.writes) {
      if (!loses.empty() && write.key.starts_with(loses)) {
        continue;
      }
      if (write.value) {
        derived_.insert_or_assign(write.key, *write.value);
      } else {
        derived_.erase(write.key);
      }
    }
  }

  std::map<TurnNumber, std::string> journal_;
  std::vector<DerivedBatch> batches_;
  std::size_t flushed_ = 0;
  std::map<std::string, std::string, std::less<>> derived_;
};

}  // namespace store
