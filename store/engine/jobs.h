// Where jobs are kept: a slot each, found by id, and in the order in which something falls due.
#pragma once

#include <string_view>
#include <utility>

#include "deadline_heap.h"
#include "finished_jobs.h"
#include "id_index.h"
#include "job_slots.h"

namespace store {

class Jobs {
 public:
  // `hash_seed` keeps clients from choosing ids that collide; it changes nothing that can be seen.
  explicit Jobs(std::uint64_t hash_seed)
      : ids_(slots_, hash_seed),
        leases_(slots_),
        waiting_(slots_),
        finished_(slots_),
        finished_order_(slots_) {}
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
  std::size_t live_count() const { return slots_.job_count() - finished_.size(); }
  std::size_t finished_count() const { return finished_.size(); }

  // Leases by their end, waiting jobs by when they may run or expire, finished jobs by the end of
  // their time.
  const DeadlineHeap& leases() const { return leases_; }
  const DeadlineHeap& waiting() const { return waiting_; }
  const DeadlineHeap& finished() const { return finished_; }
  // The job that has been finished longest of those of the token that has the most such jobs.
  // REQUIRES: finished_count() > 0.
  const Job& oldest_finished() const { return slots_[finished_order_.oldest_of_most()]; }

  // REQUIRES: its datasource has no other of the id.
  Slot add(Job&& job) {
    const Slot slot = slots_.add(std::move(job));
    ids_.insert(slot);
    return slot;
  }

  // REQUIRES: it is finished, and has no timer.
  void remove(Slot slot) {
    const TokenIndex token = slots_[slot].submit_token;
    ids_.erase(slot);
    slots_.remove(slot);
    finished_order_.remove(token);
  }

  // What is due by the job's status and times has changed.
  void set_timer(Slot slot) {
    Job& job = slots_[slot];
    DeadlineHeap& timers = timers_of(job.status);
    const bool is_due = timer_at(job) != Time::max();
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
  void note_finished(Slot slot) { finished_order_.add(slot); }
  // For a start, which finds them in another order, and sorts them when it has all.
  void append_finished(Slot slot) { finished_order_.append(slot); }
  void sort_finished() { finished_order_.sort(); }

  // For queues, which keep their links in the jobs.
  JobSlots& slots() { return slots_; }
  const JobSlots& slots() const { return slots_; }

 private:
  DeadlineHeap& timers_of(Status status) {
    return status == Status::kAccepted ? leases_ : is_final(status) ? finished_ : waiting_;
  }

  JobSlots slots_;
  IdIndex ids_;
  DeadlineHeap leases_;
  DeadlineHeap waiting_;
  DeadlineHeap finished_;
  FinishedJobs finished_order_;
};

}  // namespace store
