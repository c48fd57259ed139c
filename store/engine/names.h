// Interned names (clients, workers) with reference counts: jobs hold a number instead of a text.
#pragma once

#include <xxhash.h>

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "invariant.h"
#include "job.h"

namespace store {

class Names {
 public:
  // `seed` keeps clients from choosing names that collide.
  explicit Names(std::uint64_t seed) : indexes_(16, TextHash{seed}) {}

  // Each acquire() wants a release() of the same index.
  NameIndex acquire(std::string_view name) {
    auto found = indexes_.find(name);
    if (found == indexes_.end()) {
      NameIndex index;
      if (free_.empty()) {
        index = static_cast<NameIndex>(names_.size());
        names_.push_back({});
      } else {
        index = free_.back();
        free_.pop_back();
      }
      found = indexes_.emplace(std::string(name), index).first;
      names_[index] = {&found->first, 0};
    }
    ++names_[found->second].count;
    return found->second;
  }

  void release(NameIndex index) {
    INVARIANT(index < names_.size() && names_[index].count > 0, index);
    if (--names_[index].count == 0) {
      indexes_.erase(indexes_.find(*names_[index].name));
      names_[index].name = nullptr;
      free_.push_back(index);
    }
  }

  const std::string& operator[](NameIndex index) const { return *names_[index].name; }

  template <typename Visit>
  void walk(Visit visit) const {
    for (const auto& [name, index] : indexes_) {
      visit(name);
    }
  }

  // kNoSlot when nobody holds the name.
  NameIndex find(std::string_view name) const {
    const auto found = indexes_.find(name);
    return found == indexes_.end() ? kNoSlot : found->second;
  }

 private:
  struct TextHash {
    using is_transparent = void;
    std::uint64_t seed;
    std::size_t operator()(std::string_view text) const {
      return XXH3_64bits_withSeed(text.data(), text.size(), seed);
    }
  };
  struct Held {
    const std::string* name = nullptr;
    std::uint64_t count = 0;
  };
  std::unordered_map<std::string, NameIndex, TextHash, std::equal_to<>> indexes_;
  std::vector<Held> names_;
  std::vector<NameIndex> free_;
};

}  // namespace store
