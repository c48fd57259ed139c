// Compacts the database of a store that is stopped, as RocksDB does by itself in time.
#include <rocksdb/db.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

void require(const rocksdb::Status& status) {
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    std::exit(1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const rocksdb::Options options;
  std::vector<std::string> names;
  require(rocksdb::DB::ListColumnFamilies(options, argv[1], &names));
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, options);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* database = nullptr;
  require(rocksdb::DB::Open(options, argv[1], families, &handles, &database));
  rocksdb::CompactRangeOptions all;
  all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    require(database->CompactRange(all, handle, nullptr, nullptr));
    require(database->DestroyColumnFamilyHandle(handle));
  }
  require(database->Close());
  delete database;
  return 0;
}
