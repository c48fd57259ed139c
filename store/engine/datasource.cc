#include "datasource.h"

#include "invariant.h"

namespace store {

namespace {

// Nothing but its key holds it back.
bool is_free(const Job& job) { return !job.is_delayed && job.awaited == 0 && !job.is_held_back; }

// It has a place among those of its key all the same.
bool keeps_place(const Job& job) { return job.is_put_off || job.is_held_back; }

}  // namespace

void Datasource::make_ready(Slot slot) {
  if (ready.add(slot, last_stamp + 1)) {
    ++last_stamp;
  }
}

void Datasource::take(const KeyLanes::Changed& changed) {
  for (const Slot slot : changed.closed) {
    if (is_free(jobs_[slot])) {
      ready.remove(slot);
      moved.push_back(jobs_[slot].client);
    }
  }
  for (const Slot slot : changed.opened) {
    if (is_free(jobs_[slot])) {
      make_ready(slot);
      moved.push_back(jobs_[slot].client);
    }
  }
}

void Datasource::start_waiting(Slot slot) {
  const Job& job = jobs_[slot];
  if (job.turn_key != kNoSlot) {
    const bool enters = is_free(job) || keeps_place(job) || lanes.is_in_order();
    take(enters ? lanes.enter(slot) : lanes.leave(slot));
  } else if (is_free(job)) {
    make_ready(slot);
  }
}

void Datasource::go_on(Slot slot) {
  const Job& job = jobs_[slot];
  if (!is_free(job)) {
    return;
  }
  if (job.lane == LanePlace::kPassed || job.turn_key == kNoSlot) {
    make_ready(slot);
  } else if (job.lane == LanePlace::kOut) {
    take(lanes.enter(slot));
  }
}

void Datasource::hold_back(Slot slot) { ready.remove(slot); }

void Datasource::put_off(Slot slot, Time until) {
  Job& job = jobs_[slot];
  ready.remove(slot);
  job.is_delayed = job.is_put_off = true;
  job.not_before = until;
}

void Datasource::stop_waiting(Slot slot) {
  if (is_ready(jobs_[slot])) {
    ready.remove(slot);
  }
  take(lanes.leave(slot));
}

void Datasource::serve(Slot slot, std::uint32_t weight) {
  if (ready.serve(slot, last_stamp + 1, weight)) {
    ++last_stamp;
  }
  if (jobs_[slot].turn_key != kNoSlot) {
    lanes.run(slot);
  }
}

void Datasource::set_priority(Slot slot, std::uint8_t priority) {
  Job& job = jobs_[slot];
  if (job.lane != LanePlace::kOut && !lanes.is_in_order()) {
    stop_waiting(slot);
    job.priority = priority;
    start_waiting(slot);
    return;
  }
  if (is_ready(job)) {
    ready.remove(slot);
  }
  job.priority = priority;
  if (is_ready(job)) {
    make_ready(slot);
  }
}

void Datasource::begin_unique(Slot slot) {
  const Job& job = jobs_[slot];
  if (job.unique != kNoSlot) {
    const auto live = unique.emplace(job.unique, slot).first;
    INVARIANT(live->second == slot, job.id);
  }
}

void Datasource::end_unique(Slot slot) {
  const NameIndex name = jobs_[slot].unique;
  const auto live = name == kNoSlot ? unique.end() : unique.find(name);
  if (live != unique.end() && live->second == slot) {
    unique.erase(live);
  }
}

void Datasource::enter_lanes(const std::function<void(Slot)>& add_ready) {
  lanes.clear();
  lanes.set_running_max(config.key_running_max);
  std::vector<Slot> waiting;
  jobs.walk(0, [&](Slot slot) {
    const Job& job = jobs_[slot];
    if (job.turn_key == kNoSlot || is_final(job.status)) {
      return true;
    }
    if (job.status == Status::kAccepted) {
      lanes.enter_running(slot);
    } else if (is_free(job) || keeps_place(job) || lanes.is_in_order()) {
      waiting.push_back(slot);
    }
    return true;
  });
  for (const Slot slot : waiting) {
    (void)lanes.enter(slot);
  }
  for (const Slot slot : waiting) {
    if (is_ready(jobs_[slot])) {
      add_ready(slot);
    }
  }
}

std::vector<Slot> Datasource::take_ready(bool has_key) {
  std::vector<Slot> taken;
  jobs.walk(0, [&](Slot slot) {
    if (const Job& job = jobs_[slot]; is_ready(job) && (!has_key || job.turn_key != kNoSlot)) {
      ready.remove(slot);
      moved.push_back(job.client);
      taken.push_back(slot);
    }
    return true;
  });
  return taken;
}

void Datasource::reorder() {
  const std::vector<Slot> taken = take_ready(false);
  ready.set_ageing(config.ageing);
  for (const Slot slot : taken) {
    make_ready(slot);
  }
}

void Datasource::regroup() {
  if (keyed == 0) {
    lanes.set_running_max(config.key_running_max);
    return;
  }
  (void)take_ready(true);
  enter_lanes([this](Slot slot) {
    make_ready(slot);
    moved.push_back(jobs_[slot].client);
  });
}

}  // namespace store
