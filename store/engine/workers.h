// The workers of one datasource: what each was given last, and which cancels it has not
// acknowledged.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "changes.h"
#include "invariant.h"
#include "job.h"

namespace store {

struct Worker {
  std::uint64_t request_number = 0;  // of its last accept that gave jobs
  Time heard_at{};                   // when that was
  std::vector<Slot> leases;          // given then; some may have ended since
  // When it last asked, renewed or reported. Not durable, and no part of the digest.
  Time spoke_at{};
};

class Workers {
 public:
  using ByName = std::map<std::string, Worker, std::less<>>;
  // By the sequence of the request.
  using Cancels = std::map<Sequence, Slot>;

  // nullptr when it is not known.
  const Worker* find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &found->second;
  }
  const ByName& all() const { return by_name_; }
  // The one that was given jobs longest ago. REQUIRES: there is one.
  const std::string& silent_longest() const {
    return std::min_element(
               by_name_.begin(), by_name_.end(),
               [](const auto& a, const auto& b) { return a.second.heard_at < b.second.heard_at; })
        ->first;
  }
  // Of its jobs that it has not acknowledged. nullptr: none.
  const Cancels* open_cancels(std::string_view worker) const {
    const auto found = open_cancels_.find(worker);
    return found == open_cancels_.end() ? nullptr : &found->second;
  }
  const std::map<std::string, Cancels, std::less<>>& all_open_cancels() const {
    return open_cancels_;
  }

  // Changes nothing durable.
  void note_spoke(Time now, std::string_view name) {
    if (const auto found = by_name_.find(name); found != by_name_.end()) {
      found->second.spoke_at = now;
    }
  }
  void give(Time now, const Accepted& accepted, Slot slot) {
    Worker& worker = by_name_[accepted.worker];
    worker.heard_at = worker.spoke_at = now;
    if (accepted.out_of_turn) {
      return;
    }
    if (worker.request_number != accepted.request_number) {
      worker.request_number = accepted.request_number;
      worker.leases.clear();
    }
    worker.leases.push_back(slot);
  }
  void forget(const std::string& name) { INVARIANT(by_name_.erase(name) == 1, name); }
  void open_cancel(std::string_view worker, Sequence sequence, Slot slot) {
    open_cancels_[std::string(worker)].emplace(sequence, slot);
  }
  void close_cancel(std::string_view worker, Sequence sequence) {
    const auto open = open_cancels_.find(worker);
    INVARIANT(open != open_cancels_.end(), worker, sequence);
    open->second.erase(sequence);
    if (open->second.empty()) {
      open_cancels_.erase(open);
    }
  }

  // For a start: the workers, and then what they were given.
  void restore(std::string name, Worker worker) {
    worker.spoke_at = worker.heard_at;
    by_name_.emplace(std::move(name), std::move(worker));
  }
  void restore_lease(std::string_view name, std::uint64_t request_number, Slot slot) {
    const auto worker = by_name_.find(name);
    if (worker != by_name_.end() && worker->second.request_number == request_number) {
      worker->second.leases.push_back(slot);
    }
  }

 private:
  ByName by_name_;
  std::map<std::string, Cancels, std::less<>> open_cancels_;
};

}  // namespace store
