// The bytes of code that jobs name: in memory until the next checkpoint, then on disk alone.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "changes.h"
#include "storage.h"

namespace store {

class CodeBytes {
 public:
  // `storage` must outlive this.
  explicit CodeBytes(const Storage& storage) : storage_(storage) {}

  // Takes the bytes out of an entry that adds code. Returns how many are held for it until the next
  // write.
  std::size_t note(Entry& entry);
  // Nothing of the datasource is there any more.
  void note_dropped(DatasourceIndex datasource);

  // Moves what is noted into the batch.
  void write(CheckpointBatch& batch);

  // REQUIRES: it is there.
  std::string read(DatasourceIndex datasource, const std::string& hash) const;

 private:
  using Key = std::pair<DatasourceIndex, std::string>;

  const Storage& storage_;
  std::map<Key, std::optional<std::string>> noted_;  // nothing: it was removed
};

}  // namespace store
