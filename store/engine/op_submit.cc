#include <algorithm>
#include <map>
#include <set>

#include "apply.h"
#include "budgets.h"
#include "field_tables.h"
#include "find_awaited.h"
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

// What the job does not say itself, the token may lower. Zero: for ever.
Span within(Span max, Span valid_for) {
  return max == Span::zero() || (valid_for != Span::zero() && valid_for < max) ? valid_for : max;
}

Terms terms_of(const Context& context, const Datasource* there, const FunctionState* function,
               const Allowance& allowance, const NewJob& job) {
  Terms terms =
      settle(job.terms, function == nullptr ? Terms() : function->function->terms,
             there == nullptr ? Terms() : there->config.terms, context.limits.defaults.terms);
  terms.valid_for = within(allowance.valid_for_max, terms.valid_for);
  return terms;
}

// What stands in a list before a job, and is to be taken with it.
struct List {
  std::map<std::string, Hash, std::less<>> contents;
  Listed clients;
  std::map<std::string, std::size_t, std::less<>> of_client;
  std::set<std::string, std::less<>> unique;
  Ahead ahead;

  void add(const NewJob& job, const Hash& content, std::uint64_t cost, std::size_t name_bytes) {
    contents.emplace(job.job, content);
    clients.emplace(job.job, job.client);
    ++of_client[job.client];
    if (!job.unique.empty()) {
      unique.insert(job.unique);
    }
    ++ahead.jobs;
    ahead.cost += cost;
    ahead.name_bytes += name_bytes;
  }
  Ahead ahead_of(const NewJob& job) const {
    Ahead before = ahead;
    const auto found = of_client.find(job.client);
    before.of_client = found == of_client.end() ? 0 : found->second;
    return before;
  }
};

// A job that may be taken, or is there.
struct Judged {
  const Job* known = nullptr;
  bool replaces = false;   // its request takes the place of that one's
  bool is_listed = false;  // it stands in the list before
  Hash content{};
  std::uint64_t cost = 0;
  Terms terms{};
  std::vector<Dependency> after{};
  std::vector<std::string> tags{};
  const FunctionState* function = nullptr;
  std::size_t name_bytes = 0;  // behind a list alone
};

// The live job that is unique by the same name, for which none is made; nullptr: there is none.
std::variant<const Job*, Refused> find_beside(const Context& context,
                                              std::optional<DatasourceIndex> datasource,
                                              const Allowance& allowance, const NewJob& job,
                                              const List* list) {
  if (list != nullptr && list->unique.contains(job.unique)) {
    return Refused{Code::kConflict, "unique: another job of the list has this name"};
  }
  const Job* live = datasource ? context.state.find_unique(*datasource, job.unique) : nullptr;
  if (live == nullptr) {
    return nullptr;
  }
  if (context.state.names.client_of(*live) != job.client) {
    return Refused{Code::kConflict, "unique: another client's job has this name"};
  }
  const std::string taken = "unique: the job " + live->id + " has this name";
  if (job.if_unique == jobq::IfUnique::kRefuse) {
    return Refused{Code::kConflict, taken};
  }
  if (job.if_unique == jobq::IfUnique::kReplace) {
    if (live->status == Status::kAccepted) {
      return Refused{Code::kConflict, taken + ", and a worker has it already"};
    }
    if (auto refused = refused_for_good(allowance, job)) {
      return std::move(*refused);
    }
  }
  return live;
}

std::optional<Refused> refused_by_strict(const DatasourceConfig& config,
                                         const FunctionState* function, const NewJob& job) {
  if (!config.is_strict || function != nullptr) {
    return std::nullopt;
  }
  return Refused{
      Code::kNotFound,
      "function: the datasource is strict, and " +
          (job.function.empty() ? "none is said" : "'" + job.function + "' is not registered")};
}

// What the token would never let in when the job has ended, of whatever depth.
std::optional<Refused> refused_then(const Allowance& allowance,
                                    const std::vector<jobq::FollowUp>& then,
                                    const std::string& field) {
  for (std::size_t i = 0; i < then.size(); ++i) {
    const std::string at = field + "[" + std::to_string(i) + "].";
    auto refused = refused_for_function(allowance, then[i].function);
    if (!refused) {
      refused =
          refused_for_good(allowance, {.request = then[i].request, .priority = then[i].priority});
    }
    if (refused) {
      refused->detail.insert(0, at);
      return refused;
    }
    if (auto deeper = refused_then(allowance, then[i].then, at + "then")) {
      return deeper;
    }
  }
  return std::nullopt;
}

