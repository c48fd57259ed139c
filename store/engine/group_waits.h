// Which jobs wait for which groups to end. A part of the State, that follows from its jobs.
//
// A job waits for those of the group that were submitted before it, so that no two can wait for
// each other. Those that wait go in their order: the first of them goes once no older job is live.
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
  static constexpr Sequence kNoneLive = UINT64_MAX;

  // The job waits from now on. `first_live`: the oldest job of the group that has not ended.
  void begin(Job& job, Sequence first_live) {
    job.awaits_group = true;
    ++job.awaited;
    Waiters& group = groups_[awaited_by(job)];
    group.jobs.insert(job.key.sequence);
    group.first_live = first_live;
    settle(awaited_by(job), group);
  }
  // It waits no more, if it did.
  void end(Job& job) {
    if (!job.awaits_group) {
      return;
    }
    const auto group = groups_.find(awaited_by(job));
    group->second.jobs.erase(job.key.sequence);
    settle(group->first, group->second);
    if (group->second.jobs.empty()) {
      groups_.erase(group);
    }
    job.awaits_group = false;
    --job.awaited;
  }
  // What the oldest job of the group is now that has not ended.
  void note(const Key& key, Sequence first_live) {
    if (const auto group = groups_.find(key); group != groups_.end()) {
      group->second.first_live = first_live;
      settle(key, group->second);
    }
  }

  // A job that waits for nothing of its group any more, and was not told yet.
  std::optional<JobKey> next() const {
    if (ended_.empty()) {
      return std::nullopt;
    }
    const Key& group = *ended_.begin();
    return JobKey{std::get<0>(group), *groups_.at(group).jobs.begin()};
  }

 private:
  struct Waiters {
    std::set<Sequence> jobs;
    Sequence first_live = kNoneLive;
  };

  void settle(const Key& key, const Waiters& group) {
    if (!group.jobs.empty() && *group.jobs.begin() < group.first_live) {
      ended_.insert(key);
    } else {
      ended_.erase(key);
    }
  }

  std::map<Key, Waiters> groups_;
  std::set<Key> ended_;
};

}  // namespace store
