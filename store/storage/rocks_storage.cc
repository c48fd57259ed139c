#include "rocks_storage.h"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/statistics.h>
#include <rocksdb/table.h>

#include "big_endian.h"
#include "invariant.h"

namespace store {
namespace {

// Beside the records that record.h describes; sorts before all of them.
constexpr std::string_view kTurnKey = "@turn";

void require(const rocksdb::Status& status, const char* doing) {
  if (!status.ok()) {
    throw StorageError(std::string(doing) + ": " + status.ToString());
  }
}

std::string key_of(TurnNumber turn) {
  std::string key;
  append_big_endian(key, turn, 8);
  return key;
}

TurnNumber turn_of(rocksdb::Slice key) {
  if (key.size() != 8) {
    throw StorageError("damaged turn number");
  }
  return read_big_endian({key.data(), key.size()});
}

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(rocksdb::Slice slice) { return {slice.data(), slice.size()}; }

rocksdb::DBOptions database_options(std::shared_ptr<rocksdb::Statistics> statistics) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.statistics = std::move(statistics);
  // One thread writes, so the machinery for many costs without gain.
  options.allow_concurrent_memtable_write = false;
  options.max_background_jobs = 2;
  // Every record is synced, so only the last one may be torn; anything else is damage, to be told.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_total_wal_size = 128u << 20;
  options.keep_log_file_num = 2;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.bytes_per_sync = 1u << 20;
  return options;
}

// Of keys of jobs and their requests (record.h), which come in their order: each is put beside the
// last one of its datasource. REQUIRES: no such key begins a range that is deleted, since RocksDB
// 7.8 would then look for the place of the one kind among those of the other.
class JobKeys : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "jobs"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override { return {key.data(), 5}; }
  bool InDomain(const rocksdb::Slice& key) const override {
    return key.size() >= 5 && (key[0] == 'j' || key[0] == 'r');
  }
};

// Most records live for an hour at most, so little is done to them: they are compressed only where
// those come to rest that stay, and 48 files wait before they are merged.
rocksdb::ColumnFamilyOptions family_options(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = 16u << 20;
  options.max_write_buffer_number = 3;
  options.compression_per_level = {rocksdb::kNoCompression, rocksdb::kNoCompression,
                                   rocksdb::kLZ4Compression};
  options.level0_file_num_compaction_trigger = 48;
  options.max_bytes_for_level_base = 48 * options.write_buffer_size;  // or they are merged sooner
  options.level0_slowdown_writes_trigger = 96;
  options.level0_stop_writes_trigger = 144;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::ColumnFamilyOptions checkpoint_options(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options = family_options(cache);
  options.memtable_insert_with_hint_prefix_extractor = std::make_shared<JobKeys>();
  return options;
}

}  // namespace

struct RocksStorage::Database {
  std::shared_ptr<rocksdb::Statistics> statistics = rocksdb::CreateDBStatistics();
  std::unique_ptr<rocksdb::DB> db;
  rocksdb::ColumnFamilyHandle* unused = nullptr;  // RocksDB insists on a default family
  rocksdb::ColumnFamilyHandle* journal = nullptr;
  rocksdb::ColumnFamilyHandle* checkpoint = nullptr;

  ~Database() {
    if (db) {
      for (auto* family : {unused, journal, checkpoint}) {
        db->DestroyColumnFamilyHandle(family);
      }
      db->Close();
    }
  }
};

RocksStorage::RocksStorage(const std::string& directory) : database_(std::make_unique<Database>()) {
  database_->statistics->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
  const auto cache = rocksdb::NewLRUCache(16u << 20);
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  rocksdb::DB* db = nullptr;
  require(rocksdb::DB::Open(database_options(database_->statistics), directory,
                            {{rocksdb::kDefaultColumnFamilyName, {}},
                             {"journal", family_options(cache)},
                             {"derived", checkpoint_options(cache)}},
                            &families, &db),
          "opening the database");
  database_->db.reset(db);
  database_->unused = families[0];
  database_->journal = families[1];
  database_->checkpoint = families[2];

  const std::unique_ptr<rocksdb::Iterator> journal(db->NewIterator({}, database_->journal));
  journal->SeekToFirst();
  first_turn_ = journal->Valid() ? turn_of(journal->key()) : 0;
  journal->SeekToLast();
  last_turn_ = journal->Valid() ? turn_of(journal->key()) : 0;
  require(journal->status(), "reading the journal");
  if (const auto turn = read_checkpoint(kTurnKey)) {
    checkpoint_turn_ = turn_of(*turn);
  }
}

RocksStorage::~RocksStorage() = default;

void RocksStorage::commit(TurnNumber turn, std::string_view record) {
  INVARIANT(last_turn_ == 0 || turn == last_turn_ + 1, turn, last_turn_);
  rocksdb::WriteOptions options;
  options.sync = true;
  require(database_->db->Put(options, database_->journal, key_of(turn), slice(record)),
          "writing the journal");
  last_turn_ = turn;
  first_turn_ = first_turn_ == 0 ? turn : first_turn_;
}

