#include "job_view.h"

namespace store {

JobView view_of(const State& state, const Job& job) {
  const bool is_accepted = job.status == Status::kAccepted;
  const Links& links = state.links.of(job);
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
           .request_bytes = job.request_bytes},
          job.key,
          job.has_failure,
          job.status == Status::kCancelled && job.outcome == Hash{}};
}

JobView whole_view_of(const State& state, const Job& job) {
  JobView view = view_of(state, job);
  view.terms = state.names.terms_of(job);
  return view;
}

JobView export_view_of(const State& state, const Job& job) {
  JobView view = whole_view_of(state, job);
  view.content = spelled(job.content);
  return view;
}

AcceptedView accepted_view_of(const State& state, const Job& job) {
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
           .releases = job.releases},
          job.key};
}

}  // namespace store
