// Slots by due time: a binary heap that knows where each job stands (Job::timer_place), so that
// moving or dropping a deadline is O(log n) and leaves nothing stale behind. Ties go to the older
// job, so that the order never depends on the heap's history.
#pragma once

#include <vector>

#include "invariant.h"
#include "job_slots.h"

namespace store {

class DeadlineHeap {
 public:
  explicit DeadlineHeap(JobSlots& jobs) : jobs_(&jobs) {}

  void add(Slot slot) {
    heap_.push_back(slot);
    place(heap_.size() - 1, slot);
    up(heap_.size() - 1);
  }

  void erase(Slot slot) {
    const std::size_t hole = (*jobs_)[slot].timer_place;
    INVARIANT(hole < heap_.size() && heap_[hole] == slot, slot);
    (*jobs_)[slot].timer_place = UINT32_MAX;
    const Slot last = heap_.back();
    heap_.pop_back();
    if (last != slot) {
      place(hole, last);
      up(hole);
      down((*jobs_)[last].timer_place);
    }
  }

  // The job's due time has changed.
  void update(Slot slot) {
    up((*jobs_)[slot].timer_place);
    down((*jobs_)[slot].timer_place);
  }

  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  Slot top() const { return heap_.front(); }
  // In no order that means anything.
  const std::vector<Slot>& slots() const { return heap_; }
  Time next() const { return empty() ? Time::max() : timer_at((*jobs_)[top()]); }

 private:
  bool before(Slot a, Slot b) const {
    const Job& left = (*jobs_)[a];
    const Job& right = (*jobs_)[b];
    const Time left_due = timer_at(left);
    const Time right_due = timer_at(right);
    return left_due != right_due ? left_due < right_due : left.key < right.key;
  }
  void place(std::size_t at, Slot slot) {
    heap_[at] = slot;
    (*jobs_)[slot].timer_place = static_cast<std::uint32_t>(at);
  }
  void up(std::size_t at) {
    const Slot slot = heap_[at];
    while (at > 0 && before(slot, heap_[(at - 1) / 2])) {
      place(at, heap_[(at - 1) / 2]);
      at = (at - 1) / 2;
    }
    place(at, slot);
  }
  void down(std::size_t at) {
    const Slot slot = heap_[at];
    for (;;) {
      std::size_t child = 2 * at + 1;
      if (child >= heap_.size()) {
        break;
      }
      if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) {
        ++child;
      }
      if (!before(heap_[child], slot)) {
        break;
      }
      place(at, heap_[child]);
      at = child;
    }
    place(at, slot);
  }

  JobSlots* jobs_;
  std::vector<Slot> heap_;
};

}  // namespace store
