// Who is next in one datasource: higher priority first; within a priority the clients take turns
// (round robin, as many jobs a turn as the client's weight); within a client first in, first out by
// sequence. A choice may be limited to some kinds of jobs. Choosing and removing take O(log n) of
// clients and levels, however many jobs wait.
//
// With ageing a job counts as one of the next higher priority each time that a step of so much is
// over, by the clock. That moves no job: of two, the one that comes first never changes, so each
// stands at a level that is its priority, less the steps that were over when it began to wait.
//
// Turns are kept as stamps: a number that the datasource counts up whenever a client goes to the
// end of its ring (its turn is over, or it came back with a first waiting job). The ring is sorted
// by stamp, and stamps on disk are enough to rebuild it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "job_slots.h"

namespace store {

using Stamp = std::uint64_t;
// The priority where jobs do not age.
using Level = std::int64_t;

// A client's place among those that wait at one level.
struct Rotation {
  Level level = 0;
  Stamp stamp = 0;
  std::uint32_t served = 0;  // jobs of the present turn
};

class ReadyQueue {
 public:
  // `jobs` is Jobs': the queue reads sequence, client, kind, priority and not_before there and
  // keeps its links in it. It must outlive the queue.
  explicit ReadyQueue(JobSlots& jobs) : jobs_(&jobs) {}

  // Zero, by default: jobs do not age. REQUIRES: the queue is empty.
  void set_ageing(Span ageing) { ageing_ = ageing; }
  Level level_of(const Job& job) const { return job.priority - steps_at(job.not_before); }
  // The priority with what ageing has given by now.
  Level counts_as(const Job& job, Time now) const { return level_of(job) + steps_at(now); }

  // REQUIRES: the job waits and is not in the queue. If its client had none waiting at this
  // level, it enters the ring at `stamp`, which is greater than all before. True when it did.
  bool add(Slot slot, Stamp stamp);

  // For a start: the same, with the client's place as it was.
  void restore(Slot slot, const Rotation& rotation);

  // Takes the job out, unserved.
  void remove(Slot slot);

  // Takes the job out; its client was served, and goes to the end of the ring with `stamp` when it
  // has had `weight` jobs. True when it did, or left.
  bool serve(Slot slot, Stamp stamp, std::uint32_t weight);

  // The job that is next, or kNoSlot. `kinds`: only of these; empty: of any.
  Slot best(std::span<const KindIndex> kinds = {}) const;

  // How many jobs are served before this one if nothing is added, at most about `max`. Takes
  // O(clients + max). `weights`: of clients that have more turns than one. REQUIRES: the job is in
  // the queue.
  using Weights = std::map<NameIndex, std::uint32_t>;
  std::uint64_t ahead_of(Slot slot, std::uint64_t max, const Weights& weights = {}) const;

  // Visits the jobs as they are served if nothing is added, until `visit` returns false.
  void walk(const Weights& weights, const std::function<bool(Slot)>& visit) const;

  // The one with the smallest sequence, of some kinds or of any; kNoSlot when there is none. Takes
  // O(clients), at each level.
  Slot oldest(std::span<const KindIndex> kinds = {}) const;

  // Those of which there is a job here; sorted.
  std::vector<KindIndex> kinds() const;
  // Whether a job here has labels.
  bool has_labelled() const { return labelled_ > 0; }

  bool empty() const { return levels_.empty(); }
  std::size_t size() const { return size_; }

  // A client's places, by priority; and every client's in ring order, for digests.
  std::vector<Rotation> rotations_of(NameIndex client) const;
  template <typename Visit>
  void walk_rings(Visit visit) const {
    for (const auto& [number, place] : levels_) {
      for (const auto& [stamp, name] : place.rings.at(kAny)) {
        visit(name, Rotation{number, stamp, place.clients.at(name).served});
      }
    }
  }

 private:
  Level steps_at(Time time) const {
    return ageing_ == Span::zero() ? 0 : time.time_since_epoch() / ageing_;
  }
  // Stands for all kinds among the rings.
  static constexpr KindIndex kAny = kNoSlot - 1;

  // Jobs of one client, level and kind. New jobs come in rising order and form a linked list
  // through Job::ready_next; those that come back are older and stand apart, in order.
  struct Lane {
    Slot first = kNoSlot;
    Slot last = kNoSlot;
    std::set<std::pair<Sequence, Slot>> returned;
    std::size_t count = 0;
  };
  struct Client {
    Stamp stamp = 0;
    std::uint32_t served = 0;
    std::size_t count = 0;
    std::map<KindIndex, Lane> lanes;
    std::set<std::pair<Sequence, KindIndex>> heads;  // of the lanes
  };
  using Ring = std::set<std::pair<Stamp, NameIndex>>;
  struct Place {
    std::size_t count = 0;
    std::map<NameIndex, Client> clients;
    std::map<KindIndex, Ring> rings;  // and all under kAny
  };

  friend class ReadyWalk;

  Slot head(const Lane& lane) const;
  void append(Lane& lane, Slot slot);
  void unlink(Lane& lane, Slot slot);
  // Puts the job into its client's lane; the client must be in the level.
  void insert(Place& place, Client& client, Slot slot);
  void set_stamp(Place& place, NameIndex name, Client& client, Stamp stamp);
  void leave_ring(Place& place, KindIndex kind, Level level, const Client& client, NameIndex name);
  // How many jobs the client has until its turn has ended so many times.
  static std::uint64_t served_in(const Client& client, std::uint64_t turns, std::uint32_t weight);
  // Jobs of the client with a smaller sequence, at most about `max`.
  std::uint64_t older_in(const Client& client, Sequence sequence, std::uint64_t max) const;

  JobSlots* jobs_;
  Span ageing_{};
  std::map<Level, Place, std::greater<>> levels_;
  // Where there are jobs of a kind.
  std::map<KindIndex, std::set<Level, std::greater<>>> levels_of_;
  std::size_t size_ = 0;
  std::size_t labelled_ = 0;
};

}  // namespace store
