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
  std::size_t bytes = 0;
  for (const Job* job : jobs) {
    reply.jobs.push_back(accepted_view_of(context, *job));
    tell_within(context, *job, bytes, reply.jobs.back());
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

// Who names no functions gets those of the token: of several patterns the narrowest, for that is
// within the others.
std::optional<Refused> hold_to_token(const Context& context, std::vector<std::string>& functions) {
  if (context.asker() == nullptr || context.asker()->functions.empty()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < functions.size(); ++i) {
    if (!context.is_for(functions[i])) {
      return Refused{Code::kForbidden, "functions[" + std::to_string(i) + "]: " +
                                           not_for(context.asker()->functions, functions[i])};
    }
  }
  if (functions.empty()) {
    const auto& patterns = context.asker()->functions;
    const auto is_wider = [](const std::string& a, const std::string& b) {
      return std::pair(!a.ends_with('*'), a.size()) < std::pair(!b.ends_with('*'), b.size());
    };
    functions = {*std::max_element(patterns.begin(), patterns.end(), is_wider)};
  }
  return std::nullopt;
}

// What the worker is told now in place of jobs. One that knows it, or of no orders, waits for jobs
// that there are none of.
std::optional<jobq::WorkerOrder> order_to(const Context& context, DatasourceIndex datasource,
                                          Accept& accept) {
  using jobq::WorkerOrder;
  const WorkerOrder order = order_for(context.state, datasource, accept.worker);
  if (accept.order == WorkerOrder::kUnsaid || accept.order == order) {
    accept.least_priority = order == WorkerOrder::kWork ? accept.least_priority : kNoPriority;
    return std::nullopt;
  }
  return order;
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
  context.park(wait, Waiters::ForJobs{{}, *datasource, std::move(command)});
  context.note_opening(*datasource);
  return std::nullopt;
}

}  // namespace

Answer apply(Context& context, Accept& command) {
  if (auto refused = hold_to_token(context, command.functions)) {
    return std::move(*refused);
  }
  command.is_for_any = context.asker() == nullptr || context.asker()->functions.empty();
  const auto datasource = context.state.find_datasource(command.datasource);
  if (datasource) {
    context.note_spoke(*datasource, command.worker);
    context.note_asked(*datasource, command);
    if (Answer answer = repeated(context, *datasource, command)) {
      return answer;
    }
    if (const auto order = order_to(context, *datasource, command)) {
      return AcceptReply{{}, {}, *order};
    }
  }
  if (auto refused = no_room_for_attempt(context, command.worker)) {
    return std::move(*refused);
  }
  if (!datasource) {
    return park(context, command);
  }
  const bool has_job = has_job_for(context, *datasource, Waiters::wanted_of(command));
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
  std::vector<std::string> wanted = command.functions;
  if (auto refused = hold_to_token(context, wanted)) {
    return std::move(*refused);
  }
  const auto index = context.state.find_datasource(command.datasource);
  if (!index) {
    return reply;
  }
  const Datasource& datasource = context.state.datasource(*index);
  const auto kinds = kinds_of(context, datasource, wanted, nullptr, false);
  const Slot best = kinds ? datasource.ready.best(*kinds) : kNoSlot;
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
