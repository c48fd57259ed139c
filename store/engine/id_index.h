// Finds a job by datasource and id: open addressing with linear probing over slots, since a table
// with a node for each job would take more memory than the job's own facts. At most half full.
#pragma once

#include <xxhash.h>

#include <deque>
#include <string_view>
#include <vector>

#include "invariant.h"
#include "job.h"

namespace store {

class IdIndex {
 public:
  // `seed` keeps clients from choosing ids that collide. `jobs` must outlive the index.
  IdIndex(const std::deque<Job>& jobs, std::uint64_t seed) : jobs_(&jobs), seed_(seed) {}

  // kNoSlot when unknown.
  Slot find(DatasourceIndex datasource, std::string_view id) const {
    return table_[place_of(datasource, id)];
  }

  // REQUIRES: no job of the same datasource and id is in the index.
  void insert(Slot slot) {
    if (2 * (count_ + 1) > table_.size()) {
      grow();
    }
    const Job& job = (*jobs_)[slot];
    Slot& place = table_[place_of(job.key.datasource, job.id)];
    INVARIANT(place == kNoSlot, job.id);
    place = slot;
    ++count_;
  }

  void erase(Slot slot) {
    const Job& job = (*jobs_)[slot];
    std::size_t hole = place_of(job.key.datasource, job.id);
    INVARIANT(table_[hole] == slot, job.id);
    --count_;
    // What stands behind the hole moves up if it may: no search then ends too early.
    for (std::size_t next = after(hole); table_[next] != kNoSlot; next = after(next)) {
      const std::size_t home = home_of(table_[next]);
      if (((next - home) & mask()) >= ((next - hole) & mask())) {
        table_[hole] = table_[next];
        hole = next;
      }
    }
    table_[hole] = kNoSlot;
  }

 private:
  std::size_t mask() const { return table_.size() - 1; }
  std::size_t after(std::size_t place) const { return (place + 1) & mask(); }
  std::size_t home(DatasourceIndex datasource, std::string_view id) const {
    return XXH3_64bits_withSeed(id.data(), id.size(), seed_ + datasource) & mask();
  }
  std::size_t home_of(Slot slot) const {
    const Job& job = (*jobs_)[slot];
    return home(job.key.datasource, job.id);
  }
  // Where the job stands, or the free place where it would.
  std::size_t place_of(DatasourceIndex datasource, std::string_view id) const {
    std::size_t place = home(datasource, id);
    for (; table_[place] != kNoSlot; place = after(place)) {
      const Job& job = (*jobs_)[table_[place]];
      if (job.key.datasource == datasource && job.id == id) {
        break;
      }
    }
    return place;
  }
  void grow() {
    std::vector<Slot> old(2 * table_.size(), kNoSlot);
    old.swap(table_);
    for (const Slot slot : old) {
      if (slot != kNoSlot) {
        std::size_t place = home_of(slot);
        while (table_[place] != kNoSlot) {
          place = after(place);
        }
        table_[place] = slot;
      }
    }
  }

  const std::deque<Job>* jobs_;
  std::uint64_t seed_;
  std::vector<Slot> table_ = std::vector<Slot>(64, kNoSlot);
  std::size_t count_ = 0;
};

}  // namespace store
