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
  // `due` is the job's timer_at(), so that most comparisons do not look at jobs.
  struct Row {
    Time due{};
    Slot slot = kNoSlot;
  };

  explicit DeadlineHeap(JobSlots& jobs) : jobs_(&jobs) {}

  void add(Slot slot) {
    heap_.push_back({timer_at((*jobs_)[slot]), slot});
    up(heap_.size() - 1);
  }

  void erase(Slot slot) {
    const std::size_t hole = (*jobs_)[slot].timer_place;
    INVARIANT(hole < heap_.size() && heap_[hole].slot == slot, slot);
    (*jobs_)[slot].timer_place = UINT32_MAX;
    const Row last = heap_.back();
    heap_.pop_back();
    if (last.slot != slot) {
      heap_[hole] = last;
      move(hole);
    }
  }

  // The job's due time has changed.
  void update(Slot slot) {
    const std::size_t at = (*jobs_)[slot].timer_place;
    heap_[at].due = timer_at((*jobs_)[slot]);
    move(at);
  }

  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  Slot top() const { return heap_.front().slot; }
  // In no order that means anything.
  const std::vector<Row>& rows() const { return heap_; }
  Time next() const { return empty() ? Time::max() : heap_.front().due; }

 private:
  bool before(const Row& a, const Row& b) const {
    return a.due != b.due ? a.due < b.due : (*jobs_)[a.slot].key < (*jobs_)[b.slot].key;
  }
  void place(std::size_t at, const Row& row) {
    heap_[at] = row;
    (*jobs_)[row.slot].timer_place = static_cast<std::uint32_t>(at);
  }
  void move(std::size_t at) {
    const Slot slot = heap_[at].slot;
    up(at);
    down((*jobs_)[slot].timer_place);
  }
  void up(std::size_t at) {
    const Row row = heap_[at];
    while (at > 0 && before(row, heap_[(at - 1) / 2])) {
      place(at, heap_[(at - 1) / 2]);
      at = (at - 1) / 2;
    }
    place(at, row);
  }
  void down(std::size_t at) {
    const Row row = heap_[at];
    for (;;) {
      std::size_t child = 2 * at + 1;
      if (child >= heap_.size()) {
        break;
      }
      if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) {
        ++child;
      }
      if (!before(heap_[child], row)) {
        break;
      }
      place(at, heap_[child]);
      at = child;
    }
    place(at, row);
  }

  JobSlots* jobs_;
  std::vector<Row> heap_;
};

}  // namespace store
