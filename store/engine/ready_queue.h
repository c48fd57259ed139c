// Who is next in one datasource: higher priority first; within a priority the clients take turns
// (round robin, as many jobs a turn as the client's weight); within a client first in, first out by
// sequence. A choice may be limited to some functions. Choosing and removing take O(log clients),
// however many jobs wait.
//
// Turns are kept as stamps: a number that the datasource counts up whenever a client goes to the
// end of its ring (its turn is over, or it came back with a first waiting job). The ring is sorted
// by stamp, and stamps on disk are enough to rebuild it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "job_slots.h"

namespace store {

using Stamp = std::uint64_t;

// A client's place among those that wait at one priority.
struct Rotation {
  std::uint8_t priority = 0;
  Stamp stamp = 0;
  std::uint32_t served = 0;  // jobs of the present turn
};

class ReadyQueue {
 public:
  // `jobs` is Jobs': the queue reads sequence, client, function and priority there and keeps
  // its links in it. It must outlive the queue.
  explicit ReadyQueue(JobSlots& jobs) : jobs_(&jobs) {}

  // REQUIRES: the job waits and is not in the queue. If its client had none waiting at this
  // priority, it enters the ring at `stamp`, which is greater than all before. True when it did.
  bool add(Slot slot, Stamp stamp);

  // For a start: the same, with the client's place as it was.
  void restore(Slot slot, const Rotation& rotation);

  // Takes the job out, unserved.
  void remove(Slot slot);

  // Takes the job out; its client was served, and goes to the end of the ring with `stamp` when it
  // has had `weight` jobs. True when it did, or left.
  bool serve(Slot slot, Stamp stamp, std::uint32_t weight);

  // The job that is next, or kNoSlot. `functions`: only of these; empty: of any.
  Slot best(std::span<const NameIndex> functions = {}) const;

  // How many jobs are served before this one if nothing is added, at most about `max`. Takes
  // O(clients + max). `weights`: of clients that have more turns than one. REQUIRES: the job is in
  // the queue.
  using Weights = std::map<NameIndex, std::uint32_t>;
  std::uint64_t ahead_of(Slot slot, std::uint64_t max, const Weights& weights = {}) const;

  // Visits the jobs as they are served if nothing is added, until `visit` returns false.
  void walk(const Weights& weights, const std::function<bool(Slot)>& visit) const;

  // The one with the smallest sequence, of a function or of any; kNoSlot when there is none. Takes
  // O(clients).
  Slot oldest(std::span<const NameIndex> functions = {}) const;

  // Those of functions that have a job here, kNoSlot for those without; sorted. Takes as long as
  // there are functions at all priorities.
  std::vector<NameIndex> functions() const;

  bool empty() const { return levels_.empty(); }
  std::size_t size() const { return size_; }

  // A client's places, by priority; and every client's in ring order, for digests.
  std::vector<Rotation> rotations_of(NameIndex client) const;
  template <typename Visit>
  void walk_rings(Visit visit) const {
    for (const auto& [priority, level] : levels_) {
      for (const auto& [stamp, name] : level.rings.at(kAny)) {
        visit(name, Rotation{priority, stamp, level.clients.at(name).served});
      }
    }
  }

 private:
  // Stands for all functions among the rings.
  static constexpr NameIndex kAny = kNoSlot - 1;

  // Jobs of one client, priority and function (kNoSlot: without one). New jobs come in rising order
  // and form a linked list through Job::ready_next; those that come back are older and stand apart,
  // in order.
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
    std::map<NameIndex, Lane> lanes;
    std::set<std::pair<Sequence, NameIndex>> heads;  // of the lanes
  };
  using Ring = std::set<std::pair<Stamp, NameIndex>>;
  struct Level {
    std::size_t count = 0;
    std::map<NameIndex, Client> clients;
    std::map<NameIndex, Ring> rings;  // by function, and all under kAny
  };

  friend class ReadyWalk;

  Slot head(const Lane& lane) const;
  void append(Lane& lane, Slot slot);
  void unlink(Lane& lane, Slot slot);
  // Puts the job into its client's lane; the client must be in the level.
  void insert(Level& level, Client& client, Slot slot);
  void set_stamp(Level& level, NameIndex name, Client& client, Stamp stamp);
  // How many jobs the client has until its turn has ended so many times.
  static std::uint64_t served_in(const Client& client, std::uint64_t turns, std::uint32_t weight);
  // Jobs of the client with a smaller sequence, at most about `max`.
  std::uint64_t older_in(const Client& client, Sequence sequence, std::uint64_t max) const;

  JobSlots* jobs_;
  std::map<std::uint8_t, Level, std::greater<>> levels_;
  std::size_t size_ = 0;
};

}  // namespace store
