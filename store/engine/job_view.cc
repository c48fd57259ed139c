#include "job_view.h"

namespace store {

JobView view_of(const State& state, const Job& job) {
  const bool is_accepted = job.status == Status::kAccepted;
  const Links& links = state.links.of(job);
  return {.key = job.key,
          .id = job.id,
          .client = state.names.client_of(job),
          .worker = std::string(state.names.worker_of(job)),
          .function = std::string(state.names.function_of(job)),
          .tags = state.names.tags_of(job),
          .parent = links.parent,
          .child = links.child,
          .status = job.status,
          .changed = job.changed,
          .priority = job.priority,
          .attempt = job.attempt,
          .failures = job.failures,
          .lost_leases = job.lost_leases,
          .releases = job.releases,
          .request_bytes = job.request_bytes,
          .log_lines = job.log_lines,
          .progress = job.progress,
          .has_failure = job.has_failure,
          .is_revoked = job.status == Status::kCancelled && job.outcome == Hash{},
          .submitted_at = job.submitted_at,
          .not_before = job.is_delayed ? job.not_before : Time{},
          .expires_at = is_waiting(job.status) ? job.expires_at : Time{},
          .accepted_at = job.accepted_at,
          .deadline = is_accepted ? due_at(job) : Time{},
          .attempt_until = job.attempt_until,
          .cancel_requested_at = is_accepted ? job.cancel_requested_at : Time{},
          .cancel_until = job.cancel_until,
          .finished_at = job.finished_at,
          .terms = state.names.terms_of(job)};
}

}  // namespace store
