// The database as RocksDB sees it: how it is opened, and how its errors are told. Only for
// rocks_*.cc.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/metadata.h>
#include <rocksdb/statistics.h>

#include <memory>
#include <string>
#include <vector>

#include "storage.h"

namespace store {

// RocksDB's own log, kept out of the directory: of its lines, only the last that names a file.
class InfoLog;

class RocksDatabase {
 public:
  enum class Access { kRead, kWrite, kCreate };
  struct Options {
    Access access = Access::kRead;
    // Reads the log up to where it is damaged; else damage before its end is an error.
    bool up_to_damage = false;
  };

  // Throws StorageError. With Access::kRead nothing in the directory is changed.
  RocksDatabase(std::string directory, const Options& options);
  ~RocksDatabase();
  RocksDatabase(const RocksDatabase&) = delete;
  RocksDatabase& operator=(const RocksDatabase&) = delete;

  // For a walk over many records: they would only drive others out of the cache.
  static rocksdb::ReadOptions once();

  // As RocksStorage::files_max().
  static int files_max();

  rocksdb::DB& db() const { return *db_; }
  rocksdb::ColumnFamilyHandle* store() const { return families_[0]; }  // what the database is
  rocksdb::ColumnFamilyHandle* journal() const { return families_[1]; }
  rocksdb::ColumnFamilyHandle* checkpoint() const { return families_[2]; }
  std::uint64_t ticker(std::uint32_t type) const { return statistics_->getTickerCount(type); }

  // Merges small tables that follow each other where they have become many: each start and each end
  // makes one in each family, however little there was to write.
  void merge_small_tables();
  // Whether many bytes of the checkpoint were flushed and not merged since, or let go of.
  bool has_much_to_merge() const;
  // Whether one flushed table is reason enough to merge, by RocksDB's own threads: then what is
  // dead in them, and in those that they are merged with, goes. Else many have to wait.
  void merge_soon(bool soon);

  // Throws StorageError unless the status is good: with the name of a file where there is one.
  void require(const rocksdb::Status& status, const char* doing) const;
  // What RocksDB said last of a file that is damaged; empty if it did not.
  std::string complaint() const;

 private:
  void merge_small_tables(rocksdb::ColumnFamilyHandle* family, const rocksdb::LevelMetaData& level);
  std::string named(const rocksdb::Status& status) const;

  const std::string directory_;
  const std::shared_ptr<rocksdb::Statistics> statistics_;
  const std::shared_ptr<InfoLog> log_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  bool merges_soon_ = false;
};

}  // namespace store
