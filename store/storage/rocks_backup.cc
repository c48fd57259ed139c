#include "rocks_backup.h"

#include <rocksdb/utilities/backup_engine.h>

#include <filesystem>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "rocks_database.h"
#include "rocks_storage.h"

namespace store {
namespace {

void require(const rocksdb::Status& status, const std::string& directory, const char* doing) {
  if (status.IsNoSpace()) {
    throw NoRoom(directory + ": " + doing + ": " + status.ToString());
  }
  if (!status.ok()) {
    throw StorageError(directory + ": " + doing + ": " + status.ToString());
  }
}

rocksdb::BackupEngineOptions options_of(const std::string& directory) {
  return rocksdb::BackupEngineOptions(directory);  // files are shared, with checksums, and synced
}

std::vector<rocksdb::BackupInfo> infos_of(const rocksdb::BackupEngineReadOnlyBase& engine) {
  std::vector<rocksdb::BackupInfo> infos;
  engine.GetBackupInfo(&infos);
  return infos;
}

std::optional<rocksdb::BackupID> find(const rocksdb::BackupEngineReadOnlyBase& engine,
                                      const std::string& name) {
  for (const rocksdb::BackupInfo& info : infos_of(engine)) {
    if (info.app_metadata == name) {
      return info.backup_id;
    }
  }
  return std::nullopt;
}

std::uint64_t bytes_in(const std::string& directory) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    bytes += entry.is_regular_file() ? entry.file_size() : 0;
  }
  return bytes;
}

// By number and size, which is how a shared file is named: <number>_<...>_<size>.sst
std::set<std::pair<std::string, std::string>> shared_tables(const std::string& directory) {
  std::set<std::pair<std::string, std::string>> tables;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(directory, none)) {
    const std::string name = entry.path().stem().string();
    tables.emplace(name.substr(0, name.find('_')), name.substr(name.rfind('_') + 1));
  }
  return tables;
}

// What a backup would add at most.
std::uint64_t bytes_to_add(rocksdb::DB& db, const std::string& directory) {
  rocksdb::LiveFilesStorageInfoOptions options;
  options.wal_size_for_flush = UINT64_MAX;
  std::vector<rocksdb::LiveFileStorageInfo> files;
  require(db.GetLiveFilesStorageInfo(options, &files), directory, "listing the files");
  const auto shared = shared_tables(directory + "/shared_checksum");
  std::uint64_t bytes = 0;
  for (const rocksdb::LiveFileStorageInfo& file : files) {
    const std::string number = std::filesystem::path(file.relative_filename).stem().string();
    const bool is_there = file.file_type == rocksdb::FileType::kTableFile &&
                          shared.contains({number, std::to_string(file.size)});
    bytes += is_there ? 0 : file.size;
  }
  return bytes;
}

}  // namespace

struct RocksBackup::Implementation {
  std::string directory;
  std::unique_ptr<rocksdb::BackupEngine> engine;
};

RocksBackup::RocksBackup(const std::string& directory,
                         const std::function<bool(const std::string&)>& is_kept)
    : implementation_(std::make_unique<Implementation>()) {
  rocksdb::BackupEngine* engine = nullptr;
  const auto status =
      rocksdb::BackupEngine::Open(options_of(directory), rocksdb::Env::Default(), &engine);
  implementation_->directory = directory;
  implementation_->engine.reset(engine);
  require(status, directory, "opening the backups");
  for (const rocksdb::BackupInfo& info : infos_of(*engine)) {
    if (!is_kept(info.app_metadata)) {
      require(engine->DeleteBackup(info.backup_id), directory, "deleting a backup");
    }
  }
  require(engine->GarbageCollect(), directory, "deleting what no backup has");
}

RocksBackup::~RocksBackup() = default;

RocksBackup::Made RocksBackup::make(const RocksStorage& storage, const std::string& name,
                                    std::uint64_t reserve) {
  rocksdb::DB& db = storage.database().db();
  const std::string& directory = implementation_->directory;
  rocksdb::BackupEngine& engine = *implementation_->engine;
  const std::uint64_t free = std::filesystem::space(directory).available;
  if (const std::uint64_t adds = bytes_to_add(db, directory); free < reserve + adds) {
    throw NoRoom(directory + ": has " + std::to_string(free >> 20) + " MiB free; " +
                 std::to_string((adds >> 20) + 1) + " are needed, and " +
                 std::to_string(reserve >> 20) + " have to stay free");
  }
  const std::uint64_t before = bytes_in(directory);
  rocksdb::CreateBackupOptions options;
  options.flush_before_backup = false;  // the log has what is not in the tables
  rocksdb::BackupID id = 0;
  require(engine.CreateNewBackupWithMetadata(options, &db, name, &id), directory,
          "writing the backup");
  const std::uint64_t after = bytes_in(directory);
  if (const auto status = engine.VerifyBackup(id, true); !status.ok()) {
    engine.DeleteBackup(id).PermitUncheckedError();
    require(status, directory, "reading the backup again");
  }
  rocksdb::BackupInfo info;
  require(engine.GetBackupInfo(id, &info), directory, "reading the backup again");
  return {info.size, after - std::min(before, after)};
}

void RocksBackup::stop() { implementation_->engine->StopBackup(); }

void RocksBackup::restore(const std::string& directory, const std::string& name,
                          const std::string& database) {
  rocksdb::BackupEngineReadOnly* opened = nullptr;
  const auto status =
      rocksdb::BackupEngineReadOnly::Open(options_of(directory), rocksdb::Env::Default(), &opened);
  const std::unique_ptr<rocksdb::BackupEngineReadOnly> engine(opened);
  require(status, directory, "opening the backups");
  const auto id = find(*engine, name);
  if (!id) {
    throw StorageError(directory + ": has no whole backup " + name);
  }
  require(engine->VerifyBackup(*id, true), directory, "reading the backup");
  require(engine->RestoreDBFromBackup(*id, database, database), directory, "restoring");
}

}  // namespace store
