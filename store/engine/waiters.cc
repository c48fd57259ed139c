#include "waiters.h"

#include <algorithm>

#include "invariant.h"

namespace store {

Waiters::Wanted Waiters::wanted_of(const Accept& accept) {
  return {accept.functions, accept.labels, accept.is_for_any, accept.least_priority};
}

Waiters::Key Waiters::key_of(const Waiter& waiter) {
  const std::size_t kind = waiter.index();
  if (const auto* jobs = std::get_if<ForJobs>(&waiter)) {
    return {kind, jobs->datasource, 0, jobs->accept.worker};
  }
  if (const auto* cancels = std::get_if<ForCancels>(&waiter)) {
    return {kind, cancels->datasource, 0, cancels->worker};
  }
  if (const auto* news = std::get_if<ForNews>(&waiter)) {
    return {kind, news->job.datasource, news->job.sequence, {}};
  }
  const EventScope& scope = std::get<ForEvents>(waiter).reply.scope;
  return {kind, scope.datasource, scope.job, scope.job != 0 ? std::string() : scope.client};
}

const Origin& Waiters::origin_of(const Waiter& waiter) {
  return std::visit([](const auto& any) -> const Origin& { return any.origin; }, waiter);
}

const std::string* Waiters::client_of(const Waiter& waiter) {
  const auto* news = std::get_if<ForNews>(&waiter);
  const auto* events = std::get_if<ForEvents>(&waiter);
  return news != nullptr ? &news->client : events != nullptr ? &events->client : nullptr;
}

// About: a text stands in its string and mostly in a key too, and each place in an index has a
// node.
std::size_t Waiters::bytes_of(const Waiter& waiter) {
  constexpr std::size_t kOfEach = 1024;
  constexpr std::size_t kOfText = 96;
  std::size_t bytes = kOfEach;
  const Origin& origin = origin_of(waiter);
  bytes += origin.identity.size() + origin.token.size() + origin.caveats.size();
  if (const auto* jobs = std::get_if<ForJobs>(&waiter)) {
    for (const auto* texts : {&jobs->accept.functions, &jobs->accept.labels}) {
      for (const std::string& text : *texts) {
        bytes += 2 * (kOfText + text.size());
      }
    }
    bytes += jobs->accept.about.host.size() + jobs->accept.about.version.size();
  } else if (const auto* cancels = std::get_if<ForCancels>(&waiter)) {
    bytes += cancels->reply.leases.size() * sizeof cancels->reply.leases.front();
  }
  return bytes;
}

void Waiters::park(Time until, Waiter waiter) {
  const std::uint64_t number = next_number_++;
  const auto key = by_key_.emplace(key_of(waiter), number);
  INVARIANT(waiter.index() >= kForNews || by_key_.count(key->first) == 1, key->first.name);
  ++count_of_kind_[waiter.index()];
  if (const auto* jobs = std::get_if<ForJobs>(&waiter)) {
    by_wanted_[jobs->datasource][wanted_of(jobs->accept)].insert(number);
  }
  if (const std::string* client = client_of(waiter)) {
    ++by_client_[*client];
  }
  shares_.take(origin_of(waiter).token, bytes_of(waiter));
  waiters_.emplace(number, Parked{std::move(waiter), key, by_end_.emplace(until, number)});
}

std::vector<Waiters::ForNews> Waiters::take_for_news(JobKey job, bool is_final) {
  std::vector<ForNews> taken;
  if (count_of_kind_[kForNews] == 0) {
    return taken;
  }
  const auto [begin, end] = by_key_.equal_range({kForNews, job.datasource, job.sequence, {}});
  for (auto found = begin; found != end;) {
    const std::uint64_t number = (found++)->second;
    if (is_final || !std::get<ForNews>(waiters_.at(number).waiter).until_final) {
      taken.push_back(std::get<ForNews>(take(number)));
    }
  }
  return taken;
}

std::vector<Waiters::ForEvents> Waiters::take_for_events(JobKey job, const std::string& client) {
  std::vector<ForEvents> taken;
  if (count_of_kind_[kForEvents] == 0) {
    return taken;
  }
  for (const Key& scope :
       {Key{kForEvents, job.datasource, 0, {}}, Key{kForEvents, job.datasource, 0, client},
        Key{kForEvents, job.datasource, job.sequence, {}}}) {
    while (auto waiter = take_one<ForEvents>(scope)) {
      taken.push_back(std::move(*waiter));
    }
  }
  return taken;
}

std::vector<Waiters::Waiter> Waiters::take_if(const std::function<bool(const Origin&)>& is_meant) {
  return take_all([&](const Waiter& waiter) { return is_meant(origin_of(waiter)); });
}

std::vector<Waiters::Waiter> Waiters::take_of(DatasourceIndex datasource) {
  const auto place_of = [](const auto& waiter) {
    if constexpr (requires { waiter.datasource; }) {
      return waiter.datasource;
    } else if constexpr (requires { waiter.job; }) {
      return waiter.job.datasource;
    } else {
      return waiter.reply.scope.datasource;
    }
  };
  return take_all([&](const Waiter& waiter) { return std::visit(place_of, waiter) == datasource; });
}

std::vector<Waiters::Waiter> Waiters::take_all(const std::function<bool(const Waiter&)>& is_meant) {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, parked] : waiters_) {
    if (is_meant(parked.waiter)) {
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
  const auto groups = by_wanted_.find(datasource);
  if (groups != by_wanted_.end()) {
    for (const auto& [wanted, numbers] : groups->second) {
      for (const std::uint64_t number : numbers) {
        accepts.push_back(&std::get<ForJobs>(waiters_.at(number).waiter).accept);
      }
    }
  }
  return accepts;
}

std::vector<std::string> Waiters::listening(DatasourceIndex datasource) const {
  std::vector<std::string> workers;
  for (auto found = by_key_.lower_bound(Key{kForCancels, datasource, 0, {}});
       found != by_key_.end() && found->first.kind == kForCancels &&
       found->first.datasource == datasource;
       ++found) {
    workers.push_back(found->first.name);
  }
  return workers;
}

Waiters::Waiter Waiters::take(std::uint64_t number) {
  const auto found = waiters_.find(number);
  INVARIANT(found != waiters_.end(), number);
  Waiter taken = std::move(found->second.waiter);
  by_key_.erase(found->second.key);
  by_end_.erase(found->second.end);
  waiters_.erase(found);
  --count_of_kind_[taken.index()];
  shares_.give(origin_of(taken).token, bytes_of(taken));
  if (const auto* jobs = std::get_if<ForJobs>(&taken)) {
    const auto groups = by_wanted_.find(jobs->datasource);
    const auto group = groups->second.find(wanted_of(jobs->accept));
    group->second.erase(number);
    if (group->second.empty()) {
      groups->second.erase(group);
    }
    if (groups->second.empty()) {
      by_wanted_.erase(groups);
    }
  }
  if (const std::string* name = client_of(taken)) {
    const auto client = by_client_.find(*name);
    if (--client->second == 0) {
      by_client_.erase(client);
    }
  }
  return taken;
}

}  // namespace store
