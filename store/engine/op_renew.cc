#include "turn.h"

namespace store {

Reply apply(Turn& turn, const Renew& command) {
  RenewReply reply;
  const auto datasource = turn.jobs.find_datasource(command.datasource);
  for (const Lease& lease : command.leases) {
    const Job* job = datasource ? leased_job(turn, *datasource, lease) : nullptr;
    if (job == nullptr) {
      reply.deadlines.push_back(std::nullopt);
      continue;
    }
    const Time deadline = turn.now + command.lease;
    if (deadline != job->deadline) {
      turn.record(job->key, Renewed{deadline});
    }
    reply.deadlines.push_back(deadline);
  }
  return reply;
}

}  // namespace store
