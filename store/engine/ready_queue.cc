#include "ready_queue.h"

#include <algorithm>

#include "invariant.h"

namespace store {

void ReadyQueue::set_stamp(Place& place, NameIndex name, Client& client, Stamp stamp) {
  const auto move = [&](Ring& ring) {
    auto node = ring.extract({client.stamp, name});
    INVARIANT(!node.empty(), name);
    node.value().first = stamp;
    ring.insert(ring.end(), std::move(node));
  };
  move(place.rings.at(kAny));
  for (const auto& [kind, lane] : client.lanes) {
    move(place.rings.at(kind));
  }
  client.stamp = stamp;
}

bool ReadyQueue::add(Slot slot, Stamp stamp) {
  const Job& job = (*jobs_)[slot];
  Place& place = levels_[level_of(job)];
  const auto [client, is_new] = place.clients.try_emplace(job.client);
  if (is_new) {
    client->second.stamp = stamp;
    place.rings[kAny].emplace(stamp, job.client);
  }
  insert(place, client->second, slot);
  return is_new;
}

void ReadyQueue::restore(Slot slot, const Rotation& rotation) {
  const Job& job = (*jobs_)[slot];
  if (add(slot, rotation.stamp)) {
    levels_.at(rotation.level).clients.at(job.client).served = rotation.served;
  }
}

void ReadyQueue::insert(Place& place, Client& client, Slot slot) {
  const Job& job = (*jobs_)[slot];
  const auto [lane, is_new] = client.lanes.try_emplace(job.kind);
  if (is_new) {
    Ring& ring = place.rings[job.kind];
    if (ring.empty()) {
      levels_of_[job.kind].insert(level_of(job));
    }
    ring.emplace(client.stamp, job.client);
  }
  const Slot head_before = head(lane->second);
  append(lane->second, slot);
  const Slot head_now = head(lane->second);
  if (head_now != head_before) {
    if (head_before != kNoSlot) {
      client.heads.erase({(*jobs_)[head_before].key.sequence, job.kind});
    }
    client.heads.emplace((*jobs_)[head_now].key.sequence, job.kind);
  }
  ++client.count;
  ++place.count;
  ++size_;
  labelled_ += is_labelled(job.kind) ? 1 : 0;
}

void ReadyQueue::append(Lane& lane, Slot slot) {
  Job& job = (*jobs_)[slot];
  if (lane.last == kNoSlot || (*jobs_)[lane.last].key.sequence < job.key.sequence) {
    job.ready_previous = lane.last;
    job.ready_next = kNoSlot;
    (lane.last == kNoSlot ? lane.first : (*jobs_)[lane.last].ready_next) = slot;
    lane.last = slot;
  } else {
    lane.returned.emplace(job.key.sequence, slot);
  }
  ++lane.count;
}

void ReadyQueue::unlink(Lane& lane, Slot slot) {
  Job& job = (*jobs_)[slot];
  --lane.count;
  if (!lane.returned.empty() && lane.returned.erase({job.key.sequence, slot}) == 1) {
    return;
  }
  INVARIANT(lane.first == slot || job.ready_previous != kNoSlot, job.id);
  (job.ready_previous == kNoSlot ? lane.first : (*jobs_)[job.ready_previous].ready_next) =
      job.ready_next;
  (job.ready_next == kNoSlot ? lane.last : (*jobs_)[job.ready_next].ready_previous) =
      job.ready_previous;
  job.ready_previous = job.ready_next = kNoSlot;
}

Slot ReadyQueue::head(const Lane& lane) const {
  if (lane.returned.empty()) {
    return lane.first;
  }
  const auto& [sequence, slot] = *lane.returned.begin();
  const bool fresh_first = lane.first != kNoSlot && (*jobs_)[lane.first].key.sequence < sequence;
  return fresh_first ? lane.first : slot;
}

void ReadyQueue::leave_ring(Place& place, KindIndex kind, Level level, const Client& client,
                            NameIndex name) {
  const auto ring = place.rings.find(kind);
  ring->second.erase({client.stamp, name});
  if (!ring->second.empty()) {
    return;
  }
  place.rings.erase(ring);
  if (kind != kAny) {
    const auto of_kind = levels_of_.find(kind);
    of_kind->second.erase(level);
    if (of_kind->second.empty()) {
      levels_of_.erase(of_kind);
    }
  }
}

void ReadyQueue::remove(Slot slot) {
  const Job& job = (*jobs_)[slot];
  const auto place = levels_.find(level_of(job));
  INVARIANT(place != levels_.end(), job.id);
  const auto client = place->second.clients.find(job.client);
  INVARIANT(client != place->second.clients.end(), job.id);
  const auto lane = client->second.lanes.find(job.kind);
  INVARIANT(lane != client->second.lanes.end(), job.id);
  const Slot head_before = head(lane->second);
  unlink(lane->second, slot);
  --client->second.count;
  --place->second.count;
  --size_;
  labelled_ -= is_labelled(job.kind) ? 1 : 0;
  if (head_before == slot) {
    client->second.heads.erase({job.key.sequence, job.kind});
    if (lane->second.count > 0) {
      client->second.heads.emplace((*jobs_)[head(lane->second)].key.sequence, job.kind);
    }
  }
  if (lane->second.count == 0) {
    client->second.lanes.erase(lane);
    leave_ring(place->second, job.kind, place->first, client->second, job.client);
  }
  if (client->second.count == 0) {
    leave_ring(place->second, kAny, place->first, client->second, job.client);
    place->second.clients.erase(client);
  }
  if (place->second.count == 0) {
    levels_.erase(place);
  }
}

bool ReadyQueue::serve(Slot slot, Stamp stamp, std::uint32_t weight) {
  const Job& job = (*jobs_)[slot];
  remove(slot);
  const auto place = levels_.find(level_of(job));
  if (place == levels_.end()) {
    return true;
  }
  const auto client = place->second.clients.find(job.client);
  if (client == place->second.clients.end()) {
    return true;
  }
  if (++client->second.served < weight) {
    return false;
  }
  client->second.served = 0;
  set_stamp(place->second, job.client, client->second, stamp);
  return true;
}

std::vector<KindIndex> ReadyQueue::kinds() const {
  std::vector<KindIndex> found;
  for (const auto& [kind, levels] : levels_of_) found.push_back(kind);
  return found;
}

Slot ReadyQueue::best(std::span<const KindIndex> kinds) const {
  if (kinds.empty()) {
    if (levels_.empty()) {
      return kNoSlot;
    }
    const Place& place = levels_.begin()->second;
    const Client& client = place.clients.at(place.rings.at(kAny).begin()->second);
    return head(client.lanes.at(client.heads.begin()->second));
  }
  std::optional<Level> highest;
  for (const KindIndex kind : kinds) {
    if (const auto levels = levels_of_.find(kind); levels != levels_of_.end()) {
      const Level level = *levels->second.begin();
      highest = std::max(highest.value_or(level), level);
    }
  }
  if (!highest) return kNoSlot;
  const Place& place = levels_.at(*highest);
  const std::pair<Stamp, NameIndex>* first = nullptr;
  for (const KindIndex kind : kinds) {
    const auto ring = place.rings.find(kind);
    if (ring != place.rings.end() && (first == nullptr || *ring->second.begin() < *first)) {
      first = &*ring->second.begin();
    }
  }
  const Client& client = place.clients.at(first->second);
  Slot best = kNoSlot;
  for (const KindIndex kind : kinds) {
    const auto lane = client.lanes.find(kind);
    if (lane == client.lanes.end()) {
      continue;
    }
    const Slot candidate = head(lane->second);
    if (best == kNoSlot || (*jobs_)[candidate].key.sequence < (*jobs_)[best].key.sequence) {
      best = candidate;
    }
  }
  return best;
}

std::uint64_t ReadyQueue::older_in(const Client& client, Sequence sequence,
                                   std::uint64_t max) const {
  std::uint64_t older = 0;
  for (const auto& [kind, lane] : client.lanes) {
    for (Slot slot = lane.first; slot != kNoSlot && older < max; slot = (*jobs_)[slot].ready_next) {
      if ((*jobs_)[slot].key.sequence >= sequence) {
        break;
      }
      ++older;
    }
    for (const auto& [returned, slot] : lane.returned) {
      if (returned >= sequence || older >= max) {
        break;
      }
      ++older;
    }
  }
  return older;
}

std::uint64_t ReadyQueue::served_in(const Client& client, std::uint64_t turns,
                                    std::uint32_t weight) {
  // A turn that has begun has fewer jobs left, but one at least: the weight may be a new one.
  const std::uint64_t first = weight > client.served ? weight - client.served : 1;
  const std::uint64_t served = turns == 0 ? 0 : first + (turns - 1) * weight;
  return std::min<std::uint64_t>(client.count, served);
}

std::uint64_t ReadyQueue::ahead_of(Slot slot, std::uint64_t max, const Weights& weights) const {
  const auto weight_of = [&](NameIndex name) {
    return weights.contains(name) ? weights.at(name) : 1;
  };
  const Job& job = (*jobs_)[slot];
  const Level level = level_of(job);
  std::uint64_t ahead = 0;
  for (const auto& [number, place] : levels_) {
    if (number > level) {
      ahead += place.count;
      continue;
    }
    INVARIANT(number == level, job.id);
    const Client& own = place.clients.at(job.client);
    const std::uint64_t older = older_in(own, job.key.sequence, max);
    ahead += older;
    // With each of the own client's turns that ends before this job, every other client has one
    // turn too, and those in front of it in the ring have one more.
    std::uint64_t turns = 0;
    while (served_in(own, turns + 1, weight_of(job.client)) <= older) {
      ++turns;
    }
    for (const auto& [name, client] : place.clients) {
      if (name != job.client) {
        const bool in_front = std::pair(client.stamp, name) < std::pair(own.stamp, job.client);
        ahead += served_in(client, turns + (in_front ? 1 : 0), weight_of(name));
      }
    }
    break;
  }
  return std::min(ahead, max);
}

Slot ReadyQueue::oldest(std::span<const KindIndex> kinds) const {
  static constexpr KindIndex kAll[] = {kAny};
  Slot oldest = kNoSlot;
  for (const auto& [number, place] : levels_) {
    for (const KindIndex kind : kinds.empty() ? std::span<const KindIndex>(kAll) : kinds) {
      const auto ring = place.rings.find(kind);
      if (ring == place.rings.end()) {
        continue;
      }
      for (const auto& [stamp, name] : ring->second) {
        const Client& client = place.clients.at(name);
        const Slot slot = head(client.lanes.at(kind == kAny ? client.heads.begin()->second : kind));
        if (oldest == kNoSlot || (*jobs_)[slot].key.sequence < (*jobs_)[oldest].key.sequence) {
          oldest = slot;
        }
      }
    }
  }
  return oldest;
}

std::vector<Rotation> ReadyQueue::rotations_of(NameIndex name) const {
  std::vector<Rotation> rotations;
  for (const auto& [number, place] : levels_) {
    if (const auto found = place.clients.find(name); found != place.clients.end()) {
      rotations.push_back({number, found->second.stamp, found->second.served});
    }
  }
  return rotations;
}

}  // namespace store
