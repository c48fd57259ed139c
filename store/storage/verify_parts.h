// The parts of verify(). Each throws StorageError that names the first record that does not fit.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "record.h"
#include "state.h"
#include "storage.h"

namespace store {

// Each record of the checkpoint, read and compared with the state that was made of them all.
// Returns how many there are.
std::uint64_t verify_records(const Storage& storage, const State& state);

// The events that the checkpoint has: without a gap, and each found by its client. Returns how
// many.
std::uint64_t verify_events(const Storage& storage, const State& state);

// Reads events of the checkpoint by number, mostly one after the other.
class EventPages {
 public:
  explicit EventPages(const Storage& storage) : storage_(storage) {}
  // nullptr when there is none.
  const Event* find(DatasourceIndex datasource, Sequence sequence);

 private:
  const Storage& storage_;
  std::map<DatasourceIndex, std::vector<Event>> pages_;
};

}  // namespace store
