#include <algorithm>

#include "apply.h"
#include "hand_out.h"
#include "job_view.h"
#include "room.h"

namespace store {
namespace {

AcceptReply leases_given(const Context& context, DatasourceIndex datasource, const Accept& accept,
                         const Worker& worker) {
  std::vector<const Job*> jobs;
  for (const Slot slot : worker.leases) {
    const Job& job = context.state.jobs.at(slot);
    // The place may by now be another job's, or the job another worker's.
    if (job.status == Status::kAccepted && !job.is_out_of_turn &&
        job.key.datasource == datasource && job.request_number == accept.request_number &&
        context.now < due_at(job) && context.state.names.worker_of(job) == accept.worker) {
      jobs.push_back(&job);
    }
  }
  std::sort(jobs.begin(), jobs.end(),
            [](const Job* a, const Job* b) { return a->changed < b->changed; });
  AcceptReply reply;
  for (const Job* job : jobs) {
    reply.jobs.push_back(accepted_view_of(context.state, *job));
  }
  return reply;
}

// What a worker asked before: answered from memory, or refused. Empty: this accept is a new one.
Answer repeated(const Context& context, DatasourceIndex datasource, const Accept& accept) {
  const Worker* worker = context.state.datasource(datasource).workers.find(accept.worker);
  if (worker == nullptr || accept.request_number > worker->request_number) {
    return std::nullopt;
  }
  if (accept.request_number == worker->request_number) {
    return leases_given(context, datasource, accept, *worker);
  }
  return Refused{Code::kConflict,
                 "requestNumber: " + std::to_string(accept.request_number) + " is below " +
                     std::to_string(worker->request_number) +
                     ", which this worker has used; is there another of its name?"};
}

Answer park(Context& context, Accept& command) {
  if (command.wait == Span::zero()) {
    return AcceptReply{};
  }
  if (auto refused = no_room_to_wait(context)) {
    return std::move(*refused);
  }
  const auto datasource = context.find_or_add_datasource(command.datasource);
  if (!datasource) {
    return *no_room_for_datasource(context);
  }
  const Span wait = command.wait;
  return context.park(wait, Waiters::ForJobs{{}, *datasource, std::move(command)});
}

}  // namespace

Answer apply(Context& context, Accept& command) {
  const auto datasource = context.state.find_datasource(command.datasource);
  if (datasource) {
    context.note_spoke(*datasource, command.worker);
    if (Answer answer = repeated(context, *datasource, command)) {
      return answer;
    }
  }
  if (auto refused = no_room_for_attempt(context, command.worker)) {
    return std::move(*refused);
  }
  if (!datasource) {
    return park(context, command);
  }
  const bool has_job = has_job_for(context, *datasource, command.functions);
  if (!has_job && command.wait != Span::zero()) {
    const auto* earlier = context.waiters.find_for_jobs(*datasource, command.worker);
    if (auto refused = no_room_to_wait(context, earlier)) {
      return std::move(*refused);
    }
  }
  if (const auto earlier = context.waiters.take_for_jobs(*datasource, command.worker)) {
    context.answer(earlier->origin, AcceptReply{});
  }
  return has_job ? give_jobs(context, *datasource, command) : park(context, command);
}

Answer apply(Context& context, const Peek& command) {
  RequestsReply reply;
  const auto index = context.state.find_datasource(command.datasource);
  const auto functions = context.state.names.find_functions(command.functions);
  if (!index || (functions.empty() && !command.functions.empty())) {
    return reply;
  }
  const Slot best = context.state.datasource(*index).ready.best(functions);
  if (best != kNoSlot) {
    const Job& job = context.state.jobs.at(best);
    reply.records.push_back({.sequence = job.key.sequence,
                             .time = job.submitted_at,
                             .kind = jobq::RequestRecord::Kind::kJob,
                             .job = view_of(context.state, job)});
  }
  return reply;
}

}  // namespace store
