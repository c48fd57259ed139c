// Values that many jobs share, held once with a reference count: jobs hold a number instead.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "invariant.h"

namespace store {

template <typename Value>
class Interned {
 public:
  using Index = std::uint32_t;

  // Each acquire() wants a release() of the same index.
  Index acquire(const Value& value) {
    auto found = indexes_.find(value);
    if (found == indexes_.end()) {
      Index index = static_cast<Index>(held_.size());
      if (free_.empty()) {
        held_.emplace_back();
      } else {
        index = free_.back();
        free_.pop_back();
      }
      found = indexes_.emplace(value, index).first;
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

  const Value& operator[](Index index) const { return *held_[index].value; }

 private:
  struct Held {
    const Value* value = nullptr;
    std::uint64_t count = 0;
  };
  std::map<Value, Index> indexes_;
  std::vector<Held> held_;
  std::vector<Index> free_;
};

}  // namespace store
