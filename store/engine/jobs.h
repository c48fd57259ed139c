// Where jobs are kept: a slot each, found by id, and in the order in which something falls due.
#pragma once

#include <algorithm>
#include <compare>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "deadline_heap.h"
#include "id_index.h"
#include "job_slots.h"

namespace store {

class Jobs {
 public:
  // `hash_seed` keeps clients from choosing ids that collide; it changes nothing that can be seen.
  explicit Jobs(std::uint64_t hash_seed)
      : ids_(slots_, hash_seed), leases_(slots_), waiting_(slots_), finished_(slots_) {}
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  const Job& at(Slot slot) const { return slots_[slot]; }
  Job& at(Slot slot) { return slots_[slot]; }
  // Whether that job is there. Any slot may be asked for, and no job has the sequence 0.
  bool has(Slot slot, JobKey key) const {
    return slot < slots_.size() && slots_[slot].key == key && key.sequence != 0;
  }
  // kNoSlot when unknown.
  Slot find(DatasourceIndex datasource, std::string_view id) const {
    return ids_.find(datasource, id);
  }
  std::size_t live_count() const { return slots_.size() - free_.size() - finished_.size(); }
  std::size_t finished_count() const { return finished_.size(); }

  // Leases by their end, waiting jobs by when they may run or expire, finished jobs by the end of
  // their time.
  const DeadlineHeap& leases() const { return leases_; }
  const DeadlineHeap& waiting() const { return waiting_; }
  const DeadlineHeap& finished() const { return finished_; }
  // The job that has been finished longest. REQUIRES: finished_count() > 0.
  const Job& oldest_finished() const { return slots_[finished_order_.front().slot]; }

  // REQUIRES: its datasource has no other of the id.
  Slot add(Job&& job) {
    Slot slot = kNoSlot;
    if (free_.empty()) {
      slot = slots_.add();
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    slots_[slot] = std::move(job);
    ids_.insert(slot);
    return slot;
  }

  // REQUIRES: it has no timer.
  void remove(Slot slot) {
    ids_.erase(slot);
    slots_[slot] = Job{};
    free_.push_back(slot);
    while (!finished_order_.empty() && !is_there(finished_order_.front())) {
      finished_order_.pop_front();
    }
    if (finished_order_.size() > 2 * finished_.size() + 1024) {
      std::erase_if(finished_order_, [this](const auto& job) { return !is_there(job); });
    }
  }

  // What is due by the job's status and times has changed.
  void set_timer(Slot slot) {
    Job& job = slots_[slot];
    DeadlineHeap& timers = timers_of(job.status);
    const bool is_due = due_at(job) != Time::max();
    if (job.timer_place == UINT32_MAX && is_due) {
      timers.add(slot);
    } else if (is_due) {
      timers.update(slot);
    } else {
      stop_timer(slot);
    }
  }
  // Before the status changes.
  void stop_timer(Slot slot) {
    if (slots_[slot].timer_place != UINT32_MAX) {
      timers_of(slots_[slot].status).erase(slot);
    }
  }

  // The job has finished: mostly later than all others, if it is not imported.
  void note_finished(Slot slot) {
    const Finished noted{slots_[slot].finished_at, slots_[slot].key, slot};
    finished_order_.insert(
        finished_order_.empty() || finished_order_.back() < noted
            ? finished_order_.end()
            : std::upper_bound(finished_order_.begin(), finished_order_.end(), noted),
        noted);
  }
  // For a start, which finds them in another order, and sorts them when it has all.
  void append_finished(Slot slot) {
    finished_order_.push_back({slots_[slot].finished_at, slots_[slot].key, slot});
  }
  void sort_finished() { std::sort(finished_order_.begin(), finished_order_.end()); }

  // For queues, which keep their links in the jobs.
  JobSlots& slots() { return slots_; }
  const JobSlots& slots() const { return slots_; }

 private:
  struct Finished {
    Time at{};
    JobKey key;
    Slot slot = kNoSlot;
    auto operator<=>(const Finished&) const = default;
  };

  bool is_there(const Finished& job) const { return slots_[job.slot].key == job.key; }
  DeadlineHeap& timers_of(Status status) {
    return status == Status::kAccepted ? leases_ : is_final(status) ? finished_ : waiting_;
  }

  JobSlots slots_;
  std::vector<Slot> free_;
  IdIndex ids_;
  DeadlineHeap leases_;
  DeadlineHeap waiting_;
  DeadlineHeap finished_;
  // In the order of finishing; may hold jobs that are gone, but not at its front.
  std::deque<Finished> finished_order_;
};

}  // namespace store
