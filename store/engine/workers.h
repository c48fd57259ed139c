// The workers of one datasource: what each was given last, and which cancels it has not
// acknowledged.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "changes.h"
#include "commands.h"
#include "invariant.h"
#include "job.h"
#include "shares.h"

namespace store {

struct Worker {
  std::uint64_t request_number = 0;  // of its last accept that gave jobs
  Time heard_at{};                   // when that was
  std::vector<Slot> leases;          // given then; some may have ended since
  // That it was given jobs with, for which the row counts. No part of the digest: older checkpoints
  // do not say it.
  std::string token;
  // When it last asked, renewed or reported. Not durable, and no part of the digest, as the others
  // below.
  Time spoke_at{};
  // The peer over whose connection it asked last, where its leases end with it.
  std::string peer;
  Span gone_after{};  // zero: they do not
  Time gone_at{};     // when the connection was found to have ended; zero: it has not
  jobq::WorkerAbout about;
  // That it asks for and has, as many as fit into kAskedBytesMax.
  jobq::WorkerAsks asks;
};
inline constexpr std::size_t kAskedBytesMax = 1024;
// One that was heard of within this time counts as one that will come back for more.
inline constexpr Span kWorkerIsNear = std::chrono::minutes(1);
// One that was not, within this, is forgotten.
inline constexpr Span kWorkerIsKnown = std::chrono::hours(24);

class Workers {
 public:
  using ByName = std::map<std::string, Worker, std::less<>>;
  // By the sequence of the request.
  using Cancels = std::map<Sequence, Slot>;

  // `rows` must outlive this: of all datasources' workers, by their tokens.
  explicit Workers(Shares& rows) : rows_(&rows) {}

  // nullptr when it is not known.
  const Worker* find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &found->second;
  }
  const ByName& all() const { return by_name_; }
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
  // Whoever asks with another token than the worker was given jobs with does not speak for it.
  void note_asked(const Accept& accept, std::string_view token, const std::string& peer) {
    if (Worker* worker = find_of(accept.worker, token)) {
      worker->gone_after = accept.gone_after;
      if (worker->about != accept.about) {
        worker->about = accept.about;
      }
      if (worker->asks.functions != accept.functions) {
        worker->asks.functions = first_of(accept.functions);
      }
      if (worker->asks.labels != accept.labels) {
        worker->asks.labels = first_of(accept.labels);
      }
      set_peer(*worker, peer);
    }
  }
  void note_peer(std::string_view name, std::string_view token, const std::string& peer) {
    if (Worker* worker = find_of(name, token)) {
      set_peer(*worker, peer);
    }
  }
  // Tells of each that is found to be gone now: visit(name, worker).
  template <typename IsGone, typename Visit>
  void note_gone(Time now, IsGone is_gone, Visit visit) {
    for (auto& [name, worker] : by_name_) {
      if (!worker.peer.empty() && worker.gone_at == Time{} && is_gone(worker.peer)) {
        worker.gone_at = now;
        visit(name, worker);
      }
    }
  }
  void give(Time now, const Accepted& accepted, std::string_view token, Slot slot) {
    const auto [found, is_new] = by_name_.try_emplace(accepted.worker);
    Worker& worker = found->second;
    if (is_new || worker.token != token) {
      is_new ? void() : rows_->give(worker.token, 0);
      worker.token = token;
      rows_->take(token, 0);
    }
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
  void forget(const std::string& name) {
    const auto found = by_name_.find(name);
    INVARIANT(found != by_name_.end(), name);
    rows_->give(found->second.token, 0);
    by_name_.erase(found);
  }
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
    rows_->take(worker.token, 0);
    by_name_.emplace(std::move(name), std::move(worker));
  }
  void restore_lease(std::string_view name, std::uint64_t request_number, Slot slot) {
    const auto worker = by_name_.find(name);
    if (worker != by_name_.end() && worker->second.request_number == request_number) {
      worker->second.leases.push_back(slot);
    }
  }

  // As many as fit.
  static std::vector<std::string> first_of(const std::vector<std::string>& names) {
    std::vector<std::string> first;
    std::size_t bytes = 0;
    for (const std::string& name : names) {
      bytes += name.size();
      if (bytes > kAskedBytesMax) {
        break;
      }
      first.push_back(name);
    }
    return first;
  }

 private:
  Worker* find_of(std::string_view name, std::string_view token) {
    const auto found = by_name_.find(name);
    return found == by_name_.end() || found->second.token != token ? nullptr : &found->second;
  }
  static void set_peer(Worker& worker, const std::string& peer) {
    worker.peer = worker.gone_after == Span::zero() ? std::string() : peer;
    worker.gone_at = {};
  }

  Shares* rows_;
  ByName by_name_;
  std::map<std::string, Cancels, std::less<>> open_cancels_;
};

}  // namespace store
