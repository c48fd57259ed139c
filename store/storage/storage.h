// What lies on disk, as two simple things: the journal, one synced record per turn, which is the
// truth; and the checkpoint, the state as of some turn, which saves a start from replaying
// everything. Below this interface there are bytes; record.h knows what they mean.
//
// Called from the server thread only. Throws StorageError when the disk fails: then it is unknown
// which of the last writes survive, and the caller must exit; a start sorts it out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace store {

// 1, 2, ... without gaps, over all starts of a store.
using TurnNumber = std::uint64_t;

class StorageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Puts and deletes that take effect together.
struct CheckpointBatch {
  struct Write {
    std::string key;
    std::optional<std::string> value;  // empty: delete
  };
  // All keys from `begin` up to, but not including, `end` are deleted, before the writes.
  struct Range {
    std::string begin;
    std::string end;
  };
  TurnNumber turn = 0;  // the last turn that the checkpoint then contains
  std::vector<Write> writes;
  std::vector<Range> deleted = {};
};

struct StorageCounters {
  std::uint64_t syncs = 0, wal_bytes = 0, flush_bytes = 0, compaction_bytes = 0;
};

class Storage {
 public:
  virtual ~Storage() = default;

  // Returns when the record is on disk (fdatasync). REQUIRES: `turn` follows the last one.
  virtual void commit(TurnNumber turn, std::string_view record) = 0;

  // Calls visit(turn, record) for all turns above `after`, in order.
  virtual void read_journal(
      TurnNumber after, const std::function<void(TurnNumber, std::string_view)>& visit) const = 0;
  // Number of the first and the last turn in the journal; 0 when it is empty.
  virtual TurnNumber first_turn() const = 0;
  virtual TurnNumber last_turn() const = 0;

  // Not synced: a crash loses any number of the last batches, but never a batch before a later one
  // that survives, and never a part of one.
  virtual void write_checkpoint(CheckpointBatch batch) = 0;
  virtual std::optional<std::string> read_checkpoint(std::string_view key) const = 0;
  // Calls visit(key, value) for all keys that begin with `prefix`, in byte order.
  virtual void scan_checkpoint(
      std::string_view prefix,
      const std::function<void(std::string_view, std::string_view)>& visit) const = 0;

  // The same from the key `from` on, until visit() returns false.
  virtual void walk_checkpoint(
      std::string_view prefix, std::string_view from,
      const std::function<bool(std::string_view, std::string_view)>& visit) const = 0;

  // `turn` of the last batch; 0 before the first.
  virtual TurnNumber checkpoint_turn() const = 0;
  // The same of the last batch that a crash right now would keep.
  virtual TurnNumber checkpoint_on_disk() const = 0;
  // Starts bringing all batches so far to disk; with `wait` returns when they are there.
  virtual void flush_checkpoint(bool wait) = 0;

  // Forgets turns below `turn`; a start may find some of them again. REQUIRES:
  // checkpoint_on_disk() >= turn - 1, so that no start needs them.
  virtual void trim_journal(TurnNumber turn) = 0;

  // In quiet times begins to give back what is dead on disk, if it may be much, since all that is
  // alive may have to be written again; else begins it no more. Does not wait for it.
  virtual void give_back_room(bool /*is_quiet*/) {}

  virtual StorageCounters counters() const = 0;
};

}  // namespace store
