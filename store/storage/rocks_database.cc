#include "rocks_database.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <utility>

#include "mutex.h"

namespace store {
namespace {

constexpr std::uint64_t kSmallTableBytes = 1u << 20;
constexpr std::size_t kSmallTablesMax = 8;  // beside each other
// So many files that were flushed wait until they are merged, with what was merged before.
constexpr std::size_t kFilesToMerge = 48;
constexpr std::size_t kFilesToMergeSoon = 1;
// They are much to merge from so many bytes on, and such a part of the whole family.
constexpr std::uint64_t kYoungBytesMin = 8u << 20;
constexpr std::uint64_t kYoungPart = 16;

bool names_file(std::string_view text) {
  return text.find(".sst") != std::string_view::npos ||
         text.find(".log") != std::string_view::npos ||
         text.find("MANIFEST-") != std::string_view::npos ||
         text.find("/CURRENT") != std::string_view::npos;
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
  options.write_buffer_size = 16u << 20;  // a log is given a little more than that at once
  options.max_write_buffer_number = 3;
  options.compression_per_level = {rocksdb::kNoCompression, rocksdb::kNoCompression,
                                   rocksdb::kLZ4Compression};
  options.level0_file_num_compaction_trigger = static_cast<int>(kFilesToMerge);
  // Or they are merged sooner.
  options.max_bytes_for_level_base = kFilesToMerge * options.write_buffer_size;
  options.periodic_compaction_seconds = 24 * 60 * 60;  // deleted secrets leave the files within it
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

// Files of turns follow each other, so that they sink to level 1 unread; only there are they
// deleted when they are trimmed.
rocksdb::ColumnFamilyOptions journal_options(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options = family_options(cache);
  options.level0_file_num_compaction_trigger = 2;
  return options;
}

// Gives a log its length when it gives it its room: a sync then has the data to write and, mostly,
// no new length, which takes a file system a third less time. Behind the end there are zeros.
class LongLogs : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "LongLogs"; }
  rocksdb::FileOptions OptimizeForLogWrite(const rocksdb::FileOptions& file_options,
                                           const rocksdb::DBOptions& db_options) const override {
    auto options = FileSystemWrapper::OptimizeForLogWrite(file_options, db_options);
    options.fallocate_with_keep_size = false;
    return options;
  }
};

rocksdb::Env* environment() {
  static const auto kMade =
      rocksdb::NewCompositeEnv(std::make_shared<LongLogs>(rocksdb::FileSystem::Default()));
  return kMade.get();
}

rocksdb::DBOptions database_options(const RocksDatabase::Options& opening) {
  const bool creates = opening.access == RocksDatabase::Access::kCreate;
  rocksdb::DBOptions options;
  options.create_if_missing = creates;
  options.create_missing_column_families = creates;
  // One thread writes, so the machinery for many costs without gain.
  options.allow_concurrent_memtable_write = false;
  options.max_background_jobs = 2;
  options.env = environment();
  options.max_open_files = RocksDatabase::files_max();
  // Of 16 threads for each family, most would be gone again before they had found a file to open.
  options.max_file_opening_threads = 1;
  // Every record is synced, so only the last one may be torn; anything else is damage, to be told.
  options.wal_recovery_mode = opening.up_to_damage
                                  ? rocksdb::WALRecoveryMode::kPointInTimeRecovery
                                  : rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_total_wal_size = 128u << 20;
  options.bytes_per_sync = 1u << 20;
  return options;
}

// The first table that is damaged, and how; empty if none is.
std::string damaged_table(const std::string& directory) {
  std::error_code unreadable;
  for (const auto& file : std::filesystem::directory_iterator(directory, unreadable)) {
    if (file.path().extension() == ".sst") {
      rocksdb::SstFileReader table({});
      auto status = table.Open(file.path());
      status = status.ok() ? table.VerifyChecksum() : status;
      if (!status.ok()) {
        return file.path().string() + ": " + status.ToString();
      }
    }
  }
  return {};
}

}  // namespace

class InfoLog : public rocksdb::Logger {
 public:
  InfoLog() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, std::va_list arguments) override {
    std::array<char, 512> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    if (names_file(line.data())) {
      const jobq::MutexLock lock(mutex_);
      last_ = line.data();
    }
  }
  std::string last() const {
    const jobq::MutexLock lock(mutex_);
    return last_;
  }

 private:
  mutable jobq::Mutex mutex_;  // RocksDB's own threads write too
  std::string last_ GUARDED_BY(mutex_);
};

rocksdb::ReadOptions RocksDatabase::once() {
  rocksdb::ReadOptions options;
  options.readahead_size = 256u << 10;
  options.fill_cache = false;
  return options;
}

