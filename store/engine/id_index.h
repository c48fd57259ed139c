// Finds a job by datasource and id: open addressing with linear probing over slots, since a table
// with a node for each job would take more memory than the job's own facts. A part of each hash
// stands beside the slot, so that a search looks at no job but the one that it finds. At most three
// quarters full, and an eighth at least.
#pragma once

#include <xxhash.h>

#include <string_view>
#include <vector>

#include "invariant.h"
#include "job_slots.h"

namespace store {

class IdIndex {
 public:
  // `seed` keeps clients from choosing ids that collide. `jobs` must outlive the index.
  IdIndex(const JobSlots& jobs, std::uint64_t seed) : jobs_(&jobs), seed_(seed) {}

  // kNoSlot when unknown.
  Slot find(DatasourceIndex datasource, std::string_view id) const {
    return table_[place_of(datasource, id)].slot;
  }

  // REQUIRES: no job of the same datasource and id is in the index.
  void insert(Slot slot) {
    if (4 * (count_ + 1) > 3 * table_.size()) {
      resize(2 * table_.size());
    }
    const Job& job = (*jobs_)[slot];
    Place& place = table_[place_of(job.key.datasource, job.id)];
    INVARIANT(place.slot == kNoSlot, job.id);
    place = {slot, hash_of(job.key.datasource, job.id)};
    ++count_;
  }

  void erase(Slot slot) {
    const Job& job = (*jobs_)[slot];
    std::size_t hole = place_of(job.key.datasource, job.id);
    INVARIANT(table_[hole].slot == slot, job.id);
    --count_;
    // What stands behind the hole moves up if it may: no search then ends too early.
    for (std::size_t next = after(hole); table_[next].slot != kNoSlot; next = after(next)) {
      const std::size_t home = table_[next].hash & mask();
      if (((next - home) & mask()) >= ((next - hole) & mask())) {
        table_[hole] = table_[next];
        hole = next;
      }
    }
    table_[hole] = Place();
    if (table_.size() > kSizeMin && 8 * count_ < table_.size()) {
      resize(table_.size() / 2);
    }
  }

 private:
  static constexpr std::size_t kSizeMin = 64;
  struct Place {
    Slot slot = kNoSlot;
    std::uint32_t hash = 0;
  };

  std::size_t mask() const { return table_.size() - 1; }
  std::size_t after(std::size_t place) const { return (place + 1) & mask(); }
  std::uint32_t hash_of(DatasourceIndex datasource, std::string_view id) const {
    return static_cast<std::uint32_t>(
        XXH3_64bits_withSeed(id.data(), id.size(), seed_ + datasource));
  }
  // Where the job stands, or the free place where it would.
  std::size_t place_of(DatasourceIndex datasource, std::string_view id) const {
    const std::uint32_t hash = hash_of(datasource, id);
    std::size_t place = hash & mask();
    for (; table_[place].slot != kNoSlot; place = after(place)) {
      if (table_[place].hash == hash) {
        const Job& job = (*jobs_)[table_[place].slot];
        if (job.key.datasource == datasource && job.id == id) {
          break;
        }
      }
    }
    return place;
  }
  void resize(std::size_t size) {
    std::vector<Place> old(size);
    old.swap(table_);
    for (const Place& moved : old) {
      if (moved.slot != kNoSlot) {
        std::size_t place = moved.hash & mask();
        while (table_[place].slot != kNoSlot) {
          place = after(place);
        }
        table_[place] = moved;
      }
    }
  }

  const JobSlots* jobs_;
  std::uint64_t seed_;
  std::vector<Place> table_ = std::vector<Place>(kSizeMin);
  std::size_t count_ = 0;
};

}  // namespace store
