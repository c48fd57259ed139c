#include "apply.h"
#include "job_view.h"

namespace store {
namespace {

// The worker learns of it at once if it waits for something.
void tell_worker(Context& context, const Job& job) {
  const DatasourceIndex datasource = job.key.datasource;
  const std::string worker(context.state.names.worker_of(job));
  const CancelRequest note{{job.id, job.attempt}, job.cancel_sequence, job.cancel_until};
  if (auto waiter = context.waiters.take_for_cancels(datasource, worker)) {
    waiter->reply.cancels.push_back(note);
    context.answer(waiter->origin, std::move(waiter->reply));
  }
  if (const auto waiter = context.waiters.take_for_jobs(datasource, worker)) {
    context.answer(waiter->origin, AcceptReply{.jobs = {}, .cancels = {note}});
  }
}

}  // namespace

void cancel(Context& context, const Job& job) {
  if (is_waiting(job.status)) {
    context.record(job.key, Cancelled{});
  } else if (job.status == Status::kAccepted && job.cancel_sequence == 0) {
    const Datasource& datasource = context.state.datasource(job.key.datasource);
    context.record(job.key,
                   CancelRequested{context.now + first_set(datasource.config.cancel_grace,
                                                           context.limits.defaults.cancel_grace)});
    tell_worker(context, job);
  }
}

Answer apply(Context& context, const Job& job, const Cancel&) {
  cancel(context, job);
  return JobReply{whole_view_of(context.state, job)};
}

}  // namespace store
