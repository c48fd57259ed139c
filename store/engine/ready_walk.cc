// The order of service, told without changing it: what serve() would do, client by client.
#include <algorithm>
#include <deque>
#include <queue>

#include "ready_queue.h"

namespace store {

// The jobs of a client in the order of their sequences. A lane is looked into when its first job is
// the next one at the earliest, so that a client with very many costs nothing before.
class ReadyWalk {
 public:
  // Of all clients.
  static void serve(const ReadyQueue& queue, const ReadyQueue::Weights& weights,
                    const std::function<bool(Slot)>& visit);

 private:
  using Lane = ReadyQueue::Lane;
  using Client = ReadyQueue::Client;

  ReadyWalk(const JobSlots& jobs, const Client& client)
      : jobs_(&jobs), client_(&client), unseen_(client.heads.begin()) {}
  bool has_more() const { return !seen_.empty() || unseen_ != client_->heads.end(); }
  // REQUIRES: there are more.
  Slot next() {
    while (unseen_ != client_->heads.end() &&
           (seen_.empty() || unseen_->first < seen_.top().sequence)) {
      const Lane& lane = client_->lanes.at(unseen_->second);
      see({0, kNoSlot, lane.first, &lane, lane.returned.begin()});
      ++unseen_;
    }
    const Place place = seen_.top();
    seen_.pop();
    see(place);
    return place.slot;
  }

  struct Place {
    Sequence sequence;
    Slot slot;   // the next one
    Slot fresh;  // behind it
    const Lane* lane;
    std::set<std::pair<Sequence, Slot>>::const_iterator returned;
    bool operator>(const Place& other) const { return sequence > other.sequence; }
  };
  // The lane's next job comes in its turn.
  void see(Place place) {
    const Sequence fresh = place.fresh == kNoSlot ? UINT64_MAX : (*jobs_)[place.fresh].key.sequence;
    if (place.returned != place.lane->returned.end() && place.returned->first < fresh) {
      place.sequence = place.returned->first;
      place.slot = (place.returned++)->second;
    } else if (place.fresh != kNoSlot) {
      place.sequence = fresh;
      place.slot = place.fresh;
      place.fresh = (*jobs_)[place.fresh].ready_next;
    } else {
      return;
    }
    seen_.push(place);
  }

  const JobSlots* jobs_;
  const Client* client_;
  std::set<std::pair<Sequence, KindIndex>>::const_iterator unseen_;
  std::priority_queue<Place, std::vector<Place>, std::greater<>> seen_;
};

void ReadyWalk::serve(const ReadyQueue& queue, const ReadyQueue::Weights& weights,
                      const std::function<bool(Slot)>& visit) {
  struct Turn {
    ReadyWalk jobs;
    std::uint32_t weight;
    std::uint32_t left;
  };
  std::deque<Turn> ring;  // those that had a turn, and have jobs left
  bool goes_on = true;
  const auto serve = [&](Turn turn) {
    for (; goes_on && turn.left > 0 && turn.jobs.has_more(); --turn.left) {
      goes_on = visit(turn.jobs.next());
    }
    turn.left = turn.weight;
    turn.jobs.has_more() ? ring.push_back(std::move(turn)) : void();
  };
  for (auto level = queue.levels_.begin(); goes_on && level != queue.levels_.end(); ++level) {
    ring.clear();
    for (const auto& [stamp, name] : level->second.rings.at(ReadyQueue::kAny)) {
      const Client& client = level->second.clients.at(name);
      const auto found = weights.find(name);
      const std::uint32_t weight = found == weights.end() ? 1 : found->second;
      // As in served_in().
      const std::uint32_t left = weight > client.served ? weight - client.served : 1;
      if (serve({ReadyWalk(*queue.jobs_, client), weight, left}); !goes_on) {
        return;
      }
    }
    for (; goes_on && !ring.empty(); ring.pop_front()) {
      serve(std::move(ring.front()));
    }
  }
}

void ReadyQueue::walk(const Weights& weights, const std::function<bool(Slot)>& visit) const {
  ReadyWalk::serve(*this, weights, visit);
}

}  // namespace store
