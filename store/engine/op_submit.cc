#include "turn.h"

namespace store {
namespace {

using ItemReply = std::variant<SubmitReply::Taken, Refused>;

template <typename Value>
Value first_said(Value job, Value datasource, Value store) {
  return job != Value{} ? job : datasource != Value{} ? datasource : store;
}

// Most specific wins: the job's word, else the datasource's, else the store's.
Terms settle(const SaidTerms& job, const SaidTerms& datasource, const Terms& store) {
  Terms terms;
  terms.keep_for = first_said(job.keep_for, datasource.keep_for, store.keep_for);
  terms.valid_for = first_said(job.valid_for, datasource.valid_for, store.valid_for);
  terms.timeout = first_said(job.timeout, datasource.timeout, store.timeout);
  terms.failures_max = first_said(job.failures_max, datasource.failures_max, store.failures_max);
  terms.lost_leases_max =
      first_said(job.lost_leases_max, datasource.lost_leases_max, store.lost_leases_max);
  terms.releases_max = first_said(job.releases_max, datasource.releases_max, store.releases_max);
  terms.backoff = job.backoff ? *job.backoff : datasource.backoff.value_or(store.backoff);
  return terms;
}

ItemReply submit_one(Turn& turn, const std::string& datasource_name, NewJob& job) {
  const auto existing = turn.jobs.find_datasource(datasource_name);
  const Hash content = hash_of(job);
  if (const Job* known = existing ? turn.jobs.find(*existing, job.id) : nullptr) {
    if (known->content != content || turn.jobs.client_of(*known) != job.client) {
      return Refused{Code::kConflict, "job: this id is taken by a job with other content"};
    }
    return SubmitReply::Taken{view_of(turn.jobs, *known), false};
  }
  if (auto refused =
          turn.no_room_for_job(existing ? &turn.jobs.datasource(*existing) : nullptr, job.client)) {
    return std::move(*refused);
  }
  const auto datasource = turn.datasource(datasource_name);
  if (!datasource) {
    return turn.too_many_datasources();
  }
  const DatasourceConfig& config = turn.jobs.datasource(*datasource).config;
  const Defaults& defaults = turn.limits.defaults;
  const std::string id = job.id;
  turn.record(
      {.datasource = *datasource},
      Submitted{.id = std::move(job.id),
                .client = std::move(job.client),
                .function = std::move(job.function),
                .request = std::move(job.request),
                .trace = std::move(job.trace),
                .tags = std::move(job.tags),
                .priority = first_said(job.priority, config.priority, defaults.priority),
                .not_before = job.delay == Span::zero() ? job.not_before : turn.now + job.delay,
                .terms = settle(job.terms, config.terms, defaults.terms),
                .content = content});
  return SubmitReply::Taken{view_of(turn.jobs, *turn.jobs.find(*datasource, id)), true};
}

}  // namespace

Reply apply(Turn& turn, Submit& command) {
  SubmitReply reply;
  reply.items.reserve(command.jobs.size());
  for (Item<NewJob>& item : command.jobs) {
    if (auto* refused = std::get_if<Refused>(&item)) {
      reply.items.push_back(std::move(*refused));
      continue;
    }
    reply.items.push_back(submit_one(turn, command.datasource, std::get<NewJob>(item)));
  }
  return reply;
}

}  // namespace store
