#include "code_bytes.h"

#include "record.h"

namespace store {

std::size_t CodeBytes::note(Entry& entry) {
  if (auto* added = std::get_if<CodeAdded>(&entry.change)) {
    const std::size_t bytes = added->content.size();
    noted_[{entry.job.datasource, added->hash}] = std::move(added->content);
    return bytes;
  }
  if (const auto* removed = std::get_if<CodeRemoved>(&entry.change)) {
    noted_[{entry.job.datasource, removed->hash}] = std::nullopt;
  }
  return 0;
}

void CodeBytes::note_dropped(DatasourceIndex datasource) {
  noted_.erase(noted_.lower_bound({datasource, {}}),
               datasource == UINT32_MAX ? noted_.end() : noted_.lower_bound({datasource + 1, {}}));
}

void CodeBytes::write(CheckpointBatch& batch) {
  for (auto& [key, bytes] : noted_) {
    batch.writes.push_back({code_bytes_key(key.first, key.second), std::move(bytes)});
  }
  noted_.clear();
}

std::string CodeBytes::read(DatasourceIndex datasource, const std::string& hash) const {
  const auto noted = noted_.find({datasource, hash});
  auto bytes = noted == noted_.end() ? storage_.read_checkpoint(code_bytes_key(datasource, hash))
                                     : noted->second;
  if (!bytes) {
    throw StorageError("the bytes of code " + hash + " are missing");
  }
  return *std::move(bytes);
}

}  // namespace store
