#include "turn.h"

namespace store {
namespace {

using ItemReply = std::variant<Status, Refused>;

ItemReply update_one(Turn& turn, std::optional<DatasourceIndex> datasource, Outcome& outcome) {
  const Hash said = std::visit([](const auto& word) { return hash_of(word); }, outcome.word);
  const Job* job = datasource ? turn.jobs.find(*datasource, outcome.lease.job) : nullptr;
  if (job != nullptr && is_final(job->status) && job->attempt == outcome.lease.attempt &&
      job->outcome == said) {
    return job->status;  // said before, and the answer was lost
  }
  job = datasource ? leased_job(turn, *datasource, outcome.lease) : nullptr;
  if (job == nullptr) {
    return Refused{Code::kConflict, "lease: not held"};
  }
  const JobKey key = job->key;
  std::visit([&](auto& word) { turn.record(key, std::move(word)); }, outcome.word);
  return turn.jobs.find(key)->status;
}

}  // namespace

Reply apply(Turn& turn, Update& command) {
  const auto datasource = turn.jobs.find_datasource(command.datasource);
  UpdateReply reply;
  reply.items.reserve(command.outcomes.size());
  for (Item<Outcome>& item : command.outcomes) {
    if (auto* refused = std::get_if<Refused>(&item)) {
      reply.items.push_back(std::move(*refused));
    } else {
      reply.items.push_back(update_one(turn, datasource, std::get<Outcome>(item)));
    }
  }
  return reply;
}

}  // namespace store
