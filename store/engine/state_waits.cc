// What jobs wait for and what follows them, as changes bring it into the state and out of it.
#include <algorithm>

#include "invariant.h"
#include "state.h"

namespace store {

void State::add_dependencies(Job& job, std::vector<Dependency> after) {
  if (!after.empty()) {
    brought.take(tokens.submit_token_of(job), bytes_of(after));
    dependencies.add(job, std::move(after));
  }
}

void State::wait_for(Job& job, std::vector<Dependency> after) {
  std::vector<std::pair<JobKey, Status>> over;
  for (Dependency& dependency : after) {
    const Job& awaited = jobs.at(slot_of(dependency.key()));
    dependency.id = awaited.id;
    if (is_final(awaited.status) && dependency.allows(awaited.status)) {
      dependency.end = awaited.status;
    } else if (is_final(awaited.status)) {
      over.emplace_back(awaited.key, awaited.status);
    }
  }
  add_dependencies(job, std::move(after));
  for (const auto& [awaited, end] : over) {
    dependencies.note_end(awaited, end);
  }
}

void State::wait_for(Job& job, const std::vector<jobq::AwaitedJob>& after) {
  std::vector<Dependency> found;
  for (const jobq::AwaitedJob& awaited : after) {
    const auto index = awaited.datasource.empty() ? std::optional(job.key.datasource)
                                                  : find_datasource(awaited.datasource);
    const Job* there = index ? find(*index, awaited.job) : nullptr;
    INVARIANT(there != nullptr, awaited.job);
    found.push_back(
        {.datasource = *index, .sequence = there->key.sequence, .any_end = awaited.any_end});
  }
  wait_for(job, std::move(found));
}

void add_follow_ups(State& state, Job& job, FollowUps::Followed followed, std::string follows) {
  const std::string_view payer = state.tokens.submit_token_of(job);
  if (followed.plan != nullptr) {
    state.brought.take(payer, bytes_of(followed.plan->then));
    state.follow_ups.add(job, std::move(followed));
  }
  if (!follows.empty()) {
    state.brought.take(payer, bytes_of_follows(follows));
    state.follow_ups.set_follows(job, std::move(follows));
  }
}

void note_live(State& state, const Job& job, bool is_live) {
  if (job.group == kNoSlot) {
    return;
  }
  GroupJobs& group = state.datasource_of(job).groups.at({job.client, job.group});
  if (is_live) {
    group.live.insert(job.key.sequence);
  } else {
    group.live.erase(job.key.sequence);
  }
  state.group_waits.note(GroupWaits::of_group(job), group.first_live());
}

Sequence first_awaited(State& state, const Job& job) {
  const GroupJobs* group = state.datasource_of(job).find_group(job.client, job.after_group);
  return group == nullptr ? GroupWaits::kNoneLive : group->first_live();
}

void wait_for_group(State& state, Job& job) {
  if (const Sequence first = first_awaited(state, job); first != GroupWaits::kNoneLive) {
    state.group_waits.begin(job, first);
  }
}

namespace {

// It waits for no others any more: as if it had been submitted now.
void begin_to_wait(const State& state, Time now, Job& job) {
  const Span valid_for = state.names.terms_of(job).valid_for;
  job.not_before = std::max(now, job.not_before);
  job.is_delayed = job.not_before > now;
  if (valid_for != Span::zero() && job.expires_at == Time{}) {
    job.expires_at = job.not_before + valid_for;
  }
}

}  // namespace

bool end_group_wait(State& state, Time now, Job& job) {
  INVARIANT(job.awaits_group, job.id);
  state.group_waits.end(job);
  if (job.awaited > 0) {
    return false;
  }
  begin_to_wait(state, now, job);
  return true;
}

void note_end_of_waits(State& state, Job& job, Status status, const Change& change) {
  note_live(state, job, false);
  state.group_waits.end(job);
  state.dependencies.give_up(job);
  const bool has_error = status != Status::kComplete && state.dependencies.is_awaited(job.key);
  state.dependencies.note_end(job.key, status, has_error ? said_at_end(change).error : JobError());
}

bool end_waiting(State& state, Time now, Job& job, JobKey ended) {
  INVARIANT(is_waiting(job.status) && job.awaited > 0, job.id);
  const Status end = state.jobs.at(state.slot_of(ended)).status;
  INVARIANT(is_final(end), job.id, to_string(end));
  state.dependencies.close(job, ended, end);
  if (job.awaited > 0) {
    return false;
  }
  begin_to_wait(state, now, job);
  return true;
}

void set_checkpoint(State& state, Job& job, std::size_t bytes) {
  const std::string_view token = state.tokens.submit_token_of(job);
  if (job.checkpoint_bytes > 0) {
    state.checkpoints.give(token, job.checkpoint_bytes);
  }
  if (bytes > 0) {
    state.checkpoints.take(token, bytes);
  }
  job.checkpoint_bytes = static_cast<std::uint32_t>(bytes);
}

}  // namespace store
