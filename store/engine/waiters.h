// Requests that are held back until there is something to say or their time is over: accepts that
// wait for jobs, renewals that wait for cancels, and questions that wait for news of a job or for
// events. Not
// durable: whoever waits asks again after a restart.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

#include "commands.h"
#include "replies.h"

namespace store {

class Waiters {
 public:
  // An accept. At most one of a worker waits.
  struct ForJobs {
    Origin origin;
    DatasourceIndex datasource = 0;
    Accept accept;
  };
  // A renewal that asks for cancels; `reply` is what it is answered with but for those. At most one
  // of a worker waits.
  struct ForCancels {
    Origin origin;
    DatasourceIndex datasource = 0;
    std::string worker;
    RenewReply reply;
  };
  struct ForNews {
    Origin origin;
    JobKey job;
    std::string client;  // who asks; empty: a driver
    bool until_final = false;
    bool with_attempts = false;
    bool with_request = false;
  };
  struct ForEvents {
    Origin origin;
    std::string client;  // who asks; empty: a driver
    EventsReply reply;
  };
  using Waiter = std::variant<ForJobs, ForCancels, ForNews, ForEvents>;

  void park(Time until, Waiter waiter);

  // Of those that wait for jobs of the datasource, the one that has waited longest among those that
  // `can_take` says yes to; it is asked once for each list of functions.
  template <typename CanTake>
  std::optional<ForJobs> take_first_for_jobs(DatasourceIndex datasource, CanTake can_take) {
    const auto groups = by_functions_.find(datasource);
    if (groups == by_functions_.end()) {
      return std::nullopt;
    }
    std::uint64_t first = UINT64_MAX;
    for (const auto& [functions, numbers] : groups->second) {
      if (*numbers.begin() < first && can_take(functions)) {
        first = *numbers.begin();
      }
    }
    return first == UINT64_MAX ? std::nullopt : std::optional(std::get<ForJobs>(take(first)));
  }

  // The worker's accept; the worker's renewal.
  std::optional<ForJobs> take_for_jobs(DatasourceIndex datasource, const std::string& worker);
  std::optional<ForCancels> take_for_cancels(DatasourceIndex datasource, const std::string& worker);

  // Those for whom the job's change is news.
  std::vector<ForNews> take_for_news(JobKey job, bool is_final);

  // Those whose scope the event is of.
  std::vector<ForEvents> take_for_events(JobKey job, const std::string& client);
  bool has_for_events() const { return !by_scope_.empty(); }

  // Those that came with such a token.
  std::vector<Waiter> take_of_tokens(const std::function<bool(std::string_view)>& is_meant);

  // Those whose time is over at `now`, at most `max`.
  std::vector<Waiter> take_expired(Time now, std::size_t max);

  std::size_t size() const { return waiters_.size(); }
  std::size_t count_of_client(const std::string& client) const;
  // Workers that wait for jobs of the datasource, with the functions they ask for.
  std::vector<const Accept*> accepts(DatasourceIndex datasource) const;
  std::size_t accept_count(DatasourceIndex datasource) const;
  Time next() const { return by_end_.empty() ? Time::max() : by_end_.begin()->first; }

 private:
  struct KeyHash {
    std::size_t operator()(const JobKey& key) const {
      return std::hash<std::uint64_t>()(key.sequence * 1'000'003 + key.datasource);
    }
  };
  using ByEnd = std::multimap<Time, std::uint64_t>;
  struct Parked {
    Waiter waiter;
    ByEnd::iterator end;
  };
  using WorkerName = std::pair<DatasourceIndex, std::string>;
  // A datasource; and a client, or a job (its client is left out), if it is a part of one.
  using ScopeKey = std::tuple<DatasourceIndex, Sequence, std::string>;

  Waiter take(std::uint64_t number);
  void unlist(std::uint64_t number, const ForJobs& waiter);
  void unlist(std::uint64_t number, const ForCancels& waiter);
  void unlist(std::uint64_t number, const ForNews& waiter);
  void unlist(std::uint64_t number, const ForEvents& waiter);
  void count_out(const std::string& client);

  // Numbers rise in the order of arrival.
  std::uint64_t next_number_ = 1;
  std::unordered_map<std::uint64_t, Parked> waiters_;
  ByEnd by_end_;
  std::map<DatasourceIndex, std::map<std::vector<std::string>, std::set<std::uint64_t>>>
      by_functions_;
  std::map<WorkerName, std::uint64_t> accepts_of_workers_;
  std::map<WorkerName, std::uint64_t> renewals_of_workers_;
  std::unordered_multimap<JobKey, std::uint64_t, KeyHash> by_job_;
  std::multimap<ScopeKey, std::uint64_t> by_scope_;
  std::unordered_map<std::string, std::size_t> by_client_;
};

}  // namespace store
