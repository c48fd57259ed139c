#include "dependencies.h"

#include <algorithm>

#include "invariant.h"

namespace store {

std::size_t bytes_of(const std::vector<Dependency>& after) {
  constexpr std::size_t kOfEach = 256;
  std::size_t bytes = 0;
  for (const Dependency& dependency : after) {
    bytes += kOfEach + dependency.id.size();
  }
  return bytes;
}

const std::vector<Dependency>& Dependencies::of(const Job& job) const {
  static const std::vector<Dependency> kNone;
  return job.has_after ? of_.at(job.key) : kNone;
}

std::optional<JobKey> Dependencies::first_waiter(JobKey awaited) const {
  const auto first = open_.empty() ? open_.end() : open_.lower_bound({awaited, JobKey{}});
  return first != open_.end() && first->first == awaited ? std::optional(first->second)
                                                         : std::nullopt;
}

std::optional<Dependencies::Edge> Dependencies::next_ended() const {
  if (ended_.empty()) {
    return std::nullopt;
  }
  const JobKey first = ended_.begin()->first;
  return Edge{first, *first_waiter(first)};
}

void Dependencies::add(Job& waiter, std::vector<Dependency> after) {
  if (after.empty()) {
    return;
  }
  waiter.has_after = true;
  for (const Dependency& dependency : after) {
    if (!is_final(dependency.end) && !is_final(waiter.status)) {
      INVARIANT(open_.emplace(dependency.key(), waiter.key).second, waiter.id, dependency.id);
      ++waiter.awaited;
    }
  }
  INVARIANT(of_.emplace(waiter.key, std::move(after)).second, waiter.id);
}

void Dependencies::note_end(JobKey job, Status end, const JobError& error) {
  if (is_awaited(job)) {
    ended_.emplace(job, Ended{end, error});
  }
}

void Dependencies::close(Job& waiter, JobKey awaited, Status end) {
  for (Dependency& dependency : of_.at(waiter.key)) {
    dependency.end = dependency.key() == awaited ? end : dependency.end;
  }
  erase_open(awaited, waiter.key);
  --waiter.awaited;
}

void Dependencies::give_up(Job& waiter) {
  if (waiter.awaited == 0) {
    return;
  }
  for (Dependency& dependency : of_.at(waiter.key)) {
    if (!is_final(dependency.end)) {
      const auto ended = ended_.find(dependency.key());
      dependency.end = ended == ended_.end() ? dependency.end : ended->second.end;
      erase_open(dependency.key(), waiter.key);
    }
  }
  waiter.awaited = 0;
}

void Dependencies::erase_open(JobKey awaited, JobKey waiter) {
  INVARIANT(open_.erase({awaited, waiter}) == 1, awaited.sequence, waiter.sequence);
  if (!is_awaited(awaited)) {
    ended_.erase(awaited);
  }
}

void Dependencies::remove(const Job& waiter) {
  if (waiter.has_after) {
    of_.erase(waiter.key);
  }
}

}  // namespace store
