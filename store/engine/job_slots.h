// Where jobs lie: in blocks that never move and are never given back. A deque of the library would
// take memory for each job apart, and a pointer to it.
#pragma once

#include <memory>
#include <vector>

#include "job.h"

namespace store {

class JobSlots {
 public:
  std::size_t size() const { return size_; }
  Job& operator[](Slot slot) { return blocks_[slot / kInBlock][slot % kInBlock]; }
  const Job& operator[](Slot slot) const { return blocks_[slot / kInBlock][slot % kInBlock]; }

  // One more, which is as new.
  Slot add() {
    if (size_ % kInBlock == 0) {
      blocks_.push_back(std::make_unique<Job[]>(kInBlock));
    }
    return static_cast<Slot>(size_++);
  }

 private:
  static constexpr std::size_t kInBlock = 256;

  std::vector<std::unique_ptr<Job[]>> blocks_;
  std::size_t size_ = 0;
};

}  // namespace store
