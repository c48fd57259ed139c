#include "waiters.h"

#include <algorithm>

#include "invariant.h"

namespace store {
namespace {

std::tuple<DatasourceIndex, Sequence, std::string> key_of(const EventScope& scope) {
  return {scope.datasource, scope.job, scope.job != 0 ? std::string() : scope.client};
}

}  // namespace

void Waiters::park(Time until, Waiter waiter) {
  const std::uint64_t number = next_number_++;
  if (const auto* jobs = std::get_if<ForJobs>(&waiter)) {
    by_functions_[jobs->datasource][jobs->accept.functions].insert(number);
    INVARIANT(
        accepts_of_workers_.try_emplace({jobs->datasource, jobs->accept.worker}, number).second);
  } else if (const auto* cancels = std::get_if<ForCancels>(&waiter)) {
    INVARIANT(
        renewals_of_workers_.try_emplace({cancels->datasource, cancels->worker}, number).second);
  } else if (const auto* events = std::get_if<ForEvents>(&waiter)) {
    by_scope_.emplace(key_of(events->reply.scope), number);
    ++by_client_[events->client];
  } else {
    const auto& news = std::get<ForNews>(waiter);
    by_job_.emplace(news.job, number);
    ++by_client_[news.client];
  }
  waiters_.emplace(number, Parked{std::move(waiter), by_end_.emplace(until, number)});
}

std::optional<Waiters::ForJobs> Waiters::take_for_jobs(DatasourceIndex datasource,
                                                       const std::string& worker) {
  const auto found = accepts_of_workers_.find({datasource, worker});
  return found == accepts_of_workers_.end() ? std::nullopt
                                            : std::optional(std::get<ForJobs>(take(found->second)));
}

std::optional<Waiters::ForCancels> Waiters::take_for_cancels(DatasourceIndex datasource,
                                                             const std::string& worker) {
  const auto found = renewals_of_workers_.find({datasource, worker});
  return found == renewals_of_workers_.end()
             ? std::nullopt
             : std::optional(std::get<ForCancels>(take(found->second)));
}

std::vector<Waiters::ForNews> Waiters::take_for_news(JobKey job, bool is_final) {
  std::vector<std::uint64_t> numbers;
  const auto [begin, end] = by_job_.equal_range(job);
  for (auto waiter = begin; waiter != end; ++waiter) {
    const auto& news = std::get<ForNews>(waiters_.at(waiter->second).waiter);
    if (is_final || !news.until_final) {
      numbers.push_back(waiter->second);
    }
  }
  std::vector<ForNews> taken;
  for (const std::uint64_t number : numbers) {
    taken.push_back(std::get<ForNews>(take(number)));
  }
  return taken;
}

std::vector<Waiters::ForEvents> Waiters::take_for_events(JobKey job, const std::string& client) {
  std::vector<ForEvents> taken;
  for (const ScopeKey& scope :
       {ScopeKey{job.datasource, 0, ""}, ScopeKey{job.datasource, 0, client},
        ScopeKey{job.datasource, job.sequence, ""}}) {
    for (auto found = by_scope_.find(scope); found != by_scope_.end();
         found = by_scope_.find(scope)) {
      taken.push_back(std::get<ForEvents>(take(found->second)));
    }
  }
  return taken;
}

std::vector<Waiters::Waiter> Waiters::take_of_tokens(
    const std::function<bool(std::string_view)>& is_meant) {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, parked] : waiters_) {
    const Origin& origin = std::visit(
        [](const auto& waiter) -> const Origin& { return waiter.origin; }, parked.waiter);
    if (is_meant(origin.token)) {
      numbers.push_back(number);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  std::vector<Waiter> taken;
  for (const std::uint64_t number : numbers) {
    taken.push_back(take(number));
  }
  return taken;
}

std::vector<Waiters::Waiter> Waiters::take_expired(Time now, std::size_t max) {
  std::vector<Waiter> expired;
  while (expired.size() < max && !by_end_.empty() && next() <= now) {
    expired.push_back(take(by_end_.begin()->second));
  }
  return expired;
}

std::size_t Waiters::count_of_client(const std::string& client) const {
  const auto found = by_client_.find(client);
  return found == by_client_.end() ? 0 : found->second;
}

std::vector<const Accept*> Waiters::accepts(DatasourceIndex datasource) const {
  std::vector<const Accept*> accepts;
  const auto groups = by_functions_.find(datasource);
  if (groups != by_functions_.end()) {
    for (const auto& [functions, numbers] : groups->second) {
      for (const std::uint64_t number : numbers) {
        accepts.push_back(&std::get<ForJobs>(waiters_.at(number).waiter).accept);
      }
    }
  }
  return accepts;
}

std::size_t Waiters::accept_count(DatasourceIndex datasource) const {
  std::size_t count = 0;
  const auto groups = by_functions_.find(datasource);
  if (groups != by_functions_.end()) {
    for (const auto& [functions, numbers] : groups->second) {
      count += numbers.size();
    }
  }
  return count;
}

Waiters::Waiter Waiters::take(std::uint64_t number) {
  const auto found = waiters_.find(number);
  INVARIANT(found != waiters_.end(), number);
  std::visit([&](const auto& waiter) { unlist(number, waiter); }, found->second.waiter);
  by_end_.erase(found->second.end);
  Waiter taken = std::move(found->second.waiter);
  waiters_.erase(found);
  return taken;
}

void Waiters::unlist(std::uint64_t number, const ForJobs& waiter) {
  const auto groups = by_functions_.find(waiter.datasource);
  const auto group = groups->second.find(waiter.accept.functions);
  group->second.erase(number);
  if (group->second.empty()) {
    groups->second.erase(group);
  }
  if (groups->second.empty()) {
    by_functions_.erase(groups);
  }
  accepts_of_workers_.erase({waiter.datasource, waiter.accept.worker});
}

void Waiters::unlist(std::uint64_t, const ForCancels& waiter) {
  renewals_of_workers_.erase({waiter.datasource, waiter.worker});
}

void Waiters::unlist(std::uint64_t number, const ForNews& waiter) {
  const auto [begin, end] = by_job_.equal_range(waiter.job);
  for (auto it = begin; it != end; ++it) {
    if (it->second == number) {
      by_job_.erase(it);
      break;
    }
  }
  count_out(waiter.client);
}

void Waiters::unlist(std::uint64_t number, const ForEvents& waiter) {
  const auto [begin, end] = by_scope_.equal_range(key_of(waiter.reply.scope));
  by_scope_.erase(
      std::find_if(begin, end, [&](const auto& item) { return item.second == number; }));
  count_out(waiter.client);
}

void Waiters::count_out(const std::string& name) {
  const auto client = by_client_.find(name);
  if (--client->second == 0) {
    by_client_.erase(client);
  }
}

}  // namespace store
