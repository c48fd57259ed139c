// Jobs whose turn had come while as many of their token ran as may: which goes when one of those
// ends. A part of the State, that follows from its jobs.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "job.h"

namespace store {

class HeldBackJobs {
 public:
  // Running jobs that were submitted with the token.
  std::size_t running(TokenIndex token) const {
    return token < running_.size() ? running_[token] : 0;
  }
  // Whether the job has to wait for another one of its token.
  bool is_full(const Job& job) const {
    return job.running_max != 0 && running(job.submit_token) >= job.running_max;
  }

  // One more runs (1), or one less (-1).
  void count_running(const Job& job, int by) {
    if (job.submit_token == kNoSlot) {
      return;
    }
    if (job.submit_token >= running_.size()) {
      running_.resize(job.submit_token + 1);
    }
    running_[job.submit_token] += static_cast<std::size_t>(by);
    open(job.submit_token);
  }
  // The job is held back; and no more.
  void begin(Job& job) {
    job.is_held_back = true;
    held_[key_of(job)].insert(place_of(job));
  }
  void end(Job& job) {
    if (!job.is_held_back) {
      return;
    }
    job.is_held_back = false;
    const auto held = held_.find(key_of(job));
    held->second.erase(place_of(job));
    if (held->second.empty()) {
      open_.erase(held->first);
      held_.erase(held);
    }
  }
  // As many of the token run as do now, or one that was let go did not go: whether another may.
  void open(TokenIndex token) {
    for (auto held = held_.lower_bound({token, 0});
         held != held_.end() && held->first.first == token; ++held) {
      if (running(token) < held->first.second) {
        open_.insert(held->first);
      } else {
        open_.erase(held->first);
      }
    }
  }
  // For a start: whoever may go is let go.
  void open_all() {
    for (const auto& [key, held] : held_) {
      open(key.first);
    }
  }

  // The next one that may go; best priority first, then the oldest.
  std::optional<JobKey> next() const {
    return open_.empty() ? std::nullopt : std::optional(held_.at(*open_.begin()).begin()->second);
  }
  void close(const Job& job) { open_.erase(key_of(job)); }

 private:
  using Key = std::pair<TokenIndex, std::uint32_t>;  // and how many may run
  using Place = std::pair<int, JobKey>;
  static Key key_of(const Job& job) { return {job.submit_token, job.running_max}; }
  static Place place_of(const Job& job) { return {-int{job.priority}, job.key}; }

  std::vector<std::size_t> running_;  // by TokenIndex
  std::map<Key, std::set<Place>> held_;
  std::set<Key> open_;  // of those, one may go
};

}  // namespace store
