#include <algorithm>

#include "turn.h"

namespace store {
namespace {

// Takes what is ready, best first, up to the accept's count and to the bytes of one reply.
AcceptReply take_jobs(Turn& turn, DatasourceIndex datasource, const Accept& accept) {
  AcceptReply reply;
  std::size_t bytes = 0;
  const ReadyQueue& ready = turn.jobs.datasource(datasource).ready;
  while (reply.jobs.size() < accept.max && !ready.empty()) {
    const Job& job = turn.jobs.at(ready.best());
    bytes += job.request_bytes;
    if (bytes > turn.limits.accept_bytes_max && !reply.jobs.empty()) {
      break;
    }
    turn.record(job.key, Accepted{.worker = accept.worker,
                                  .request_number = accept.request_number,
                                  .deadline = turn.now + accept.lease});
    reply.jobs.push_back(view_of(turn.jobs, job));
  }
  return reply;
}

AcceptReply leases_given(const Turn& turn, DatasourceIndex datasource, const Accept& accept,
                         const Worker& worker) {
  AcceptReply reply;
  for (const Slot slot : worker.leases) {
    const Job& job = turn.jobs.at(slot);
    // The place may by now be another job's, or the job another worker's.
    if (job.status == Status::kAccepted && job.key.datasource == datasource &&
        job.request_number == accept.request_number && turn.now < job.deadline &&
        turn.jobs.worker_of(job) == accept.worker) {
      reply.jobs.push_back(view_of(turn.jobs, job));
    }
  }
  std::sort(reply.jobs.begin(), reply.jobs.end(),
            [](const JobView& a, const JobView& b) { return a.changed < b.changed; });
  return reply;
}

void make_room(Turn& turn, DatasourceIndex datasource, const std::string& worker) {
  const auto& workers = turn.jobs.datasource(datasource).workers;
  if (workers.size() < turn.limits.workers_max || workers.contains(worker)) {
    return;
  }
  const auto silent_longest = std::min_element(
      workers.begin(), workers.end(),
      [](const auto& a, const auto& b) { return a.second.heard_at < b.second.heard_at; });
  turn.record({.datasource = datasource}, WorkerForgotten{silent_longest->first});
}

// What a worker asked before: answered from memory, or refused. Empty: this accept is a new one.
std::optional<Reply> repeated(const Turn& turn, DatasourceIndex datasource, const Accept& accept) {
  const Worker* worker = turn.jobs.find_worker(datasource, accept.worker);
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
  if (turn.waiters.size() >= turn.limits.waiters_max) {
    return turn.too_many_waiters();
  }
  const auto datasource = turn.datasource(command.datasource);
  if (!datasource) {
    return turn.too_many_datasources();
  }
  turn.waiters.park(turn.now + command.wait, *datasource, {origin, std::move(command)});
  return std::nullopt;
}

}  // namespace

std::optional<Reply> apply(Turn& turn, const Origin& origin, Accept& command) {
  const auto datasource = turn.jobs.find_datasource(command.datasource);
  if (!datasource) {
    return park(turn, origin, command);
  }
  if (auto reply = repeated(turn, *datasource, command)) {
    return reply;
  }
  for (const Origin& earlier : turn.waiters.take_of_worker(*datasource, command.worker)) {
    turn.answer(earlier, AcceptReply{});
  }
  if (turn.jobs.datasource(*datasource).ready.empty()) {
    return park(turn, origin, command);
  }
  make_room(turn, *datasource, command.worker);
  return take_jobs(turn, *datasource, command);
}

void Turn::hand_out(DatasourceIndex datasource) {
  while (!jobs.datasource(datasource).ready.empty() &&
         waiters.first_for_jobs(datasource) != nullptr) {
    const Waiters::ForJobs waiter = waiters.take_first_for_jobs(datasource);
    make_room(*this, datasource, waiter.accept.worker);
    answer(waiter.origin, take_jobs(*this, datasource, waiter.accept));
  }
}

}  // namespace store
