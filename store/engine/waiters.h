// Requests that are held back until there is something to say or their time is over: accepts that
// wait for jobs, and questions that wait for news of a job. Not durable: whoever waits asks again
// after a restart.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "commands.h"
#include "replies.h"

namespace store {

class Waiters {
 public:
  struct ForJobs {
    Origin origin;
    Accept accept;
  };
  struct ForNews {
    Origin origin;
    JobKey job;
    bool until_final = false;
  };

  void park(Time until, DatasourceIndex datasource, ForJobs waiter);
  void park(Time until, ForNews waiter);

  // Who has waited longest for jobs of the datasource, or nullptr.
  const ForJobs* first_for_jobs(DatasourceIndex datasource) const;
  ForJobs take_first_for_jobs(DatasourceIndex datasource);

  // A worker that asks anew has given up on what it asked before.
  std::vector<Origin> take_of_worker(DatasourceIndex datasource, const std::string& worker);

  // Those for whom the job's change is news.
  std::vector<Origin> take_for_news(JobKey job, bool is_final);

  // Those whose time is over at `now`, at most `max`.
  struct Expired {
    std::vector<Origin> for_jobs;
    std::vector<ForNews> for_news;
  };
  Expired take_expired(Time now, std::size_t max);

  std::size_t size() const { return by_end_.size(); }
  Time next() const { return by_end_.empty() ? Time::max() : by_end_.begin()->first; }

 private:
  struct KeyHash {
    std::size_t operator()(const JobKey& key) const {
      return std::hash<std::uint64_t>()(key.sequence * 1'000'003 + key.datasource);
    }
  };
  using ByEnd = std::multimap<Time, std::uint64_t>;
  struct Jobs {
    ForJobs waiter;
    DatasourceIndex datasource;
    ByEnd::iterator end;
  };
  struct News {
    ForNews waiter;
    ByEnd::iterator end;
  };

  ForJobs take(std::map<std::uint64_t, Jobs>::iterator waiter);
  ForNews take(std::map<std::uint64_t, News>::iterator waiter);

  // Numbers rise, so that a map from number to waiter is in the order of arrival.
  std::uint64_t next_number_ = 1;
  std::map<std::uint64_t, Jobs> jobs_;
  std::map<std::uint64_t, News> news_;
  std::map<DatasourceIndex, std::map<std::uint64_t, std::string>> by_datasource_;
  std::unordered_multimap<JobKey, std::uint64_t, KeyHash> by_job_;
  ByEnd by_end_;
};

}  // namespace store
