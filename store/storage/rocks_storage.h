// Storage on RocksDB, the only code that sees it. Two column families: "journal", written with a
// synced write-ahead log, and "derived", written without a log: after a crash it holds what had
// been flushed, which is always a prefix of its batches since each batch goes into one memtable.
#pragma once

#include <memory>
#include <string>

#include "storage.h"

namespace store {

class RocksStorage : public Storage {
 public:
  // Opens or creates the database in `directory`. Throws StorageError.
  explicit RocksStorage(const std::string& directory);
  ~RocksStorage() override;

  void commit(TurnNumber turn, std::string_view record) override;
  void read_journal(TurnNumber after,
                    const std::function<void(TurnNumber, std::string_view)>& visit) const override;
  TurnNumber first_turn() const override { return first_turn_; }
  TurnNumber last_turn() const override { return last_turn_; }
  void write_checkpoint(const CheckpointBatch& batch) override;
  std::optional<std::string> read_checkpoint(std::string_view key) const override;
  void scan_checkpoint(
      std::string_view prefix,
      const std::function<void(std::string_view, std::string_view)>& visit) const override;
  void walk_checkpoint(
      std::string_view prefix, std::string_view from,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override;
  TurnNumber checkpoint_turn() const override { return checkpoint_turn_; }
  TurnNumber checkpoint_on_disk() const override;
  void flush_checkpoint(bool wait) override;
  void trim_journal(TurnNumber turn) override;
  StorageCounters counters() const override;

 private:
  struct Database;
  std::unique_ptr<Database> database_;
  TurnNumber first_turn_ = 0;
  TurnNumber last_turn_ = 0;
  TurnNumber checkpoint_turn_ = 0;
};

}  // namespace store