// What it brings. References to what is given.
NewNames names_of(const SubmitBy& by, const NewJob& job, const Judged& judged) {
  return {.id = job.job,
          .client = job.client,
          .function = job.function,
          .tags = judged.tags,
          .terms = judged.terms,
          .flow_bytes = bytes_of(judged.after) + bytes_of(job.then) + bytes_of_follows(by.follows),
          .turn_key = job.turn_key,
          .unique = job.unique,
          .group = job.group,
          .after_group = job.after_group};
}

// `indexed`: tags that its function makes of its request; no part of its content. `list`: nullptr,
// where it stands for itself.
std::variant<Judged, Refused> judge(const Context& context, const std::string& datasource,
                                    const SubmitBy& by, const NewJob& job,
                                    const std::vector<std::string>& indexed, const List* list) {
  const Allowance& allowance = by.allowance;
  if (auto refused = refused_for_function(allowance, job.function)) {
    return std::move(*refused);
  }
  const auto existing = context.state.find_datasource(datasource);
  Judged judged{.content = hash_of(job)};
  judged.known = existing ? context.state.find(*existing, job.job) : nullptr;
  const bool is_listed = list != nullptr && list->contents.contains(job.job);
  if (judged.known != nullptr || is_listed) {
    const Hash& content = is_listed ? list->contents.at(job.job) : judged.known->content;
    const std::string& client =
        is_listed ? list->clients.at(job.job) : context.state.names.client_of(*judged.known);
    if (content != judged.content || client != job.client) {
      return Refused{Code::kConflict, "job: this id is taken by a job with other content"};
    }
    judged.is_listed = is_listed;
    return judged;
  }
  auto beside = find_beside(context, existing, allowance, job, list);
  if (auto* refused = std::get_if<Refused>(&beside)) {
    return std::move(*refused);
  }
  if (judged.known = std::get<const Job*>(beside); judged.known != nullptr) {
    judged.replaces = job.if_unique == jobq::IfUnique::kReplace;
    return judged;
  }
  const Ahead ahead = list == nullptr ? Ahead() : list->ahead_of(job);
  const Datasource* there = existing ? &context.state.datasource(*existing) : nullptr;
  judged.tags = job.tags;
  add_tags(judged.tags, indexed);
  judged.function = existing ? context.state.registered.find(*existing, job.function) : nullptr;
  if (auto refused = there == nullptr ? std::nullopt
                                      : refused_by_strict(there->config, judged.function, job)) {
    return std::move(*refused);
  }
  judged.cost = there == nullptr ? 1 : cost_of(judged.function, there->config, job.function);
  if (auto refused = refused_by(context, allowance, job, judged.cost, ahead)) {
    return std::move(*refused);
  }
  if (auto refused = refused_then(allowance, job.then, "then")) {
    return std::move(*refused);
  }
  if (auto refused = no_room_for_job(context, there, job.client, ahead)) {
    return std::move(*refused);
  }
  auto found = find_awaited(context, datasource, job.client, job.after,
                            list == nullptr ? nullptr : &list->clients);
  if (auto* refused = std::get_if<Refused>(&found)) {
    return std::move(*refused);
  }
  judged.after = std::get<std::vector<Dependency>>(std::move(found));
  judged.terms = terms_of(context, there, judged.function, allowance, job);
  const NewNames names = names_of(by, job, judged);
  if (auto refused = no_room_for_names(context, there, names, ahead)) {
    return std::move(*refused);
  }
  judged.name_bytes = list == nullptr ? 0 : new_bytes_of(context, there, names);
  if (auto refused = there == nullptr ? no_room_for_datasource(context) : std::nullopt) {
    return std::move(*refused);
  }
  return judged;
}

std::shared_ptr<const FollowPlan> plan_of(const Context& context, const SubmitBy& by,
                                          std::vector<jobq::FollowUp> then) {
  return then.empty() ? nullptr
                      : std::make_shared<const FollowPlan>(
                            FollowPlan{.then = std::move(then),
                                       .allowance = by.allowance,
                                       .token_until = by.token_until,
                                       .token = std::string(context.token())});
}

