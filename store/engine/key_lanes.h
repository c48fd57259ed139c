// Jobs of one datasource that have keys: which of those with one key may be handed out. Either one
// at a time, strictly in the order of their submits, whatever they wait for; or some at a time, the
// best first. What a lane lets pass follows from the jobs alone, so nothing of it is on disk. Each
// call takes O(log n) of the jobs with that key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "job_slots.h"

namespace store {

class KeyLanes {
 public:
  // What a call has changed for other jobs, or for the one that it is about.
  struct Changed {
    std::vector<Slot> closed;  // may go no more
    std::vector<Slot> opened;  // may go now
  };

  // `jobs` is Jobs'; it must outlive this. The lanes keep Job::lane there.
  explicit KeyLanes(JobSlots& jobs) : jobs_(&jobs) {}

  // Jobs of one key that run at the same time; 0: one, in the order of the submits.
  // REQUIRES: there is no lane.
  void set_running_max(std::size_t max) { running_max_ = max; }
  bool is_in_order() const { return running_max_ == 0; }

  // The job waits: for its turn, and where they go in order, for its time too. It may have run.
  Changed enter(Slot slot);
  // The job was handed out. REQUIRES: it may go.
  void run(Slot slot);
  // The same for a start, whatever else runs.
  void enter_running(Slot slot);
  // It may be there and run, or not. What is gone leaves nothing.
  Changed leave(Slot slot);

  // Forgets all lanes, so that what is there can enter anew.
  void clear();

  // How many of the same key go or run before the job may.
  std::size_t count_before(Slot slot) const;

 private:
  // Smaller is better: 255 less the priority, or 0; the sequence.
  using Place = std::pair<std::uint8_t, Sequence>;
  struct Lane {
    std::map<Place, Slot> passed;  // may go
    std::map<Place, Slot> held;
    std::set<Slot> running;
  };

  Place place_of(Slot slot) const;
  void settle(Lane& lane, Changed& changed);
  void pass(Lane& lane, Changed& changed);

  JobSlots* jobs_;
  std::size_t running_max_ = 0;
  std::map<NameIndex, Lane> lanes_;
};

}  // namespace store
