#include "schedules.h"

#include "invariant.h"

namespace store {

std::size_t bytes_of(const SchedulePlan& plan) {
  constexpr std::size_t kOfEach = 1024;
  const jobq::NewJob& job = plan.schedule.job;
  std::size_t bytes = kOfEach + plan.schedule.cron.size() + plan.schedule.zone.size() +
                      job.request.size() + job.client.size() + job.function.size();
  for (const std::string& tag : job.tags) {
    bytes += sizeof(std::string) + tag.size();
  }
  return bytes;
}

const ScheduleState* Schedules::find(DatasourceIndex datasource, std::string_view name) const {
  const auto found = all_.find(Key(datasource, name));
  return found == all_.end() ? nullptr : &found->second;
}

const Schedules::Key* Schedules::of_last_job(JobKey job) const {
  const auto found = last_jobs_.empty() ? last_jobs_.end() : last_jobs_.find(job);
  return found == last_jobs_.end() ? nullptr : &found->second;
}

void Schedules::enter(const Key& key, const ScheduleState& schedule) {
  const ScheduleRun& run = schedule.run;
  if (!run.is_paused && run.due != Time{}) {
    timers_.emplace(run.due, key.first, key.second);
  }
  if (run.last_sequence != 0) {
    last_jobs_[{key.first, run.last_sequence}] = key;
  }
}

void Schedules::leave(const Key& key, const ScheduleState& schedule) {
  timers_.erase({schedule.run.due, key.first, key.second});
  last_jobs_.erase({key.first, schedule.run.last_sequence});
}

void Schedules::set(const Key& key, ScheduleState schedule) {
  if (all_.contains(key)) {
    remove(key);
  }
  shares_.take(schedule.token, bytes_of(*schedule.plan));
  const auto added = all_.emplace(key, std::move(schedule)).first;
  enter(key, added->second);
}

void Schedules::change(const Key& key, ScheduleRun run) {
  const auto found = all_.find(key);
  INVARIANT(found != all_.end(), key.second);
  leave(key, found->second);
  found->second.run = std::move(run);
  enter(key, found->second);
}

void Schedules::remove(const Key& key) {
  const auto found = all_.find(key);
  INVARIANT(found != all_.end(), key.second);
  leave(key, found->second);
  shares_.give(found->second.token, bytes_of(*found->second.plan));
  all_.erase(found);
}

void Schedules::note_end(JobKey job, Status status, Time at) {
  if (const Key* key = of_last_job(job)) {
    ScheduleRun& run = all_.at(*key).run;
    run.last_status = status;
    run.last_ended_at = at;
  }
}

}  // namespace store
