#include "ready_queue.h"

#include "invariant.h"

namespace store {

// The end is the right place unless stamps are not given in their order.
void ReadyQueue::move_to_stamp(Ring& ring, Ring::iterator client, Sequence stamp) {
  client->stamp = stamp;
  auto place = ring.end();
  while (place != ring.begin()) {
    const auto before = std::prev(place);
    if (before != client && before->stamp <= stamp) {
      break;
    }
    place = before;
  }
  ring.splice(place, ring, client);
}

void ReadyQueue::add(Slot slot, Sequence stamp) {
  const Job& job = (*jobs_)[slot];
  const auto [client, is_new] = client_of(job);
  if (is_new) {
    move_to_stamp(levels_.at(job.priority).ring, client, stamp);
  }
  append(*client, slot);
}

void ReadyQueue::restore(Slot slot, Sequence stamp) {
  const auto [client, is_new] = client_of((*jobs_)[slot]);
  client->stamp = stamp;
  append(*client, slot);
}

void ReadyQueue::sort_rings() {
  for (auto& [priority, level] : levels_) {
    level.ring.sort([](const Client& a, const Client& b) { return a.stamp < b.stamp; });
  }
}

std::pair<ReadyQueue::Ring::iterator, bool> ReadyQueue::client_of(const Job& job) {
  Level& level = levels_[job.priority];
  const auto found = level.clients.find(job.client);
  if (found != level.clients.end()) {
    return {found->second, false};
  }
  level.ring.emplace_back().name = job.client;
  const auto client = std::prev(level.ring.end());
  level.clients.emplace(job.client, client);
  return {client, true};
}

void ReadyQueue::append(Client& client, Slot slot) {
  Job& job = (*jobs_)[slot];
  if (client.last == kNoSlot || (*jobs_)[client.last].key.sequence < job.key.sequence) {
    job.ready_previous = client.last;
    job.ready_next = kNoSlot;
    (client.last == kNoSlot ? client.first : (*jobs_)[client.last].ready_next) = slot;
    client.last = slot;
  } else {
    client.returned.emplace(job.key.sequence, slot);
  }
  ++size_;
}

void ReadyQueue::unlink(Client& client, Slot slot) {
  Job& job = (*jobs_)[slot];
  if (client.returned.erase({job.key.sequence, slot}) == 1) {
    return;
  }
  INVARIANT(client.first == slot || job.ready_previous != kNoSlot, job.id);
  (job.ready_previous == kNoSlot ? client.first : (*jobs_)[job.ready_previous].ready_next) =
      job.ready_next;
  (job.ready_next == kNoSlot ? client.last : (*jobs_)[job.ready_next].ready_previous) =
      job.ready_previous;
  job.ready_previous = job.ready_next = kNoSlot;
}

ReadyQueue::Client* ReadyQueue::take(Slot slot) {
  const Job& job = (*jobs_)[slot];
  const auto level = levels_.find(job.priority);
  INVARIANT(level != levels_.end(), job.id);
  const auto found = level->second.clients.find(job.client);
  INVARIANT(found != level->second.clients.end(), job.id);
  const auto client = found->second;
  unlink(*client, slot);
  --size_;
  if (!client->empty()) {
    return &*client;
  }
  level->second.clients.erase(found);
  level->second.ring.erase(client);
  if (level->second.ring.empty()) {
    levels_.erase(level);
  }
  return nullptr;
}

void ReadyQueue::serve(Slot slot, Sequence stamp) {
  const Job& job = (*jobs_)[slot];
  if (take(slot) != nullptr) {
    Level& level = levels_.at(job.priority);
    move_to_stamp(level.ring, level.clients.at(job.client), stamp);
  }
}

Slot ReadyQueue::best() const {
  if (levels_.empty()) {
    return kNoSlot;
  }
  const Client& client = levels_.begin()->second.ring.front();
  if (client.returned.empty()) {
    return client.first;
  }
  const auto& [sequence, slot] = *client.returned.begin();
  const bool fresh_first =
      client.first != kNoSlot && (*jobs_)[client.first].key.sequence < sequence;
  return fresh_first ? client.first : slot;
}

std::vector<std::pair<std::uint8_t, Sequence>> ReadyQueue::stamps(NameIndex name) const {
  std::vector<std::pair<std::uint8_t, Sequence>> stamps;
  for (const auto& [priority, level] : levels_) {
    if (const auto found = level.clients.find(name); found != level.clients.end()) {
      stamps.emplace_back(priority, found->second->stamp);
    }
  }
  return stamps;
}

}  // namespace store
