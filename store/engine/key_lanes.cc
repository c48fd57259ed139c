#include "key_lanes.h"

#include <algorithm>

#include "invariant.h"

namespace store {

KeyLanes::Place KeyLanes::place_of(Slot slot) const {
  const Job& job = (*jobs_)[slot];
  return {static_cast<std::uint8_t>(is_in_order() ? 0 : 255 - job.priority), job.key.sequence};
}

KeyLanes::Changed KeyLanes::enter(Slot slot) {
  Changed changed;
  Job& job = (*jobs_)[slot];
  Lane& lane = lanes_[job.turn_key];
  lane.running.erase(slot);
  lane.held.emplace(place_of(slot), slot);
  job.lane = LanePlace::kHeld;
  settle(lane, changed);
  return changed;
}

void KeyLanes::run(Slot slot) {
  Job& job = (*jobs_)[slot];
  INVARIANT(job.lane == LanePlace::kPassed, job.id);
  Lane& lane = lanes_.at(job.turn_key);
  lane.passed.erase(place_of(slot));
  lane.running.insert(slot);
  job.lane = LanePlace::kRunning;
}

void KeyLanes::enter_running(Slot slot) {
  Job& job = (*jobs_)[slot];
  lanes_[job.turn_key].running.insert(slot);
  job.lane = LanePlace::kRunning;
}

KeyLanes::Changed KeyLanes::leave(Slot slot) {
  Changed changed;
  Job& job = (*jobs_)[slot];
  const auto found = lanes_.find(job.turn_key);
  if (job.lane == LanePlace::kOut || found == lanes_.end()) {
    return changed;
  }
  Lane& lane = found->second;
  lane.running.erase(slot);
  lane.passed.erase(place_of(slot));
  lane.held.erase(place_of(slot));
  job.lane = LanePlace::kOut;
  settle(lane, changed);
  if (lane.passed.empty() && lane.running.empty()) {
    lanes_.erase(found);
  }
  return changed;
}

void KeyLanes::clear() {
  for (auto& [key, lane] : lanes_) {
    for (auto* places : {&lane.passed, &lane.held}) {
      for (const auto& [place, slot] : *places) {
        (*jobs_)[slot].lane = LanePlace::kOut;
      }
    }
    for (const Slot slot : lane.running) {
      (*jobs_)[slot].lane = LanePlace::kOut;
    }
  }
  lanes_.clear();
}

std::size_t KeyLanes::count_before(Slot slot) const {
  const Lane& lane = lanes_.at((*jobs_)[slot].turn_key);
  const auto place = lane.held.find(place_of(slot));
  const auto held = std::distance(lane.held.begin(), place);
  return lane.passed.size() + lane.running.size() + static_cast<std::size_t>(held);
}

// Lets the best of those that are held pass.
void KeyLanes::pass(Lane& lane, Changed& changed) {
  auto best = lane.held.extract(lane.held.begin());
  (*jobs_)[best.mapped()].lane = LanePlace::kPassed;
  changed.opened.push_back(best.mapped());
  lane.passed.insert(std::move(best));
}

void KeyLanes::settle(Lane& lane, Changed& changed) {
  const std::size_t max = std::max<std::size_t>(running_max_, 1);
  while (!lane.held.empty() && lane.passed.size() + lane.running.size() < max) {
    pass(lane, changed);
  }
  if (!lane.held.empty() && !lane.passed.empty() &&
      lane.held.begin()->first < lane.passed.rbegin()->first) {
    auto worst = lane.passed.extract(std::prev(lane.passed.end()));
    (*jobs_)[worst.mapped()].lane = LanePlace::kHeld;
    changed.closed.push_back(worst.mapped());
    lane.held.insert(std::move(worst));
    pass(lane, changed);
  }
}

}  // namespace store
