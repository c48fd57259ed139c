// Who is next in one datasource: higher priority first; within a priority the clients take turns
// (round robin); within a client first in, first out by sequence. Choosing and removing take the
// same time however many jobs and clients wait.
//
// Turns are kept as stamps: the sequence of the event that last sent a client to the end of its
// ring (it was served, or it came back with a first waiting job). Sequences only grow, so the ring
// is always sorted by stamp, and stamps on disk are enough to rebuild it.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "job.h"

namespace store {

class ReadyQueue {
 public:
  // `jobs` is JobTable's: the queue reads sequence, client and priority there and keeps its links
  // in it. It must outlive the queue.
  explicit ReadyQueue(std::deque<Job>& jobs) : jobs_(&jobs) {}

  // REQUIRES: the job waits and is not in the queue. If its client had none waiting at this
  // priority, it enters the ring at `stamp`, behind all with a smaller one.
  void add(Slot slot, Sequence stamp);

  // For a start: the same, but rings are in order only after sort_rings().
  void restore(Slot slot, Sequence stamp);
  void sort_rings();

  // Takes the job out; its client was served and goes to the end of the ring with this stamp.
  void serve(Slot slot, Sequence stamp);

  // The job that is next, or kNoSlot.
  Slot best() const;

  bool empty() const { return levels_.empty(); }
  std::size_t size() const { return size_; }

  // A client's stamps, by priority; and every client in ring order, for digests.
  std::vector<std::pair<std::uint8_t, Sequence>> stamps(NameIndex client) const;
  template <typename Visit>
  void walk_rings(Visit visit) const {
    for (const auto& [priority, level] : levels_) {
      for (const Client& client : level.ring) {
        visit(priority, client.name, client.stamp);
      }
    }
  }

 private:
  // Jobs of one client at one priority. New jobs come in rising order and form a linked list
  // through Job::ready_next; those that come back are older and stand apart, in order.
  struct Client {
    NameIndex name = 0;
    Sequence stamp = 0;
    Slot first = kNoSlot;
    Slot last = kNoSlot;
    std::set<std::pair<Sequence, Slot>> returned;

    bool empty() const { return first == kNoSlot && returned.empty(); }
  };
  using Ring = std::list<Client>;
  struct Level {
    Ring ring;
    std::unordered_map<NameIndex, Ring::iterator> clients;
  };

  // The client's place in the ring, and whether it is new there.
  std::pair<Ring::iterator, bool> client_of(const Job& job);
  void append(Client& client, Slot slot);
  void unlink(Client& client, Slot slot);
  // Takes `slot` out of its client's jobs; then the client leaves the ring when it has none left.
  // Returns the client if it stays.
  Client* take(Slot slot);
  static void move_to_stamp(Ring& ring, Ring::iterator client, Sequence stamp);

  std::deque<Job>* jobs_;
  std::map<std::uint8_t, Level, std::greater<>> levels_;
  std::size_t size_ = 0;
};

}  // namespace store