int RocksDatabase::files_max() {
  constexpr rlim_t kMin = 20;  // RocksDB takes no less
  constexpr rlim_t kMax = 1u << 20;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<int>(std::clamp(limit.rlim_cur / 4, kMin, kMax));
}

RocksDatabase::RocksDatabase(std::string directory, const Options& opening)
    : directory_(std::move(directory)),
      statistics_(rocksdb::CreateDBStatistics()),
      log_(std::make_shared<InfoLog>()) {
  statistics_->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
  rocksdb::DBOptions options = database_options(opening);
  options.statistics = statistics_;
  options.info_log = log_;
  const auto cache = rocksdb::NewLRUCache(16u << 20);
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, family_options(cache)},
      {"journal", journal_options(cache)},
      {"derived", checkpoint_options(cache)}};
  rocksdb::DB* db = nullptr;
  const auto status =
      opening.access == Access::kRead
          ? rocksdb::DB::OpenForReadOnly(options, directory_, families, &families_, &db)
          : rocksdb::DB::Open(options, directory_, families, &families_, &db);
  db_.reset(db);
  require(status, "opening the database");
}

RocksDatabase::~RocksDatabase() {
  if (db_) {
    for (auto* family : families_) {
      db_->DestroyColumnFamilyHandle(family);
    }
    db_->Close();
  }
}

void RocksDatabase::merge_small_tables() {
  for (auto* family : {journal(), checkpoint()}) {
    rocksdb::ColumnFamilyMetaData tables;
    db_->GetColumnFamilyMetaData(family, &tables);
    for (const rocksdb::LevelMetaData& level : tables.levels) {
      merge_small_tables(family, level);
    }
  }
}

void RocksDatabase::merge_small_tables(rocksdb::ColumnFamilyHandle* family,
                                       const rocksdb::LevelMetaData& level) {
  rocksdb::CompactionOptions options;
  options.compression = rocksdb::kDisableCompressionOption;  // as the family has it
  std::vector<std::string> together;
  const auto merge = [&] {
    if (together.size() >= kSmallTablesMax) {
      const auto status = db_->CompactFiles(options, family, together, level.level);
      if (!status.IsAborted()) {  // RocksDB is about to move one of them itself
        require(status, "merging small tables");
      }
    }
    together.clear();
  };
  for (const rocksdb::SstFileMetaData& table : level.files) {
    if (table.size < kSmallTableBytes) {
      together.push_back(table.name);
    } else {
      merge();
    }
  }
  merge();
}

bool RocksDatabase::has_much_to_merge() const {
  rocksdb::ColumnFamilyMetaData tables;
  db_->GetColumnFamilyMetaData(checkpoint(), &tables);
  std::uint64_t records = 1;
  for (const rocksdb::LevelMetaData& level : tables.levels) {
    for (const rocksdb::SstFileMetaData& table : level.files) {
      records += table.num_entries - table.num_deletions;
    }
  }
  const rocksdb::LevelMetaData& young = tables.levels.front();
  std::uint64_t bytes = young.size;
  for (const rocksdb::SstFileMetaData& table : young.files) {
    bytes += table.num_deletions * (tables.size / records);  // what they let go of
  }
  return bytes >= kYoungBytesMin && bytes >= tables.size / kYoungPart;
}

void RocksDatabase::merge_soon(bool soon) {
  if (soon == merges_soon_) {
    return;
  }
  const std::size_t files = soon ? kFilesToMergeSoon : kFilesToMerge;
  require(db_->SetOptions(checkpoint(),
                          {{"level0_file_num_compaction_trigger", std::to_string(files)}}),
          "merging tables");
  merges_soon_ = soon;
}

void RocksDatabase::require(const rocksdb::Status& status, const char* doing) const {
  if (!status.ok()) {
    throw StorageError(directory_ + ": " + doing + ": " + named(status));
  }
}

std::string RocksDatabase::complaint() const { return log_->last(); }

std::string RocksDatabase::named(const rocksdb::Status& status) const {
  std::string text = status.ToString();
  // Where a table is missing, RocksDB looks under its old name last.
  for (std::size_t at = 0; (at = text.find(".ldb", at)) != std::string::npos;) {
    text.replace(at, 4, ".sst");
  }
  // What is wrong with a table is blamed on the list of them.
  if (status.IsCorruption() && text.find(".sst") == std::string::npos) {
    if (const std::string table = damaged_table(directory_); !table.empty()) {
      return table;
    }
  }
  const std::string last = complaint();
  if (!names_file(text) && !last.empty()) {
    text += " (" + last + ")";
  }
  return text;
}

}  // namespace store
