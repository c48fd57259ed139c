#include "apply.h"
#include "hand_out.h"
#include "room.h"

namespace store {
namespace {

std::vector<CancelRequest> cancels_of(const Context& context, DatasourceIndex datasource,
                                      const std::string& worker, Sequence seen) {
  std::vector<CancelRequest> notes;
  if (const auto* open = context.state.datasource(datasource).workers.open_cancels(worker)) {
    for (auto cancel = open->upper_bound(seen); cancel != open->end(); ++cancel) {
      const Job& job = context.state.jobs.at(cancel->second);
      notes.push_back({{job.id, job.attempt}, job.cancel_sequence, job.cancel_until});
      if (notes.size() == context.limits.items_max) {
        break;
      }
    }
  }
  return notes;
}

}  // namespace

Answer apply(Context& context, const Renew& command) {
  RenewReply reply;
  auto datasource = context.state.find_datasource(command.datasource);
  for (const Lease& lease : command.leases) {
    const Job* job = datasource ? leased_job(context, *datasource, lease) : nullptr;
    if (job == nullptr) {
      reply.leases.push_back(std::nullopt);
      continue;
    }
    context.note_spoke(*datasource, context.state.names.worker_of(*job));
    const Time deadline = lease_end(context, context.state.datasource(*datasource), command.lease);
    if (deadline != job->deadline) {
      context.record(job->key, Renewed{deadline});
    }
    reply.leases.push_back(RenewReply::Held{due_at(*job), job->cancel_sequence != 0});
  }
  const bool may_wait = command.wait != Span::zero() && !no_room_to_wait(context);
  if (!datasource && may_wait) {
    datasource =
        context.find_or_add_datasource(command.datasource);  // as a waiting accept makes it
  }
  if (command.worker.empty() || !datasource) {
    return reply;
  }
  context.note_spoke(*datasource, command.worker);
  context.note_peer(*datasource, command.worker);
  reply.cancels = cancels_of(context, *datasource, command.worker, command.seen);
  if (auto earlier = context.waiters.take_for_cancels(*datasource, command.worker)) {
    context.answer(earlier->origin, std::move(earlier->reply));
  }
  const auto order = order_for(context.state, *datasource, command.worker);
  const bool is_news = command.order != jobq::WorkerOrder::kUnsaid && command.order != order;
  if (!may_wait || !reply.cancels.empty() || is_news) {
    reply.order = order;
    return reply;
  }
  return context.park(command.wait,
                      Waiters::ForCancels{{}, *datasource, command.worker, std::move(reply)});
}

}  // namespace store
