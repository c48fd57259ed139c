#include "turn.h"

namespace store {

std::optional<Reply> apply(Turn& turn, const Origin& origin, GetJob& command) {
  const auto datasource = turn.jobs.find_datasource(command.datasource);
  const Job* job = datasource ? turn.jobs.find(*datasource, command.job) : nullptr;
  if (job == nullptr) {
    return Refused{Code::kNotFound, "job: unknown"};
  }
  if (command.client && *command.client != turn.jobs.client_of(*job)) {
    return Refused{Code::kForbidden, "job: belongs to another client"};
  }
  const bool is_news = is_final(job->status) ||
                       (!command.until_final && command.seen != 0 && command.seen < job->changed);
  if (is_news || command.wait == Span::zero()) {
    return JobReply{view_of(turn.jobs, *job)};
  }
  if (turn.waiters.size() >= turn.limits.waiters_max) {
    return turn.too_many_waiters();
  }
  turn.waiters.park(turn.now + command.wait, {origin, job->key, command.until_final});
  return std::nullopt;
}

Reply apply(Turn& turn, const ListJobs& command) {
  ListReply reply;
  const auto datasource = turn.jobs.find_datasource(command.datasource);
  if (!datasource) {
    return reply;
  }
  const SequenceIndex* index = command.client
                                   ? turn.jobs.jobs_of_client(*datasource, *command.client)
                                   : &turn.jobs.datasource(*datasource).jobs;
  if (index == nullptr) {
    return reply;
  }
  std::size_t looked_at = 0;
  Sequence last = 0;
  index->walk(command.cursor, [&](Slot slot) {
    const Job& job = turn.jobs.at(slot);
    if (reply.jobs.size() >= command.limit || ++looked_at > turn.limits.list_scan_max) {
      reply.cursor = last;
      return false;
    }
    last = job.key.sequence;
    if (command.statuses >> static_cast<int>(job.status) & 1) {
      reply.jobs.push_back(view_of(turn.jobs, job));
    }
    return true;
  });
  return reply;
}

}  // namespace store
