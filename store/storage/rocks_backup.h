// Backups of a database, in a directory of their own: files that several have in common are there
// once, each with its checksum. A backup has a name.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "storage.h"

namespace store {

class RocksStorage;

// There is not enough room for one.
class NoRoom : public StorageError {
 public:
  using StorageError::StorageError;
};

class RocksBackup {
 public:
  struct Made {
    std::uint64_t bytes = 0;      // of all of its files
    std::uint64_t new_bytes = 0;  // of those that no older backup had
  };

  // Takes the directory, which is made if need be. Backups whose names `is_kept` does not know are
  // deleted. Throws StorageError, here and below.
  RocksBackup(const std::string& directory, const std::function<bool(const std::string&)>& is_kept);
  ~RocksBackup();

  // Writes a backup and reads it again, to compare checksums. It has all turns that `storage` had
  // at the call. May be called while another thread uses `storage`. Leaves `reserve` bytes of the
  // disk free, or throws NoRoom.
  Made make(const RocksStorage& storage, const std::string& name, std::uint64_t reserve);
  // Ends a make() of another thread, which throws.
  void stop();

  // Writes the database of a backup to a new directory, comparing checksums.
  static void restore(const std::string& directory, const std::string& name,
                      const std::string& database);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace store
