// The schedules of all datasources, and which of them is due next. A part of the State.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "changes.h"
#include "shares.h"

namespace store {

struct ScheduleState {
  std::shared_ptr<const SchedulePlan> plan;  // never null
  std::string token;                         // that it was added with; it pays
  ScheduleRun run;
};

class Schedules {
 public:
  using Key = std::pair<DatasourceIndex, std::string>;

  const ScheduleState* find(DatasourceIndex datasource, std::string_view name) const;
  const std::map<Key, ScheduleState>& all() const { return all_; }
  // Of which it is the job that was made last; nullptr: of none.
  const Key* of_last_job(JobKey job) const;
  // The one that is due first, and when. Time::max(): none ever is.
  Time next() const { return timers_.empty() ? Time::max() : std::get<Time>(*timers_.begin()); }
  // REQUIRES: there is one.
  Key first() const { return {std::get<1>(*timers_.begin()), std::get<2>(*timers_.begin())}; }
  const Shares& shares() const { return shares_; }

  // In place of the one of that name, if there is one.
  void set(const Key& key, ScheduleState schedule);
  void change(const Key& key, ScheduleRun run);
  void remove(const Key& key);
  void note_end(JobKey job, Status status, Time at);

 private:
  using Timer = std::tuple<Time, DatasourceIndex, std::string>;

  // What follows from it, to be undone before it changes.
  void enter(const Key& key, const ScheduleState& schedule);
  void leave(const Key& key, const ScheduleState& schedule);

  std::map<Key, ScheduleState> all_;
  std::set<Timer> timers_;  // of those that are not paused
  std::map<JobKey, Key> last_jobs_;
  Shares shares_;
};

// Of memory, about.
std::size_t bytes_of(const SchedulePlan& plan);

}  // namespace store
