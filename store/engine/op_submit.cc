#include <algorithm>
#include <map>
#include <set>

#include "admission_job.h"
#include "apply.h"
#include "budgets.h"
#include "field_tables.h"
#include "find_awaited.h"
#include "job_view.h"
#include "room.h"
#include "submit_rules.h"
#include "tags.h"
#include "token_end.h"

namespace store {
namespace {

using ItemReply = std::variant<SubmitReply::Result, Refused>;

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
  CodeOfJob code{};
  std::size_t name_bytes = 0;           // where another one is judged with it
  std::shared_ptr<Judged> admission{};  // of the job that admits it first; nullptr: none does
};

// The live job that is unique by the same name, for which none is made; nullptr: there is none.
std::variant<const Job*, Refused> find_beside(const Context& context,
                                              std::optional<DatasourceIndex> datasource,
                                              const Allowance& allowance, const NewJob& job,
                                              const CodeOfJob& runs, const List* list) {
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
    const CodeOfJob& code = context.state.codes.of(*live);
    if (code.hash != runs.hash || code.method != runs.method) {
      return Refused{Code::kConflict, taken + ", and runs other code"};
    }
    if (auto refused = refused_for_good(allowance, job)) {
      return std::move(*refused);
    }
  }
  return live;
}

// For the token that its worker gets.
std::string_view kept_caveats(const SubmitBy& by, const FunctionState* function) {
  return function == nullptr || function->function->calls.empty() ? std::string_view() : by.caveats;
}

// What it brings. References to what is given.
NewNames names_of(const SubmitBy& by, const NewJob& job, const Judged& judged) {
  return {.id = job.job,
          .client = job.client,
          .function = job.function,
          .tags = judged.tags,
          .terms = judged.terms,
          .flow_bytes = bytes_of(judged.after) + bytes_of(job.then) + bytes_of_follows(by.follows) +
                        bytes_of(judged.code),
          .turn_key = job.turn_key,
          .unique = job.unique,
          .group = job.group,
          .after_group = job.after_group,
          .caveats = kept_caveats(by, judged.function)};
}

// `indexed`: tags that its function makes of its request; no part of its content. `list`: nullptr,
// where it stands for itself.
std::variant<Judged, Refused> judge(const Context& context, const std::string& datasource,
                                    const SubmitBy& by, const NewJob& job,
                                    const std::vector<std::string>& indexed, const List* list);

// Where somebody has to admit the job first: whether the job that asks for it can be submitted
// beside it.
std::optional<Refused> refused_admission(const Context& context, const std::string& datasource,
                                         const NewJob& job, Judged& asked, const List* list) {
  const jobq::Function& function = *asked.function->function;
  if (list != nullptr) {
    return Refused{Code::kBadRequest, "function: '" + job.function +
                                          "' has an admission: its jobs are submitted one by one, "
                                          "not all or none"};
  }
  const Allowance unlimited;
  const std::size_t here = function.admission == datasource ? 1 : 0;
  const Ahead ahead{
      .jobs = here, .elsewhere = 1 - here, .of_client = here, .name_bytes = asked.name_bytes};
  auto judged =
      judge(context, function.admission, {.allowance = unlimited, .ahead = ahead, .admits = true},
            admission_job({}, datasource, function, job), {}, nullptr);
  if (auto* refused = std::get_if<Refused>(&judged)) {
    refused->detail.insert(0, "admission by " + function.admission + ": ");
    return std::move(*refused);
  }
  asked.admission = std::make_shared<Judged>(std::get<Judged>(std::move(judged)));
  return std::nullopt;
}

