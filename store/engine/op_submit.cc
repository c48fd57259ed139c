#include <algorithm>

#include "apply.h"
#include "field_tables.h"
#include "job_view.h"
#include "room.h"
#include "tags.h"
#include "token_end.h"

namespace store {
namespace {

using ItemReply = std::variant<SubmitReply::Result, Refused>;

// Most specific wins: the job's own, else the function's, else the datasource's, else the store's.
Terms settle(const Terms& job, const Terms& function, const Terms& datasource, const Terms& store) {
  Terms terms;
  visit_fields(jobq::FieldsOf<Terms>(), [&](auto field, auto&&) {
    terms.*field = first_set(job.*field, function.*field, datasource.*field, store.*field);
  });
  return terms;
}

std::optional<Refused> refused_for_function(const Allowance& allowance,
                                            const std::string& function) {
  return fits_all(function, allowance.functions)
             ? std::nullopt
             : std::optional(Refused{Code::kForbidden,
                                     "function: " + not_for(allowance.functions, function)});
}

Refused beyond(Code code, const char* field, std::uint64_t wanted, const char* caveat,
               std::uint64_t max) {
  return {code, std::string(field) + ": " + std::to_string(wanted) + " is above the token's " +
                    caveat + " <= " + std::to_string(max)};
}

// Of several rates that are used up, the one that lets the job in last.
std::optional<Refused> refused_by(const Context& context, const std::vector<RateLimit>& rates,
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
  const TokenUse* use = context.state.tokens.use_of(context.token());
  std::optional<Refused> last;
  for (const RateLimit& rate : rates) {
    const std::uint64_t used = used_of(use, rate.span, context.now);
    if (used + cost <= rate.count) {
      continue;
    }
    const auto& window = use->windows[static_cast<std::size_t>(rate.span)];
    const Span wait = window->time_of(rate.count - cost) - context.now;
    if (!last || wait > last->retry_after) {
      last = Refused{Code::kTooMany, text_of(rate) + ", and " + std::to_string(used) + " are used",
                     wait};
    }
  }
  return last;
}

// Whether the token lets the job in. What no waiting would change is 403 and 413, else 429.
std::optional<Refused> refused_by(const Context& context, const Allowance& allowance,
                                  const NewJob& job, std::uint64_t cost) {
  if (auto refused = refused_for_good(allowance, job)) {
    return refused;
  }
  if (allowance.waiting_max) {
    const std::size_t waiting = context.state.tokens.waiting_of(context.token());
    if (waiting >= *allowance.waiting_max) {
      return Refused{Code::kTooMany,
                     "token: waiting <= " + std::to_string(*allowance.waiting_max) + ", and " +
                         std::to_string(waiting) + " jobs are waiting",
                     std::chrono::seconds(1)};
    }
  }
  return refused_by(context, allowance.rates, cost);
}

// Counts the job, if that is to be counted.
void charge(Context& context, const Allowance& allowance, std::uint64_t cost) {
  const TokenUse* use = context.state.tokens.use_of(context.token());
  if (allowance.rates.empty() && (use == nullptr || !use->is_counted())) {
    return;
  }
  std::uint8_t spans = 0;
  for (const RateLimit& rate : allowance.rates) {
    spans |= static_cast<std::uint8_t>(1 << static_cast<int>(rate.span));
  }
  context.record({}, Charged{std::string(context.token()), cost, spans});
  sweep_tokens(context);
}

// `indexed`: tags that its function makes of its request; no part of its content.
ItemReply submit_one(Context& context, const std::string& datasource_name,
                     const Allowance& allowance, NewJob& job,
                     const std::vector<std::string>& indexed = {}) {
  if (auto refused = refused_for_function(allowance, job.function)) {
    return std::move(*refused);
  }
  const auto existing = context.state.find_datasource(datasource_name);
  const Hash content = hash_of(job);
  if (const Job* known = existing ? context.state.find(*existing, job.job) : nullptr) {
    if (known->content != content || context.state.names.client_of(*known) != job.client) {
      return Refused{Code::kConflict, "job: this id is taken by a job with other content"};
    }
    return SubmitReply::Result{view_of(context.state, *known), false};
  }
  add_tags(job.tags, indexed);
  const Datasource* there = existing ? &context.state.datasource(*existing) : nullptr;
  const FunctionState* function =
      existing ? context.state.registered.find(*existing, job.function) : nullptr;
  if (there != nullptr && there->config.is_strict && function == nullptr) {
    return Refused{
        Code::kNotFound,
        "function: the datasource is strict, and " +
            (job.function.empty() ? "none is said" : "'" + job.function + "' is not registered")};
  }
  const std::uint64_t cost = there == nullptr ? 1 : cost_of(function, there->config, job.function);
  if (auto refused = refused_by(context, allowance, job, cost)) {
    return std::move(*refused);
  }
  if (auto refused = no_room_for_job(context, there, job.client)) {
    return std::move(*refused);
  }
  const Defaults& defaults = context.limits.defaults;
  const Terms terms = settle(job.terms, function == nullptr ? Terms() : function->function->terms,
                             there == nullptr ? Terms() : there->config.terms, defaults.terms);
  if (auto refused = no_room_for_names(context, there,
                                       {.id = job.job,
                                        .client = job.client,
                                        .function = job.function,
                                        .tags = job.tags,
                                        .terms = terms})) {
    return std::move(*refused);
  }
  const auto datasource = context.find_or_add_datasource(datasource_name);
  if (!datasource) {
    return *no_room_for_datasource(context);
  }
  const DatasourceConfig& config = context.state.datasource(*datasource).config;
  const std::string id = job.job;
  charge(context, allowance, cost);
  // What the job does not say itself, the token may lower.
  const unsigned priority = std::min<unsigned>(
      first_set(job.priority, function == nullptr ? 0u : function->function->priority,
                config.priority, unsigned{defaults.priority}),
      allowance.priority_max.value_or(UINT8_MAX));
  context.record(
      {.datasource = *datasource},
      Submitted{.id = std::move(job.job),
                .client = std::move(job.client),
                .function = std::move(job.function),
                .request = std::move(job.request),
                .trace = std::move(job.trace),
                .tags = std::move(job.tags),
                .priority = static_cast<std::uint8_t>(priority),
                .not_before = job.delay == Span::zero() ? job.not_before : context.now + job.delay,
                .terms = terms,
                .content = content});
  return SubmitReply::Result{view_of(context.state, *context.state.find(*datasource, id)), true};
}

}  // namespace

std::optional<Refused> refused_for_good(const Allowance& allowance, const NewJob& job) {
  if (auto refused = refused_for_function(allowance, job.function)) {
    return refused;
  }
  if (allowance.priority_max && job.priority > *allowance.priority_max) {
    return beyond(Code::kForbidden, "priority", job.priority, "priority", *allowance.priority_max);
  }
  if (allowance.bytes_max && job.request.size() > *allowance.bytes_max) {
    return beyond(Code::kTooLarge, "request", job.request.size(), "bytes", *allowance.bytes_max);
  }
  return std::nullopt;
}

ItemReply submit_as(Context& context, const std::string& token, const std::string& datasource,
                    const Allowance& allowance, NewJob job) {
  const Origin as{.identity = {}, .token = token};
  const Origin* const before = context.asker();
  context.set_asker(&as);
  ItemReply made = submit_one(context, datasource, allowance, job);
  context.set_asker(before);
  return made;
}

Answer apply(Context& context, Submit& command) {
  SubmitReply reply;
  reply.items.reserve(command.jobs.size());
  static const std::vector<std::string> kNone;
  for (std::size_t i = 0; i < command.jobs.size(); ++i) {
    Item<NewJob>& item = command.jobs[i];
    if (auto* refused = std::get_if<Refused>(&item)) {
      reply.items.push_back(std::move(*refused));
      continue;
    }
    reply.items.push_back(submit_one(context, command.datasource, command.allowance,
                                     std::get<NewJob>(item),
                                     i < command.indexed.size() ? command.indexed[i] : kNone));
  }
  return reply;
}

}  // namespace store
