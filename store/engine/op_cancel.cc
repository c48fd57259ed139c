#include "turn.h"

namespace store {
namespace {

// The worker learns of it at once if it waits for something.
void tell_worker(Turn& turn, const Job& job) {
  const DatasourceIndex datasource = job.key.datasource;
  const std::string worker(turn.state.names.worker_of(job));
  const CancelNote note{job.id, job.attempt, job.cancel_sequence, job.cancel_until};
  if (auto waiter = turn.waiters.take_for_cancels(datasource, worker)) {
    waiter->reply.cancels.push_back(note);
    turn.answer(waiter->origin, std::move(waiter->reply));
  }
  if (const auto waiter = turn.waiters.take_for_jobs(datasource, worker)) {
    turn.answer(waiter->origin, AcceptReply{.jobs = {}, .cancels = {note}});
  }
}

}  // namespace

Reply apply(Turn& turn, const Cancel& command) {
  const auto found = find_job(turn, command.datasource, command.job, command.client);
  if (const auto* refused = std::get_if<Refused>(&found)) {
    return *refused;
  }
  const Job& job = *std::get<const Job*>(found);
  if (is_waiting(job.status)) {
    turn.record(job.key, Cancelled{});
  } else if (job.status == Status::kAccepted && job.cancel_sequence == 0) {
    const Span own = turn.state.datasource(job.key.datasource).config.cancel_grace;
    const Span grace = own != Span::zero() ? own : turn.limits.defaults.cancel_grace;
    turn.record(job.key, CancelRequested{turn.now + grace});
    tell_worker(turn, job);
  }
  return JobReply{view_of(turn.state, job)};
}

}  // namespace store
