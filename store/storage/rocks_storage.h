// Storage on RocksDB, which only rocks_*.cc see. Two column families: "journal", written with a
// synced write-ahead log, and "derived", written without a log: after a crash it holds what had
// been flushed, which is always a prefix of its batches since each batch goes into one memtable.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage.h"

namespace store {

class JournalMark;
class RocksDatabase;

struct RocksOptions {
  // Whether a database is made where there is no directory; else it is an error.
  bool create = false;
  // Whether it may be of a version that knew neither marks nor stores' names.
  bool adopt = false;
  // Whether to go on without turns that were written and are not there any more.
  bool accept_loss = false;
  // Whether it is only read: nothing is changed. REQUIRES: then no member is called that writes.
  bool look = false;
  // Whose database it has to be; empty: anybody's.
  std::string store = {};
  // Reads what a start reads of the checkpoint. Called with what was found, before anything is
  // changed; what it throws, the constructor throws. By default each record's check is compared.
  std::function<void(const Storage&)> restore = {};
};

class RocksStorage : public Storage {
 public:
  // Opens the database in `directory`, with its JournalMark beside it. Throws StorageError, and has
  // changed nothing then that is of any consequence: when a part is missing or damaged that a start
  // needs, or turns that were written.
  RocksStorage(const std::string& directory, const RocksOptions& options);
  ~RocksStorage() override;

  void commit(TurnNumber turn, std::string_view record) override;
  void read_journal(TurnNumber after,
                    const std::function<void(TurnNumber, std::string_view)>& visit) const override;
  TurnNumber first_turn() const override { return first_turn_; }
  TurnNumber last_turn() const override { return last_turn_; }
  void write_checkpoint(CheckpointBatch batch) override;
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
  void give_back_room(bool is_quiet) override;
  StorageCounters counters() const override;

  // For rocks_*.cc.
  const RocksDatabase& database() const { return *database_; }

  // Reads all of its files. Throws StorageError that names one which is damaged.
  void check_files() const;

  // Files that the database holds open at most: a quarter of what the process may.
  static std::size_t files_max();

  // The name that the database has from when it was made.
  const std::string& store() const { return store_; }

 private:
  void check_records() const;
  void name_store();
  void drop_turns_after(TurnNumber turn);
  std::uint64_t chain_of(TurnNumber turn) const;
  // What was written, of what is stored. Throw StorageError if it is not that.
  std::string_view turn_record(TurnNumber turn, std::string_view stored) const;
  std::string_view record_of(std::string_view key, std::string_view stored) const;

  std::unique_ptr<RocksDatabase> database_;
  std::unique_ptr<JournalMark> mark_;
  std::string store_;
  // Of the turns from chains_from_ on: at a start those after the checkpoint, then of the last one.
  std::vector<std::uint64_t> chains_ = {0};
  TurnNumber chains_from_ = 0;
  TurnNumber first_turn_ = 0;
  TurnNumber last_turn_ = 0;
  TurnNumber checkpoint_turn_ = 0;
  bool has_checks_ = true;  // rocks_check.h
};

}  // namespace store
