// Where jobs lie: in blocks that do not move, and are given back when all of their jobs have gone.
// A deque of the library would take memory for each job apart, and a pointer to it.
#pragma once

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "job.h"

namespace store {

class JobSlots {
 public:
  // With and without a job.
  std::size_t size() const { return size_; }
  std::size_t job_count() const { return size_ - free_.size(); }
  // Of memory that is held.
  std::size_t blocks_held() const { return blocks_held_; }

  // What is as new where there is no job: only to be looked at then. REQUIRES: slot < size().
  Job& operator[](Slot slot) { return (*blocks_[slot / kInBlock].jobs)[slot % kInBlock]; }
  const Job& operator[](Slot slot) const {
    return (*blocks_[slot / kInBlock].jobs)[slot % kInBlock];
  }

  Slot add(Job&& job) {
    Slot slot = kNoSlot;
    if (free_.empty()) {
      slot = static_cast<Slot>(size_++);
      blocks_.resize((size_ + kInBlock - 1) / kInBlock);
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    const std::size_t index = slot / kInBlock;
    spare_ = spare_ == index ? kNone : spare_;
    if (blocks_[index].own == nullptr) {
      blocks_[index].own = std::make_unique<Jobs>();
      blocks_[index].jobs = blocks_[index].own.get();
      ++blocks_held_;
    }
    ++blocks_[index].job_count;
    (*this)[slot] = std::move(job);
    return slot;
  }

  // REQUIRES: there is a job.
  void remove(Slot slot) {
    (*this)[slot] = Job();
    free_.push_back(slot);
    const std::size_t index = slot / kInBlock;
    if (--blocks_[index].job_count > 0) {
      return;
    }
    // One is kept, or a queue that is empty now and then would take and give one each time.
    if (spare_ == kNone) {
      spare_ = index;
      return;
    }
    blocks_[index] = Block();
    --blocks_held_;
  }

 private:
  static constexpr std::size_t kInBlock = 256;
  static constexpr std::size_t kNone = SIZE_MAX;
  using Jobs = std::array<Job, kInBlock>;
  struct Block {
    Jobs* jobs = &nobody();
    std::unique_ptr<Jobs> own;  // nothing where there is no job
    std::size_t job_count = 0;
  };

  // What is where no job is.
  static Jobs& nobody() {
    static Jobs jobs;
    return jobs;
  }

  std::vector<Block> blocks_;
  std::vector<Slot> free_;
  std::size_t size_ = 0;
  std::size_t spare_ = kNone;
  std::size_t blocks_held_ = 0;
};

}  // namespace store