JobView take(Context& context, const std::string& datasource_name, const SubmitBy& by, NewJob& job,
             Judged& judged) {
  const auto datasource = context.find_or_add_datasource(datasource_name);
  INVARIANT(datasource.has_value(), datasource_name);
  const DatasourceConfig& config = context.state.datasource(*datasource).config;
  const std::string id = job.job;
  charge(context, by.allowance, judged.cost);
  // What the job does not say itself, the token may lower.
  const unsigned priority = std::min<unsigned>(
      first_set(job.priority, judged.function == nullptr ? 0u : judged.function->function->priority,
                config.priority, unsigned{context.limits.defaults.priority}),
      by.allowance.priority_max.value_or(UINT8_MAX));
  context.record(
      {.datasource = *datasource},
      Submitted{.id = std::move(job.job),
                .client = std::move(job.client),
                .function = std::move(job.function),
                .request = std::move(job.request),
                .trace = std::move(job.trace),
                .tags = std::move(judged.tags),
                .priority = static_cast<std::uint8_t>(priority),
                .not_before = job.delay == Span::zero() ? job.not_before : context.now + job.delay,
                .terms = judged.terms,
                .content = judged.content,
                .after = std::move(judged.after),
                .turn_key = std::move(job.turn_key),
                .unique = std::move(job.unique),
                .then = plan_of(context, by, std::move(job.then)),
                .follows = by.follows,
                .group = std::move(job.group),
                .after_group = std::move(job.after_group)});
  return view_of(context.state, *context.state.find(*datasource, id));
}

ItemReply submit_one(Context& context, const std::string& datasource, const SubmitBy& by,
                     NewJob& job, const std::vector<std::string>& indexed = {}) {
  auto judged = judge(context, datasource, by, job, indexed, nullptr);
  if (auto* refused = std::get_if<Refused>(&judged)) {
    return std::move(*refused);
  }
  auto& may = std::get<Judged>(judged);
  if (may.replaces) {
    context.record(may.known->key, Edited{.request = std::move(job.request)});
  }
  return may.known != nullptr ? SubmitReply::Result{view_of(context.state, *may.known), false}
                              : SubmitReply::Result{take(context, datasource, by, job, may), true};
}

SubmitBy by_of(const Submit& command) { return {command.allowance, command.token_until}; }

const std::vector<std::string>& indexed_of(const Submit& command, std::size_t index) {
  static const std::vector<std::string> kNone;
  return index < command.indexed.size() ? command.indexed[index] : kNone;
}

// What a list is answered of which one is refused, so that none is taken. Empty: all may be.
std::vector<ItemReply> refused_together(const Context& context, const Submit& command) {
  List list;
  std::vector<ItemReply> replies;
  std::optional<std::size_t> first;
  for (const Item<NewJob>& item : command.jobs) {
    const auto* job = std::get_if<NewJob>(&item);
    auto judged = job == nullptr ? std::variant<Judged, Refused>(std::get<Refused>(item))
                                 : judge(context, command.datasource, by_of(command), *job,
                                         indexed_of(command, replies.size()), &list);
    if (auto* refused = std::get_if<Refused>(&judged)) {
      first = first.value_or(replies.size());
      replies.emplace_back(std::move(*refused));
      continue;
    }
    const auto& may = std::get<Judged>(judged);
    if (may.known != nullptr && !may.replaces) {
      replies.emplace_back(SubmitReply::Result{view_of(context.state, *may.known), false});
      continue;
    }
    if (may.known == nullptr && !may.is_listed) {
      list.add(*job, may.content, may.cost, may.name_bytes);
    }
    replies.emplace_back(Refused{Code::kConflict, {}});
  }
  if (!first) {
    return {};
  }
  for (ItemReply& reply : replies) {
    if (auto* refused = std::get_if<Refused>(&reply); refused && refused->detail.empty()) {
      refused->detail =
          "atomic: not submitted, since jobs[" + std::to_string(*first) + "] is refused";
    }
  }
  return replies;
}

}  // namespace

ItemReply submit_as(Context& context, const std::string& token, const std::string& datasource,
                    const SubmitBy& by, NewJob job) {
  const Origin as{.identity = {}, .token = token};
  const Origin* const before = context.asker();
  context.set_asker(&as);
  ItemReply made = submit_one(context, datasource, by, job);
  context.set_asker(before);
  return made;
}

Answer apply(Context& context, Submit& command) {
  SubmitReply reply;
  if (command.is_atomic) {
    reply.items = refused_together(context, command);
    if (!reply.items.empty()) {
      return reply;
    }
  }
  reply.items.reserve(command.jobs.size());
  for (std::size_t i = 0; i < command.jobs.size(); ++i) {
    Item<NewJob>& item = command.jobs[i];
    if (auto* refused = std::get_if<Refused>(&item)) {
      reply.items.push_back(std::move(*refused));
      continue;
    }
    reply.items.push_back(submit_one(context, command.datasource, by_of(command),
                                     std::get<NewJob>(item), indexed_of(command, i)));
    INVARIANT(!command.is_atomic || std::holds_alternative<SubmitReply::Result>(reply.items.back()),
              reply.items.size());
  }
  return reply;
}

}  // namespace store
