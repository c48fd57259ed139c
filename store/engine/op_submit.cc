#include <algorithm>

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

// How much the job counts against rates.
std::uint64_t cost_of(const Datasource* datasource, const NewJob& job) {
  if (datasource == nullptr) {
    return 1;
  }
  const auto cost = datasource->config.costs.find(job.function);
  return cost == datasource->config.costs.end() ? 1 : cost->second;
}

Refused beyond(Code code, const char* field, std::uint64_t said, const char* caveat,
               std::uint64_t max) {
  return {code, std::string(field) + ": " + std::to_string(said) + " is above the token's " +
                    caveat + " <= " + std::to_string(max)};
}

// Of several rates that are used up, the one that lets the job in last.
std::optional<Refused> refused_by(const Turn& turn, const std::vector<RateLimit>& rates,
                                  std::uint64_t cost) {
  const auto text_of = [](const RateLimit& rate) {
    return "token: rate <= " + std::to_string(rate.count) + "/" + letter_of(rate.span);
  };
  for (const RateLimit& rate : rates) {
    if (cost > rate.count) {
      return Refused{Code::kForbidden,
                     text_of(rate) + " never allows a job that counts for " + std::to_string(cost)};
    }
  }
  const TokenUse* use = turn.state.tokens.use_of(turn.token());
  std::optional<Refused> last;
  for (const RateLimit& rate : rates) {
    const auto* window = use == nullptr ? nullptr : &use->windows[static_cast<int>(rate.span)];
    const std::uint64_t used = window == nullptr || !*window ? 0 : (*window)->used(turn.now);
    if (used + cost <= rate.count) {
      continue;
    }
    const Span wait = (*window)->time_of(rate.count - cost) - turn.now;
    if (!last || wait > last->retry_after) {
      last = Refused{Code::kTooMany, text_of(rate) + ", and " + std::to_string(used) + " are used",
                     wait};
    }
  }
  return last;
}

// Whether the token lets the job in. What no waiting would change is 403 and 413, else 429.
std::optional<Refused> refused_by(const Turn& turn, const Allowance& allowance, const NewJob& job,
                                  std::uint64_t cost) {
  if (allowance.priority_max && job.priority > *allowance.priority_max) {
    return beyond(Code::kForbidden, "priority", job.priority, "priority", *allowance.priority_max);
  }
  if (allowance.bytes_max && job.request.size() > *allowance.bytes_max) {
    return beyond(Code::kTooLarge, "request", job.request.size(), "bytes", *allowance.bytes_max);
  }
  if (allowance.waiting_max) {
    const std::size_t waiting = turn.state.tokens.waiting_of(turn.token());
    if (waiting >= *allowance.waiting_max) {
      return Refused{Code::kTooMany,
                     "token: waiting <= " + std::to_string(*allowance.waiting_max) + ", and " +
                         std::to_string(waiting) + " jobs are waiting",
                     std::chrono::seconds(1)};
    }
  }
  return refused_by(turn, allowance.rates, cost);
}

// Counts the job, if that is to be counted.
void charge(Turn& turn, const Allowance& allowance, std::uint64_t cost) {
  const TokenUse* use = turn.state.tokens.use_of(turn.token());
  if (allowance.rates.empty() && (use == nullptr || !use->is_counted())) {
    return;
  }
  std::uint8_t spans = 0;
  for (const RateLimit& rate : allowance.rates) {
    spans |= static_cast<std::uint8_t>(1 << static_cast<int>(rate.span));
  }
  turn.record({}, Charged{std::string(turn.token()), cost, spans});
  sweep_tokens(turn);
}

ItemReply submit_one(Turn& turn, const std::string& datasource_name, const Allowance& allowance,
                     NewJob& job) {
  const auto existing = turn.state.find_datasource(datasource_name);
  const Hash content = hash_of(job);
  if (const Job* known = existing ? turn.state.find(*existing, job.id) : nullptr) {
    if (known->content != content || turn.state.names.client_of(*known) != job.client) {
      return Refused{Code::kConflict, "job: this id is taken by a job with other content"};
    }
    return SubmitReply::Taken{view_of(turn.state, *known), false};
  }
  const Datasource* there = existing ? &turn.state.datasource(*existing) : nullptr;
  const std::uint64_t cost = cost_of(there, job);
  if (auto refused = refused_by(turn, allowance, job, cost)) {
    return std::move(*refused);
  }
  if (auto refused = turn.no_room_for_job(there, job.client)) {
    return std::move(*refused);
  }
  const auto datasource = turn.datasource(datasource_name);
  if (!datasource) {
    return turn.too_many_datasources();
  }
  const DatasourceConfig& config = turn.state.datasource(*datasource).config;
  const Defaults& defaults = turn.limits.defaults;
  const std::string id = job.id;
  charge(turn, allowance, cost);
  // What the job does not say itself, the token may lower.
  const std::uint8_t priority =
      std::min(first_said(job.priority, config.priority, defaults.priority),
               allowance.priority_max.value_or(UINT8_MAX));
  turn.record(
      {.datasource = *datasource},
      Submitted{.id = std::move(job.id),
                .client = std::move(job.client),
                .function = std::move(job.function),
                .request = std::move(job.request),
                .trace = std::move(job.trace),
                .tags = std::move(job.tags),
                .priority = priority,
                .not_before = job.delay == Span::zero() ? job.not_before : turn.now + job.delay,
                .terms = settle(job.terms, config.terms, defaults.terms),
                .content = content});
  return SubmitReply::Taken{view_of(turn.state, *turn.state.find(*datasource, id)), true};
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
    reply.items.push_back(
        submit_one(turn, command.datasource, command.allowance, std::get<NewJob>(item)));
  }
  return reply;
}

}  // namespace store
