#include "waiters.h"

#include "invariant.h"

namespace store {

void Waiters::park(Time until, DatasourceIndex datasource, ForJobs waiter) {
  const std::uint64_t number = next_number_++;
  by_datasource_[datasource].emplace(number, waiter.accept.worker);
  jobs_.emplace(number, Jobs{std::move(waiter), datasource, by_end_.emplace(until, number)});
}

void Waiters::park(Time until, ForNews waiter) {
  const std::uint64_t number = next_number_++;
  by_job_.emplace(waiter.job, number);
  news_.emplace(number, News{std::move(waiter), by_end_.emplace(until, number)});
}

const Waiters::ForJobs* Waiters::first_for_jobs(DatasourceIndex datasource) const {
  const auto waiting = by_datasource_.find(datasource);
  return waiting == by_datasource_.end() ? nullptr
                                         : &jobs_.at(waiting->second.begin()->first).waiter;
}

Waiters::ForJobs Waiters::take_first_for_jobs(DatasourceIndex datasource) {
  return take(jobs_.find(by_datasource_.at(datasource).begin()->first));
}

std::vector<Origin> Waiters::take_of_worker(DatasourceIndex datasource, const std::string& worker) {
  std::vector<Origin> origins;
  const auto waiting = by_datasource_.find(datasource);
  if (waiting == by_datasource_.end()) {
    return origins;
  }
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, name] : waiting->second) {
    if (name == worker) {
      numbers.push_back(number);
    }
  }
  for (const std::uint64_t number : numbers) {
    origins.push_back(take(jobs_.find(number)).origin);
  }
  return origins;
}

std::vector<Origin> Waiters::take_for_news(JobKey job, bool is_final) {
  std::vector<std::uint64_t> numbers;
  const auto [begin, end] = by_job_.equal_range(job);
  for (auto waiter = begin; waiter != end; ++waiter) {
    if (is_final || !news_.at(waiter->second).waiter.until_final) {
      numbers.push_back(waiter->second);
    }
  }
  std::vector<Origin> origins;
  for (const std::uint64_t number : numbers) {
    origins.push_back(take(news_.find(number)).origin);
  }
  return origins;
}

Waiters::Expired Waiters::take_expired(Time now, std::size_t max) {
  Expired expired;
  for (std::size_t i = 0; i < max && next() <= now; ++i) {
    const std::uint64_t number = by_end_.begin()->second;
    if (const auto waiter = jobs_.find(number); waiter != jobs_.end()) {
      expired.for_jobs.push_back(take(waiter).origin);
    } else {
      expired.for_news.push_back(take(news_.find(number)));
    }
  }
  return expired;
}

Waiters::ForJobs Waiters::take(std::map<std::uint64_t, Jobs>::iterator waiter) {
  INVARIANT(waiter != jobs_.end());
  const auto waiting = by_datasource_.find(waiter->second.datasource);
  waiting->second.erase(waiter->first);
  if (waiting->second.empty()) {
    by_datasource_.erase(waiting);
  }
  by_end_.erase(waiter->second.end);
  ForJobs taken = std::move(waiter->second.waiter);
  jobs_.erase(waiter);
  return taken;
}

Waiters::ForNews Waiters::take(std::map<std::uint64_t, News>::iterator waiter) {
  INVARIANT(waiter != news_.end());
  const auto [begin, end] = by_job_.equal_range(waiter->second.waiter.job);
  for (auto it = begin; it != end; ++it) {
    if (it->second == waiter->first) {
      by_job_.erase(it);
      break;
    }
  }
  by_end_.erase(waiter->second.end);
  ForNews taken = std::move(waiter->second.waiter);
  news_.erase(waiter);
  return taken;
}

}  // namespace store
