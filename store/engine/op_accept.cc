#include <algorithm>

#include "turn.h"

namespace store {
namespace {

AcceptReply leases_given(const Turn& turn, DatasourceIndex datasource, const Accept& accept,
                         const Worker& worker) {
  AcceptReply reply;
  for (const Slot slot : worker.leases) {
    const Job& job = turn.state.jobs.at(slot);
    // The place may by now be another job's, or the job another worker's.
    if (job.status == Status::kAccepted && !job.is_out_of_turn &&
        job.key.datasource == datasource && job.request_number == accept.request_number &&
        turn.now < due_at(job) && turn.state.names.worker_of(job) == accept.worker) {
      reply.jobs.push_back(view_of(turn.state, job));
    }
  }
  std::sort(reply.jobs.begin(), reply.jobs.end(),
            [](const JobView& a, const JobView& b) { return a.changed < b.changed; });
  return reply;
}

// What a worker asked before: answered from memory, or refused. Empty: this accept is a new one.
std::optional<Reply> repeated(const Turn& turn, DatasourceIndex datasource, const Accept& accept) {
  const Worker* worker = turn.state.datasource(datasource).workers.find(accept.worker);
  if (worker == nullptr || accept.request_number > worker->request_number) {
    return std::nullopt;
  }
  if (accept.request_number == worker->request_number) {
    return leases_given(turn, datasource, accept, *worker);
  }
  return Refused{Code::kConflict, "requestNumber: " + std::to_string(accept.request_number) +
                                      " is below " + std::to_string(worker->request_number) +
                                      ", which this worker has used"};
}

std::optional<Reply> park(Turn& turn, const Origin& origin, Accept& command) {
  if (command.wait == Span::zero()) {
    return AcceptReply{};
  }
  if (auto refused = turn.no_room_to_wait()) {
    return std::move(*refused);
  }
  const auto datasource = turn.datasource(command.datasource);
  if (!datasource) {
    return turn.too_many_datasources();
  }
  const Time until = turn.now + command.wait;
  turn.waiters.park(until, Waiters::ForJobs{origin, *datasource, std::move(command)});
  return std::nullopt;
}

}  // namespace

Span lease_of(const Turn& turn, const Datasource& datasource, Span said) {
  return said != Span::zero()                      ? said
         : datasource.config.lease != Span::zero() ? datasource.config.lease
                                                   : turn.limits.defaults.lease;
}

bool may_run_more(const Turn& turn, const Datasource& datasource) {
  const std::size_t max = datasource.config.running_max != 0 ? datasource.config.running_max
                                                             : turn.limits.defaults.running_max;
  return max == 0 || datasource.running < max;
}

bool is_overdue(const Turn& turn, const Job& job) {
  return job.expires_at != Time{} && job.expires_at <= turn.now;
}

bool has_job_for(const Turn& turn, DatasourceIndex index,
                 const std::vector<std::string>& functions) {
  const Datasource& datasource = turn.state.datasource(index);
  if (datasource.mode == Mode::kPaused || datasource.ready.empty() ||
      !may_run_more(turn, datasource)) {
    return false;
  }
  const auto indexes = turn.state.names.find_functions(functions);
  if (indexes.empty() && !functions.empty()) {
    return false;
  }
  const Slot best = datasource.ready.best(indexes);
  return best != kNoSlot && !is_overdue(turn, turn.state.jobs.at(best));
}

void make_room_for(Turn& turn, DatasourceIndex datasource, const std::string& worker) {
  const auto& workers = turn.state.datasource(datasource).workers;
  if (workers.all().size() >= turn.limits.workers_max && workers.find(worker) == nullptr) {
    turn.record({.datasource = datasource}, WorkerForgotten{workers.silent_longest()});
  }
}

// Takes what is ready, best first, up to the accept's count and to the bytes of one reply.
AcceptReply take_jobs(Turn& turn, DatasourceIndex index, const Accept& accept) {
  AcceptReply reply;
  std::size_t bytes = 0;
  const Datasource& datasource = turn.state.datasource(index);
  const Time deadline = turn.now + lease_of(turn, datasource, accept.lease);
  const auto functions = turn.state.names.find_functions(accept.functions);
  while (reply.jobs.size() < accept.max && has_job_for(turn, index, accept.functions)) {
    const Slot best = datasource.ready.best(functions);
    const Job& job = turn.state.jobs.at(best);
    bytes += job.request_bytes;
    if (bytes > turn.limits.accept_bytes_max && !reply.jobs.empty()) {
      break;
    }
    turn.record(job.key, Accepted{.worker = accept.worker,
                                  .request_number = accept.request_number,
                                  .deadline = deadline,
                                  .caveats = std::string(turn.caveats())});
    reply.jobs.push_back(view_of(turn.state, job));
  }
  return reply;
}

std::optional<Reply> apply(Turn& turn, const Origin& origin, Accept& command) {
  const auto datasource = turn.state.find_datasource(command.datasource);
  if (!datasource) {
    return park(turn, origin, command);
  }
  turn.note_spoke(*datasource, command.worker);
  if (auto reply = repeated(turn, *datasource, command)) {
    return reply;
  }
  if (const auto earlier = turn.waiters.take_for_jobs(*datasource, command.worker)) {
    turn.answer(earlier->origin, AcceptReply{});
  }
  if (!has_job_for(turn, *datasource, command.functions)) {
    return park(turn, origin, command);
  }
  make_room_for(turn, *datasource, command.worker);
  return take_jobs(turn, *datasource, command);
}

Reply apply(Turn& turn, const Peek& command) {
  RequestsReply reply;
  const auto index = turn.state.find_datasource(command.datasource);
  const auto functions = turn.state.names.find_functions(command.functions);
  if (!index || (functions.empty() && !command.functions.empty())) {
    return reply;
  }
  const Slot best = turn.state.datasource(*index).ready.best(functions);
  if (best != kNoSlot) {
    const Job& job = turn.state.jobs.at(best);
    reply.records.push_back({.sequence = job.key.sequence,
                             .time = job.submitted_at,
                             .is_cancel = false,
                             .job = view_of(turn.state, job)});
  }
  return reply;
}

}  // namespace store
