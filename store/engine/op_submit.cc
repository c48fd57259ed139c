#include "turn.h"

namespace store {
namespace {

using ItemReply = std::variant<SubmitReply::Taken, Refused>;

ItemReply submit_one(Turn& turn, const std::string& datasource_name, Submitted& submitted) {
  const auto existing = turn.jobs.find_datasource(datasource_name);
  if (const Job* known = existing ? turn.jobs.find(*existing, submitted.id) : nullptr) {
    if (known->content != hash_of(submitted)) {
      return Refused{Code::kConflict, "job: this id is taken by a job with other content"};
    }
    return SubmitReply::Taken{view_of(turn.jobs, *known), false};
  }
  if (turn.jobs.live_count() >= turn.limits.jobs_live_max) {
    return Refused{Code::kFull,
                   "the store holds jobsLiveMax = " + std::to_string(turn.limits.jobs_live_max) +
                       " jobs that are not finished"};
  }
  const auto datasource = turn.datasource(datasource_name);
  if (!datasource) {
    return turn.too_many_datasources();
  }
  const std::string id = submitted.id;
  turn.record({.datasource = *datasource}, std::move(submitted));
  return SubmitReply::Taken{view_of(turn.jobs, *turn.jobs.find(*datasource, id)), true};
}

}  // namespace

Reply apply(Turn& turn, Submit& command) {
  SubmitReply reply;
  reply.items.reserve(command.jobs.size());
  for (Item<Submitted>& item : command.jobs) {
    if (auto* refused = std::get_if<Refused>(&item)) {
      reply.items.push_back(std::move(*refused));
      continue;
    }
    reply.items.push_back(submit_one(turn, command.datasource, std::get<Submitted>(item)));
  }
  return reply;
}

}  // namespace store