void RocksStorage::read_journal(
    TurnNumber after, const std::function<void(TurnNumber, std::string_view)>& visit) const {
  const std::unique_ptr<rocksdb::Iterator> journal(
      database_->db->NewIterator({}, database_->journal));
  for (journal->Seek(key_of(after + 1)); journal->Valid(); journal->Next()) {
    visit(turn_of(journal->key()), view(journal->value()));
  }
  require(journal->status(), "reading the journal");
}

void RocksStorage::write_checkpoint(const CheckpointBatch& batch) {
  std::size_t bytes = 0;
  for (const CheckpointBatch::Write& write : batch.writes) {
    bytes += write.key.size() + (write.value ? write.value->size() : 0) + 16;
  }
  rocksdb::WriteBatch writes(bytes + 64 * batch.deleted.size() + 64);
  for (const CheckpointBatch::Range& range : batch.deleted) {
    writes.DeleteRange(database_->checkpoint, range.begin, range.end);
  }
  for (const CheckpointBatch::Write& write : batch.writes) {
    if (write.value) {
      writes.Put(database_->checkpoint, write.key, *write.value);
    } else {
      writes.Delete(database_->checkpoint, write.key);
    }
  }
  writes.Put(database_->checkpoint, slice(kTurnKey), key_of(batch.turn));
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  require(database_->db->Write(options, &writes), "writing the checkpoint");
  checkpoint_turn_ = batch.turn;
}

std::optional<std::string> RocksStorage::read_checkpoint(std::string_view key) const {
  std::string value;
  const auto status = database_->db->Get({}, database_->checkpoint, slice(key), &value);
  if (status.IsNotFound()) {
    return std::nullopt;
  }
  require(status, "reading the checkpoint");
  return value;
}

void RocksStorage::scan_checkpoint(
    std::string_view prefix,
    const std::function<void(std::string_view, std::string_view)>& visit) const {
  rocksdb::ReadOptions options;
  options.readahead_size = 2u << 20;
  const std::unique_ptr<rocksdb::Iterator> records(
      database_->db->NewIterator(options, database_->checkpoint));
  for (records->Seek(slice(prefix)); records->Valid() && records->key().starts_with(slice(prefix));
       records->Next()) {
    visit(view(records->key()), view(records->value()));
  }
  require(records->status(), "reading the checkpoint");
}

void RocksStorage::walk_checkpoint(
    std::string_view prefix, std::string_view from,
    const std::function<bool(std::string_view, std::string_view)>& visit) const {
  const std::unique_ptr<rocksdb::Iterator> records(
      database_->db->NewIterator({}, database_->checkpoint));
  for (records->Seek(slice(from)); records->Valid() && records->key().starts_with(slice(prefix)) &&
                                   visit(view(records->key()), view(records->value()));
       records->Next()) {
  }
  require(records->status(), "reading the checkpoint");
}

TurnNumber RocksStorage::checkpoint_on_disk() const {
  rocksdb::ReadOptions options;
  options.read_tier = rocksdb::kPersistedTier;  // passes over memtables that no log stands behind
  std::string value;
  const auto status = database_->db->Get(options, database_->checkpoint, slice(kTurnKey), &value);
  if (status.IsNotFound()) {
    return 0;
  }
  require(status, "reading the checkpoint");
  return turn_of(value);
}

void RocksStorage::flush_checkpoint(bool wait) {
  rocksdb::FlushOptions options;
  options.wait = wait;
  options.allow_write_stall = true;
  require(database_->db->Flush(options, database_->checkpoint), "flushing the checkpoint");
}

void RocksStorage::trim_journal(TurnNumber turn) {
  turn = std::min(turn, last_turn_);  // the last one stays, to know where to go on
  INVARIANT(checkpoint_on_disk() + 1 >= turn, turn);
  if (turn <= first_turn_) {
    return;
  }
  const std::string begin = key_of(first_turn_);
  const std::string end = key_of(turn);
  require(database_->db->DeleteRange({}, database_->journal, begin, end), "trimming the journal");
  // Whole files go at once; the rest when it is compacted.
  const rocksdb::Slice first(begin);
  const rocksdb::Slice last(end);
  require(
      rocksdb::DeleteFilesInRange(database_->db.get(), database_->journal, &first, &last, false),
      "trimming the journal");
  first_turn_ = turn;
}

StorageCounters RocksStorage::counters() const {
  const auto ticker = [this](std::uint32_t type) {
    return database_->statistics->getTickerCount(type);
  };
  return {.syncs = ticker(rocksdb::WAL_FILE_SYNCED),
          .wal_bytes = ticker(rocksdb::WAL_FILE_BYTES),
          .flush_bytes = ticker(rocksdb::FLUSH_WRITE_BYTES),
          .compaction_bytes = ticker(rocksdb::COMPACT_WRITE_BYTES)};
}

}  // namespace store
