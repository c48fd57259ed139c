// Which jobs wait for which groups to end. A part of the State, that follows from its jobs.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "job.h"

namespace store {

class GroupWaits {
 public:
  // Of a client's group in a datasource: the indexes of both names.
  using Key = std::tuple<DatasourceIndex, NameIndex, NameIndex>;
  static Key of_group(const Job& job) { return {job.key.datasource, job.client, job.group}; }
  static Key awaited_by(const Job& job) {
    return {job.key.datasource, job.client, job.after_group};
  }

  // The job waits from now on. `is_live`: the group has jobs that have not ended.
  void begin(Job& job, bool is_live) {
    job.awaits_group = true;
    ++job.awaited;
    waiters_[awaited_by(job)].insert(job.key.sequence);
    note(awaited_by(job), is_live);
  }
  // It waits no more, if it did.
  void end(Job& job) {
    if (!job.awaits_group) {
      return;
    }
    const auto waiters = waiters_.find(awaited_by(job));
    waiters->second.erase(job.key.sequence);
    if (waiters->second.empty()) {
      ended_.erase(waiters->first);
      waiters_.erase(waiters);
    }
    job.awaits_group = false;
    --job.awaited;
  }
  // Whether the group has jobs that have not ended.
  void note(const Key& group, bool is_live) {
    if (is_live) {
      ended_.erase(group);
    } else if (waiters_.contains(group)) {
      ended_.insert(group);
    }
  }

  // A job whose group has ended, and that was not told yet.
  std::optional<JobKey> next() const {
    if (ended_.empty()) {
      return std::nullopt;
    }
    const Key& group = *ended_.begin();
    return JobKey{std::get<0>(group), *waiters_.at(group).begin()};
  }

 private:
  std::map<Key, std::set<Sequence>> waiters_;
  std::set<Key> ended_;  // of those
};

}  // namespace store
