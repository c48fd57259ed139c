#include "job_view.h"

#include "attempt_end.h"

namespace store {
namespace {

jobq::AwaitedJob awaited_of(const State& state, const Job& job, const Dependency& dependency) {
  const Job* awaited = is_final(dependency.end) ? nullptr : state.find(dependency.key());
  const bool is_near = dependency.datasource == job.key.datasource;
  return {.datasource = is_near ? "" : state.datasource(dependency.datasource).name,
          .job = dependency.id,
          .any_end = dependency.any_end,
          .status = awaited == nullptr ? dependency.end : awaited->status};
}

std::vector<jobq::AwaitedJob> awaited_of(const State& state, const Job& job) {
  std::vector<jobq::AwaitedJob> after;
  for (const Dependency& dependency : state.dependencies.of(job)) {
    after.push_back(awaited_of(state, job, dependency));
  }
  return after;
}

std::vector<jobq::FollowUp> then_of(const State& state, const Job& job) {
  const FollowUps::Followed* followed = state.follow_ups.of(job);
  if (followed == nullptr) {
    return {};
  }
  std::vector<jobq::FollowUp> then = followed->plan->then;
  for (std::size_t i = 0; i < then.size(); ++i) {
    const FollowResult& result = followed->results[i];
    then[i].made = !result.id.empty();
    then[i].job = then[i].made ? result.id : then[i].job;
    then[i].refused = result.refused;
  }
  return then;
}

struct ToldResponses {
  std::vector<jobq::AwaitedJob> after;
  std::vector<JobKey> jobs;
  std::size_t bytes = 0;
};

// The first ones, as far as there is room for them.
ToldResponses told_responses(const Context& context, const Job& job) {
  ToldResponses told;
  for (const Dependency& dependency : context.state.dependencies.of(job)) {
    told.after.push_back(awaited_of(context.state, job, dependency));
    JobKey& of = told.jobs.emplace_back();
    if (dependency.end != Status::kComplete) {
      continue;
    }
    const Job* awaited = context.state.find(dependency.key());
    const std::size_t bytes = awaited == nullptr ? 0 : awaited->response_bytes;
    if (bytes == 0 || told.bytes + bytes > context.limits.after_response_bytes_max) {
      told.after.back().left_out = true;
      continue;
    }
    told.bytes += bytes;
    of = dependency.key();
  }
  return told;
}

}  // namespace

JobView view_of(const State& state, const Job& job) {
  const bool is_accepted = job.status == Status::kAccepted;
  const Links& links = state.links.of(job);
  const CodeOfJob& code = state.codes.of(job);
  return {{.job = job.id,
           .client = state.names.client_of(job),
           .status = job.status,
           .sequence = job.key.sequence,
           .changed = job.changed,
           .priority = job.priority,
           .attempt = job.attempt,
           .lost_leases = job.lost_leases,
           .worker = std::string(state.names.worker_of(job)),
           .submitted_at = job.submitted_at,
           .accepted_at = job.accepted_at,
           .lease_until = is_accepted ? due_at(job) : Time{},
           .finished_at = job.finished_at,
           .response = {},
           .error = {},
           .function = std::string(state.names.function_of(job)),
           .tags = state.names.tags_of(job),
           .failures = job.failures,
           .releases = job.releases,
           .not_before = job.is_delayed ? job.not_before : Time{},
           .expires_at = is_waiting(job.status) ? job.expires_at : Time{},
           .attempt_until = job.attempt_until,
           .progress = job.progress,
           .cancel_requested_at = is_accepted ? job.cancel_requested_at : Time{},
           .cancel_until = job.cancel_until,
           .parent = links.parent,
           .child = links.child,
           .log_lines = job.log_lines,
           .request_bytes = job.request_bytes,
           .turn_key = std::string(state.names.turn_key_of(job)),
           .unique = std::string(state.names.unique_of(job)),
           .group = std::string(state.names.group_of(job)),
           .checkpoint_bytes = job.checkpoint_bytes,
           .started_at = first_start_of(job),
           .is_slow = job.is_slow,
           .is_stalled = job.is_stalled,
           .code = code.hash,
           .method = code.method},
          job.key,
          job.has_failure,
          job.status == Status::kCancelled && job.outcome == Hash{}};
}

JobView whole_view_of(const State& state, const Job& job) {
  JobView view = view_of(state, job);
  view.terms = state.names.terms_of(job);
  view.after = awaited_of(state, job);
  view.then = then_of(state, job);
  view.follows = state.follow_ups.follows(job);
  view.after_group = state.names.after_group_of(job);
  return view;
}

JobView export_view_of(const State& state, const Job& job) {
  JobView view = whole_view_of(state, job);
  view.content = spelled(job.content);
  if (is_final(job.status)) {
    view.then.clear();
  }
  view.after_group = job.awaits_group ? view.after_group : "";
  view.after.clear();
  for (const Dependency& dependency : state.dependencies.of(job)) {
    if (job.awaited > 0 && !is_final(dependency.end)) {
      view.after.push_back(awaited_of(state, job, dependency));
    }
  }
  return view;
}

namespace {

const std::vector<jobq::StateValue>& state_of(const Context& context, const Job& job) {
  static const std::vector<jobq::StateValue> kNone;
  const State& state = context.state;
  const FunctionValues* found =
      state.function_states.find(job.key.datasource, state.names.function_of(job));
  return found == nullptr ? kNone : found->values;
}

std::size_t kept_bytes_of(const Context& context, const Job& job) {
  return job.checkpoint_bytes + text_bytes_of(state_of(context, job));
}

}  // namespace

std::size_t told_bytes_of(const Context& context, const Job& job) {
  return told_responses(context, job).bytes + kept_bytes_of(context, job);
}

void tell_within(const Context& context, const Job& job, std::size_t& bytes, AcceptedView& view) {
  bytes += kept_bytes_of(context, job);
  if (bytes > context.limits.accept_bytes_max) {
    view.left_out = view.has_checkpoint || !view.state.empty();
    view.has_checkpoint = false;
    view.state.clear();
  }
}

AcceptedView accepted_view_of(const Context& context, const Job& job) {
  const State& state = context.state;
  ToldResponses told = told_responses(context, job);
  return {{.lease = {job.id, job.attempt},
           .lease_until = due_at(job),
           .client = state.names.client_of(job),
           .request = {},
           .sequence = job.key.sequence,
           .priority = job.priority,
           .submitted_at = job.submitted_at,
           .function = std::string(state.names.function_of(job)),
           .tags = state.names.tags_of(job),
           .attempt_until = job.attempt_until,
           .failures = job.failures,
           .lost_leases = job.lost_leases,
           .releases = job.releases,
           .after = std::move(told.after),
           .turn_key = std::string(state.names.turn_key_of(job)),
           .state = state_of(context, job),
           .after_group = std::string(context.state.names.after_group_of(job)),
           .code = state.codes.of(job).hash,
           .method = state.codes.of(job).method},
          job.key,
          std::move(told.jobs),
          job.checkpoint_bytes > 0,
          job.has_grants};
}

}  // namespace store
