#include "ready_queue.h"

#include <algorithm>

#include "invariant.h"

namespace store {

void ReadyQueue::set_stamp(Level& level, NameIndex name, Client& client, Stamp stamp) {
  const auto move = [&](Ring& ring) {
    auto node = ring.extract({client.stamp, name});
    INVARIANT(!node.empty(), name);
    node.value().first = stamp;
    ring.insert(ring.end(), std::move(node));
  };
  move(level.rings.at(kAny));
  for (const auto& [function, lane] : client.lanes) {
    move(level.rings.at(function));
  }
  client.stamp = stamp;
}

bool ReadyQueue::add(Slot slot, Stamp stamp) {
  const Job& job = (*jobs_)[slot];
  Level& level = levels_[job.priority];
  const auto [client, is_new] = level.clients.try_emplace(job.client);
  if (is_new) {
    client->second.stamp = stamp;
    level.rings[kAny].emplace(stamp, job.client);
  }
  insert(level, client->second, slot);
  return is_new;
}

void ReadyQueue::restore(Slot slot, const Rotation& rotation) {
  const Job& job = (*jobs_)[slot];
  if (add(slot, rotation.stamp)) {
    levels_.at(job.priority).clients.at(job.client).served = rotation.served;
  }
}

void ReadyQueue::insert(Level& level, Client& client, Slot slot) {
  const Job& job = (*jobs_)[slot];
  const auto [lane, is_new] = client.lanes.try_emplace(job.function);
  if (is_new) {
    level.rings[job.function].emplace(client.stamp, job.client);
  }
  const Slot head_before = head(lane->second);
  append(lane->second, slot);
  const Slot head_now = head(lane->second);
  if (head_now != head_before) {
    if (head_before != kNoSlot) {
      client.heads.erase({(*jobs_)[head_before].key.sequence, job.function});
    }
    client.heads.emplace((*jobs_)[head_now].key.sequence, job.function);
  }
  ++client.count;
  ++level.count;
  ++size_;
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

void ReadyQueue::remove(Slot slot) {
  const Job& job = (*jobs_)[slot];
  const auto level = levels_.find(job.priority);
  INVARIANT(level != levels_.end(), job.id);
  const auto client = level->second.clients.find(job.client);
  INVARIANT(client != level->second.clients.end(), job.id);
  const auto lane = client->second.lanes.find(job.function);
  INVARIANT(lane != client->second.lanes.end(), job.id);
  const auto leave_ring = [&](NameIndex function) {
    const auto ring = level->second.rings.find(function);
    ring->second.erase({client->second.stamp, job.client});
    if (ring->second.empty()) {
      level->second.rings.erase(ring);
    }
  };
  const Slot head_before = head(lane->second);
  unlink(lane->second, slot);
  --client->second.count;
  --level->second.count;
  --size_;
  if (head_before == slot) {
    client->second.heads.erase({job.key.sequence, job.function});
    if (lane->second.count > 0) {
      client->second.heads.emplace((*jobs_)[head(lane->second)].key.sequence, job.function);
    }
  }
  if (lane->second.count == 0) {
    client->second.lanes.erase(lane);
    leave_ring(job.function);
  }
  if (client->second.count == 0) {
    leave_ring(kAny);
    level->second.clients.erase(client);
  }
  if (level->second.count == 0) {
    levels_.erase(level);
  }
}

bool ReadyQueue::serve(Slot slot, Stamp stamp, std::uint32_t weight) {
  const Job& job = (*jobs_)[slot];
  remove(slot);
  const auto level = levels_.find(job.priority);
  if (level == levels_.end()) {
    return true;
  }
  const auto client = level->second.clients.find(job.client);
  if (client == level->second.clients.end()) {
    return true;
  }
  if (++client->second.served < weight) {
    return false;
  }
  client->second.served = 0;
  set_stamp(level->second, job.client, client->second, stamp);
  return true;
}

std::vector<NameIndex> ReadyQueue::functions() const {
  std::set<NameIndex> found;
  for (const auto& [priority, level] : levels_) {
    for (const auto& [function, ring] : level.rings) {
      if (function != kAny) {
        found.insert(function);
      }
    }
  }
  return {found.begin(), found.end()};
}

Slot ReadyQueue::best(std::span<const NameIndex> functions) const {
  for (const auto& [priority, level] : levels_) {
    if (functions.empty()) {
      const Client& client = level.clients.at(level.rings.at(kAny).begin()->second);
      return head(client.lanes.at(client.heads.begin()->second));
    }
    const std::pair<Stamp, NameIndex>* first = nullptr;
    for (const NameIndex function : functions) {
      const auto ring = level.rings.find(function);
      if (ring != level.rings.end() && (first == nullptr || *ring->second.begin() < *first)) {
        first = &*ring->second.begin();
      }
    }
    if (first == nullptr) {
      continue;
    }
    const Client& client = level.clients.at(first->second);
    Slot best = kNoSlot;
    for (const NameIndex function : functions) {
      const auto lane = client.lanes.find(function);
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
  return kNoSlot;
}

std::uint64_t ReadyQueue::older_in(const Client& client, Sequence sequence,
                                   std::uint64_t max) const {
  std::uint64_t older = 0;
  for (const auto& [function, lane] : client.lanes) {
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
    const auto found = weights.find(name);
    return found == weights.end() ? 1 : found->second;
  };
  const Job& job = (*jobs_)[slot];
  std::uint64_t ahead = 0;
  for (const auto& [priority, level] : levels_) {
    if (priority > job.priority) {
      ahead += level.count;
      continue;
    }
    INVARIANT(priority == job.priority, job.id);
    const Client& own = level.clients.at(job.client);
    const std::uint64_t older = older_in(own, job.key.sequence, max);
    ahead += older;
    // With each of the own client's turns that ends before this job, every other client has one
    // turn too, and those in front of it in the ring have one more.
    std::uint64_t turns = 0;
    while (served_in(own, turns + 1, weight_of(job.client)) <= older) {
      ++turns;
    }
    for (const auto& [name, client] : level.clients) {
      if (name != job.client) {
        const bool in_front = std::pair(client.stamp, name) < std::pair(own.stamp, job.client);
        ahead += served_in(client, turns + (in_front ? 1 : 0), weight_of(name));
      }
    }
    break;
  }
  return std::min(ahead, max);
}

Slot ReadyQueue::oldest(std::span<const NameIndex> functions) const {
  Slot oldest = kNoSlot;
  const auto consider = [&](Slot slot) {
    if (slot != kNoSlot &&
        (oldest == kNoSlot || (*jobs_)[slot].key.sequence < (*jobs_)[oldest].key.sequence)) {
      oldest = slot;
    }
  };
  for (const auto& [priority, level] : levels_) {
    if (functions.empty()) {
      for (const auto& [name, client] : level.clients) {
        consider(head(client.lanes.at(client.heads.begin()->second)));
      }
      continue;
    }
    for (const NameIndex function : functions) {
      const auto ring = level.rings.find(function);
      if (ring == level.rings.end()) {
        continue;
      }
      for (const auto& [stamp, name] : ring->second) {
        consider(head(level.clients.at(name).lanes.at(function)));
      }
    }
  }
  return oldest;
}

std::vector<Rotation> ReadyQueue::rotations_of(NameIndex name) const {
  std::vector<Rotation> rotations;
  for (const auto& [priority, level] : levels_) {
    if (const auto found = level.clients.find(name); found != level.clients.end()) {
      rotations.push_back({priority, found->second.stamp, found->second.served});
    }
  }
  return rotations;
}

}  // namespace store
