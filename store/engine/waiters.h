// Requests that are held back until there is something to say or their time is over: accepts that
// wait for jobs, renewals that wait for cancels, and questions that wait for news of a job or for
// events. Not durable: whoever waits asks again after a restart.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "commands.h"
#include "replies.h"
#include "shares.h"

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
    bool with_checkpoint() const { return with_request && client.empty(); }
  };
  struct ForEvents {
    Origin origin;
    std::string client;  // who asks; empty: a driver
    EventsReply reply;
  };
  using Waiter = std::variant<ForJobs, ForCancels, ForNews, ForEvents>;

  void park(Time until, Waiter waiter);

  // What a worker asks for.
  struct Wanted {
    std::vector<std::string> functions;
    std::vector<std::string> labels;  // that it has
    bool is_for_any = false;          // as Accept has it
    unsigned least_priority = 0;
    auto operator<=>(const Wanted&) const = default;
  };
  static Wanted wanted_of(const Accept& accept);
  // Of those that wait for jobs of the datasource, the one that has waited longest among those that
  // `can_take` says yes to; it is asked once for all that want the same.
  template <typename CanTake>
  std::optional<ForJobs> take_first_for_jobs(DatasourceIndex datasource, CanTake can_take) {
    const auto groups = by_wanted_.find(datasource);
    if (groups == by_wanted_.end()) {
      return std::nullopt;
    }
    std::uint64_t first = UINT64_MAX;
    for (const auto& [wanted, numbers] : groups->second) {
      if (*numbers.begin() < first && can_take(wanted)) {
        first = *numbers.begin();
      }
    }
    return first == UINT64_MAX ? std::nullopt : std::optional(std::get<ForJobs>(take(first)));
  }

  bool has_for_jobs(DatasourceIndex datasource) const { return by_wanted_.contains(datasource); }
  // The worker's accept; nullptr: none waits.
  const ForJobs* find_for_jobs(DatasourceIndex datasource, const std::string& worker) const {
    const auto found = by_key_.find(Key{kForJobs, datasource, 0, worker});
    return found == by_key_.end() ? nullptr : &std::get<ForJobs>(waiters_.at(found->second).waiter);
  }
  // The same, taken out; the worker's renewal.
  std::optional<ForJobs> take_for_jobs(DatasourceIndex datasource, const std::string& worker) {
    return take_one<ForJobs>({kForJobs, datasource, 0, worker});
  }
  std::optional<ForCancels> take_for_cancels(DatasourceIndex datasource,
                                             const std::string& worker) {
    return take_one<ForCancels>({kForCancels, datasource, 0, worker});
  }

  // Those for whom the job's change is news.
  std::vector<ForNews> take_for_news(JobKey job, bool is_final);

  // Those whose scope the event is of.
  std::vector<ForEvents> take_for_events(JobKey job, const std::string& client);

  // Those whose origin is such a one; those that wait for something of the datasource.
  std::vector<Waiter> take_if(const std::function<bool(const Origin&)>& is_meant);
  std::vector<Waiter> take_of(DatasourceIndex datasource);

  // Those whose time is over at `now`, at most `max`.
  std::vector<Waiter> take_expired(Time now, std::size_t max);

  // What it takes of memory.
  static std::size_t bytes_of(const Waiter& waiter);

  std::size_t size() const { return waiters_.size(); }
  std::size_t count_of_client(const std::string& client) const;
  // By the tokens that they were asked with.
  const Shares& shares() const { return shares_; }
  // Workers that wait for jobs of the datasource.
  std::vector<const Accept*> accepts(DatasourceIndex datasource) const;
  // Workers that wait for cancels of their jobs there, by name.
  std::vector<std::string> listening(DatasourceIndex datasource) const;
  Time next() const { return by_end_.empty() ? Time::max() : by_end_.begin()->first; }

 private:
  // In the order of Waiter.
  enum Kind : std::size_t { kForJobs, kForCancels, kForNews, kForEvents };
  // What a waiter waits for: of a worker by its name; of a job; or of a scope, a job or a client
  // (or neither) of the datasource.
  struct Key {
    std::size_t kind;
    DatasourceIndex datasource;
    Sequence job;
    std::string name;
    auto operator<=>(const Key&) const = default;
  };
  using ByKey = std::multimap<Key, std::uint64_t>;
  using ByEnd = std::multimap<Time, std::uint64_t>;
  struct Parked {
    Waiter waiter;
    ByKey::iterator key;
    ByEnd::iterator end;
  };

  static Key key_of(const Waiter& waiter);
  static const Origin& origin_of(const Waiter& waiter);
  // Who asks may have only so many; nullptr: that does not matter.
  static const std::string* client_of(const Waiter& waiter);
  std::vector<Waiter> take_all(const std::function<bool(const Waiter&)>& is_meant);
  Waiter take(std::uint64_t number);
  template <typename Of>
  std::optional<Of> take_one(const Key& key) {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? std::nullopt : std::optional(std::get<Of>(take(found->second)));
  }

  // Numbers rise in the order of arrival.
  std::uint64_t next_number_ = 1;
  std::unordered_map<std::uint64_t, Parked> waiters_;
  ByEnd by_end_;
  ByKey by_key_;
  std::array<std::size_t, std::variant_size_v<Waiter>> count_of_kind_{};
  std::map<DatasourceIndex, std::map<Wanted, std::set<std::uint64_t>>> by_wanted_;
  std::unordered_map<std::string, std::size_t> by_client_;
  Shares shares_;
};

}  // namespace store
