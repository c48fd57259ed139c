#include "turn.h"

namespace store {

std::vector<CancelNote> cancels_of(const Turn& turn, DatasourceIndex datasource,
                                   const std::string& worker, Sequence seen) {
  std::vector<CancelNote> notes;
  if (const auto* open = turn.state.datasource(datasource).workers.open_cancels(worker)) {
    for (auto cancel = open->upper_bound(seen); cancel != open->end(); ++cancel) {
      const Job& job = turn.state.jobs.at(cancel->second);
      notes.push_back({job.id, job.attempt, job.cancel_sequence, job.cancel_until});
      if (notes.size() == turn.limits.items_max) {
        break;
      }
    }
  }
  return notes;
}

std::optional<Reply> apply(Turn& turn, const Origin& origin, Renew& command) {
  RenewReply reply;
  auto datasource = turn.state.find_datasource(command.datasource);
  for (const Lease& lease : command.leases) {
    const Job* job = datasource ? leased_job(turn, *datasource, lease) : nullptr;
    if (job == nullptr) {
      reply.leases.push_back(std::nullopt);
      continue;
    }
    turn.note_spoke(*datasource, turn.state.names.worker_of(*job));
    const Time deadline =
        turn.now + lease_of(turn, turn.state.datasource(*datasource), command.lease);
    if (deadline != job->deadline) {
      turn.record(job->key, Renewed{deadline});
    }
    reply.leases.push_back(RenewReply::Held{due_at(*job), job->cancel_sequence != 0});
  }
  const bool may_wait = command.wait != Span::zero() && !turn.no_room_to_wait();
  if (!datasource && may_wait) {
    datasource = turn.datasource(command.datasource);  // as a waiting accept makes it
  }
  if (command.worker.empty() || !datasource) {
    return reply;
  }
  turn.note_spoke(*datasource, command.worker);
  reply.cancels = cancels_of(turn, *datasource, command.worker, command.seen);
  if (auto earlier = turn.waiters.take_for_cancels(*datasource, command.worker)) {
    turn.answer(earlier->origin, std::move(earlier->reply));
  }
  if (!may_wait || !reply.cancels.empty()) {
    return reply;
  }
  turn.waiters.park(turn.now + command.wait,
                    Waiters::ForCancels{origin, *datasource, command.worker, std::move(reply)});
  return std::nullopt;
}

}  // namespace store
