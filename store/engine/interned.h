// Values that many jobs share, held once with a reference count: jobs hold a number instead.
#pragma once

#include <xxhash.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "invariant.h"
#include "job.h"

namespace store {

// `Map`: from values to their numbers; its nodes do not move.
template <typename Map>
class Interned {
 public:
  using Value = typename Map::key_type;
  using Index = std::uint32_t;

  explicit Interned(Map empty = {}) : indexes_(std::move(empty)) {}

  // Each acquire() wants a release() of the same index.
  template <typename Like>
  Index acquire(const Like& value) {
    auto found = indexes_.find(value);
    if (found == indexes_.end()) {
      Index index = static_cast<Index>(held_.size());
      if (free_.empty()) {
        held_.emplace_back();
      } else {
        index = free_.back();
        free_.pop_back();
      }
      found = indexes_.emplace(Value(value), index).first;
      held_[index] = {&found->first, 0};
    }
    ++held_[found->second].count;
    return found->second;
  }

  void release(Index index) {
    INVARIANT(index < held_.size() && held_[index].count > 0, index);
    if (--held_[index].count == 0) {
      indexes_.erase(indexes_.find(*held_[index].value));
      held_[index].value = nullptr;
      free_.push_back(index);
    }
  }

  // Good as long as somebody holds the value.
  const Value& operator[](Index index) const { return *held_[index].value; }

  // kNoSlot when nobody holds the value.
  template <typename Like>
  Index find(const Like& value) const {
    const auto found = indexes_.find(value);
    return found == indexes_.end() ? kNoSlot : found->second;
  }

  // In no order that means anything.
  const Map& all() const { return indexes_; }

 private:
  struct Held {
    const Value* value = nullptr;
    std::uint64_t count = 0;
  };
  Map indexes_;
  std::vector<Held> held_;
  std::vector<Index> free_;
};

template <typename Value>
using InternedValues = Interned<std::map<Value, std::uint32_t>>;

// `seed` keeps clients from choosing names that collide.
struct SeededHash {
  using is_transparent = void;  // NOLINT: the library's name
  std::uint64_t seed;
  std::size_t operator()(std::string_view text) const {
    return XXH3_64bits_withSeed(text.data(), text.size(), seed);
  }
};
using NameMap = std::unordered_map<std::string, std::uint32_t, SeededHash, std::equal_to<>>;
class InternedNames : public Interned<NameMap> {
 public:
  explicit InternedNames(std::uint64_t seed) : Interned(NameMap(16, SeededHash{seed})) {}
};

}  // namespace store
