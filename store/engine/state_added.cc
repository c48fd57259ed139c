// Jobs as changes bring them into the state, which do not wait yet; and functions.
#include "invariant.h"
#include "state.h"

namespace store {

Slot add_submitted(State& state, JobKey key, const Submitted& submitted, const std::string& token) {
  Job made{.id = submitted.id, .key = key};
  made.priority = submitted.priority;
  made.request_bytes = static_cast<std::uint32_t>(submitted.request.size());
  made.content = submitted.content;
  const SubmitExtras& extras = submitted.extras.or_nothing();
  made.has_grants = !extras.grants.empty();
  made.running_max = submitted.running_max;
  const Slot slot = state.add_job(std::move(made), submitted.client, submitted.function,
                                  submitted.tags, submitted.terms, token);
  state.set_keys(slot,
                 {extras.turn_key, extras.unique, extras.group, extras.after_group, extras.caveats},
                 token);
  Job& job = state.jobs.at(slot);
  state.wait_for(job, extras.after);
  wait_for_group(state, job);
  add_follow_ups(state, job, {extras.then, {}}, extras.follows);
  begin_code(state, job, extras.code);
  return slot;
}

Slot add_child(State& state, JobKey key, const Restarted& restarted, const std::string& token) {
  Job& parent = state.jobs.at(state.slot_of({key.datasource, restarted.parent}));
  INVARIANT(is_final(parent.status), parent.id, to_string(parent.status));
  Job made{.id = restarted.id, .key = key};
  made.priority = parent.priority;
  made.request_bytes = parent.request_bytes;
  made.content = parent.content;
  const JobNames& names = state.names;
  const Slot slot =
      state.add_job(std::move(made), names.client_of(parent), names.function_of(parent),
                    names.tags_of(parent), names.terms_of(parent), token);
  state.set_keys(slot, names.keys_of(parent), token);
  Job& job = state.jobs.at(slot);
  state.links.join(parent, job);
  if (const FollowUps::Followed* followed = state.follow_ups.of(parent)) {
    add_follow_ups(state, job, {followed->plan, {}}, {});
  }
  begin_code(state, job, state.codes.of(parent));
  return slot;
}

void begin_code(State& state, Job& job, CodeOfJob code) {
  if (!code.hash.empty()) {
    state.brought.take(state.tokens.submit_token_of(job), bytes_of(code));
    state.codes.begin(job, std::move(code));
  }
}

void set_function(State& state, DatasourceIndex datasource, FunctionState function) {
  state.codes.begin_function(datasource, function.function->code);
  if (const FunctionState* old = state.registered.find(datasource, function.function->name)) {
    state.codes.end_function(datasource, old->function->code);
  }
  state.registered.set(datasource, std::move(function));
}

void remove_function(State& state, DatasourceIndex datasource, std::string_view name) {
  const FunctionState* known = state.registered.find(datasource, name);
  INVARIANT(known != nullptr, name);
  state.codes.end_function(datasource, known->function->code);
  state.registered.remove(datasource, name);
}

void join_group(State& state, Slot slot, std::string_view token) {
  const Job& job = state.jobs.at(slot);
  if (job.group == kNoSlot) {
    return;
  }
  const auto [group, is_new] = state.datasource_of(job).groups.try_emplace({job.client, job.group});
  if (is_new) {
    group->second.payer = state.brought.take(token, kBytesOfGroupRow);
  }
  group->second.jobs.append(job.key.sequence, slot);
  note_live(state, job, true);
}

void leave_group(State& state, const Job& job) {
  if (job.group == kNoSlot) {
    return;
  }
  auto& groups = state.datasource_of(job).groups;
  const auto group = groups.find({job.client, job.group});
  group->second.jobs.erase(job.key.sequence);
  if (group->second.jobs.size() == 0) {
    state.brought.give(group->second.payer, kBytesOfGroupRow);
    groups.erase(group);
  }
}

// What follows it, it does as whoever imports it.
Slot add_imported(State& state, JobKey key, const jobq::JobStatus& from, const std::string& token) {
  const Slot slot = state.add_job(imported_job(key, from), from.client, from.function, from.tags,
                                  *from.terms, token);
  state.set_keys(slot, {from.turn_key, from.unique, from.group, from.after_group}, token);
  Job& job = state.jobs.at(slot);
  set_checkpoint(state, job, from.checkpoint.size());
  if (from.attempt > 0) {
    state.names.set_worker(job, from.worker, token);
  }
  state.links.restore(job, {from.parent, from.child});
  begin_code(state, job, {from.code, from.method});
  if (!is_final(from.status)) {
    job.expires_at = from.expires_at;
    state.wait_for(job, from.after);
    wait_for_group(state, job);
    FollowUps::Followed followed;
    if (!from.then.empty()) {
      followed.plan =
          std::make_shared<const FollowPlan>(FollowPlan{.then = from.then, .token = token});
    }
    add_follow_ups(state, job, std::move(followed), from.follows);
  }
  return slot;
}

}  // namespace store