std::variant<Judged, Refused> judge(const Context& context, const std::string& datasource,
                                    const SubmitBy& by, const NewJob& job,
                                    const std::vector<std::string>& indexed, const List* list) {
  const Allowance& allowance = by.allowance;
  if (auto refused = refused_for_function(allowance, job.function)) {
    return std::move(*refused);
  }
  const auto existing = context.state.find_datasource(datasource);
  Judged judged{.content = hash_of(job), .tags = job.tags};
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
  judged.function = existing ? context.state.registered.find(*existing, job.function) : nullptr;
  judged.code = code_of(job, judged.function);
  auto beside = find_beside(context, existing, allowance, job, judged.code, list);
  if (auto* refused = std::get_if<Refused>(&beside)) {
    return std::move(*refused);
  }
  if (judged.known = std::get<const Job*>(beside); judged.known != nullptr) {
    judged.replaces = job.if_unique == jobq::IfUnique::kReplace;
    return judged;
  }
  const Datasource* there = existing ? &context.state.datasource(*existing) : nullptr;
  add_tags(judged.tags, indexed);
  if (auto refused = there == nullptr ? std::nullopt
                                      : refused_by_strict(there->config, judged.function, job)) {
    return std::move(*refused);
  }
  judged.cost = there == nullptr ? 1 : cost_of(judged.function, there->config, job.function);
  if (auto refused = refused_by(context, allowance, job, judged.cost, by.ahead)) {
    return std::move(*refused);
  }
  if (auto refused = refused_then(allowance, job.then, "then")) {
    return std::move(*refused);
  }
  if (auto refused = no_room_for_job(context, there, job.client, by.ahead)) {
    return std::move(*refused);
  }
  auto found = find_awaited(context, datasource, job.client, job.after,
                            list == nullptr ? nullptr : &list->clients);
  if (auto* refused = std::get_if<Refused>(&found)) {
    return std::move(*refused);
  }
  judged.after = std::get<std::vector<Dependency>>(std::move(found));
  judged.terms = terms_of(context, there, judged.function, allowance, job);
  auto refused = settle_code(context, existing, judged.code.hash, judged.terms.labels);
  const NewNames names = names_of(by, job, judged);
  if (refused || (refused = no_room_for_names(context, there, names, by.ahead)) ||
      (refused = there == nullptr ? no_room_for_datasource(context) : std::nullopt)) {
    return std::move(*refused);
  }
  const bool has_admission =
      !by.admits && judged.function != nullptr && !judged.function->function->admission.empty();
  judged.name_bytes = list == nullptr && !has_admission ? 0 : new_bytes_of(context, there, names);
  refused =
      has_admission ? refused_admission(context, datasource, job, judged, list) : std::nullopt;
  if (refused) {
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
             Judged& judged);

// Submits the job that is to admit it, which it then waits for.
Dependency ask_for_admission(Context& context, const std::string& datasource, const NewJob& job,
                             const jobq::Function& function, Judged& judged) {
  const Allowance unlimited;
  NewJob asks = admission_job(context.new_guid(), datasource, function, job);
  const JobView made =
      take(context, function.admission, {.allowance = unlimited, .admits = true}, asks, judged);
  return {.datasource = made.key.datasource,
          .sequence = made.key.sequence,
          .id = made.job,
          .admits = true};
}

JobView take(Context& context, const std::string& datasource_name, const SubmitBy& by, NewJob& job,
             Judged& judged) {
  const auto datasource = context.find_or_add_datasource(datasource_name);
  INVARIANT(datasource.has_value(), datasource_name);
  const DatasourceConfig& config = context.state.datasource(*datasource).config;
  const std::string id = job.job;
  const std::shared_ptr<const jobq::Function> function =
      judged.function == nullptr ? nullptr : judged.function->function;
  charge(context, by.allowance, judged.cost);
  if (judged.admission != nullptr) {
    judged.after.push_back(
        ask_for_admission(context, datasource_name, job, *function, *judged.admission));
  }
  // What the job does not say itself, the token may lower.
  const unsigned priority =
      std::min<unsigned>(first_set(job.priority, function == nullptr ? 0u : function->priority,
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
                .running_max = by.allowance.running_max,
                .extras = boxed({.after = std::move(judged.after),
                                 .turn_key = std::move(job.turn_key),
                                 .unique = std::move(job.unique),
                                 .then = plan_of(context, by, std::move(job.then)),
                                 .follows = by.follows,
                                 .group = std::move(job.group),
                                 .after_group = std::move(job.after_group),
                                 .caveats = std::string(kept_caveats(by, judged.function)),
                                 .grants = std::move(job.grants),
                                 .code = std::move(judged.code)})});
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

SubmitBy by_of(const Submit& command, const Ahead& ahead = {}) {
  return {.allowance = command.allowance,
          .token_until = command.token_until,
          .caveats = command.caveats,
          .ahead = ahead};
}

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
    auto judged = job == nullptr
                      ? std::variant<Judged, Refused>(std::get<Refused>(item))
                      : judge(context, command.datasource, by_of(command, list.ahead_of(*job)),
                              *job, indexed_of(command, replies.size()), &list);
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
