// Values that many jobs share, held once with a reference count: jobs hold a number instead. The
// memory of a value counts for the token that first brought it, until nobody holds the value.
#pragma once

#include <xxhash.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "invariant.h"
#include "job.h"
#include "shares.h"
#include "terms.h"

namespace store {

// What one takes of memory, about.
inline std::size_t bytes_of(std::string_view name) { return 128 + name.size(); }
inline std::size_t bytes_of(const std::vector<std::string>& tags) {
  std::size_t bytes = 128;
  for (const std::string& tag : tags) {
    bytes += 48 + tag.size();
  }
  return bytes;
}
inline std::size_t bytes_of(const Terms& terms) {
  return 64 + (terms.labels.empty() ? 96 : bytes_of(terms.labels));
}

// `Map`: from values to their numbers; its nodes do not move.
template <typename Map>
class Interned {
 public:
  using Value = typename Map::key_type;
  using Index = std::uint32_t;

  // `shares` must outlive this.
  explicit Interned(Shares& shares, Map empty = {})
      : indexes_(std::move(empty)), shares_(&shares) {}

  // Each acquire() wants a release() of the same index. `token`: who brings it.
  template <typename Like>
  Index acquire(const Like& value, std::string_view token) {
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
      held_[index] = {&found->first, 0, shares_->take(token, bytes_of(value))};
    }
    ++held_[found->second].count;
    return found->second;
  }

  void release(Index index) {
    INVARIANT(index < held_.size() && held_[index].count > 0, index);
    if (--held_[index].count == 0) {
      shares_->give(held_[index].payer, bytes_of(*held_[index].value));
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

  // What the value would take more than is held.
  template <typename Like>
  std::size_t new_bytes(const Like& value) const {
    return find(value) == kNoSlot ? bytes_of(value) : 0;
  }

  // For a start: nobody pays; then the first of those who hold the value does.
  void forget_payers() {
    for (Held& held : held_) {
      if (held.value != nullptr) {
        shares_->give(std::exchange(held.payer, nullptr), bytes_of(*held.value));
      }
    }
  }
  void pay(Index index, std::string_view token) {
    Held& held = held_[index];
    held.payer = held.payer == nullptr ? shares_->take(token, bytes_of(*held.value)) : held.payer;
  }

  // In no order that means anything.
  const Map& all() const { return indexes_; }

 private:
  struct Held {
    const Value* value = nullptr;
    std::uint64_t count = 0;
    Shares::Holder payer = nullptr;
  };
  Map indexes_;
  Shares* shares_;
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
  InternedNames(Shares& shares, std::uint64_t seed)
      : Interned(shares, NameMap(16, SeededHash{seed})) {}
};

}  // namespace store
