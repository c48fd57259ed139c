// Jobs that are submitted.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "field_tables.h"
#include "model.h"
#include "words.h"

namespace store::sim {

void Model::require_room(const ModelDatasource* datasource, const std::string& client,
                         const ModelBy& by) const {
  std::size_t live = by.admits ? 1 : 0;
  std::size_t of_token = live;
  for (const ModelDatasource& any : datasources_) {
    live += any.count([](const ModelJob& job) { return !is_final(job.status()); });
    of_token += any.count([&](const ModelJob& job) {
      return !is_final(job.status()) && !token_.empty() && job.submit_token == token_;
    });
  }
  const std::size_t of_token_max = limits_.jobs_live_per_token_max != 0
                                       ? limits_.jobs_live_per_token_max
                                       : limits_.jobs_live_max - limits_.jobs_live_max / 4;
  if (live >= limits_.jobs_live_max || of_token >= of_token_max) {
    throw Refused{Code::kFull, "jobs", {}};
  }
  if (datasource == nullptr) {
    if (!may_make_datasource()) {
      throw Refused{Code::kFull, "datasources", {}};
    }
    return;
  }
  if (datasource->mode >= Mode::kDraining) {
    throw Refused{Code::kUnavailable, "draining", {}};
  }
  const auto waits = [](const ModelJob& job) { return is_waiting(job.status()); };
  const auto waits_of_client = [&](const ModelJob& job) {
    return is_waiting(job.status()) && job.content.client == client;
  };
  const std::size_t here = by.admits_in == datasource->name ? 1 : 0;
  const auto is_reached = [&](std::size_t count, std::uint32_t own, std::uint32_t of_store) {
    const std::uint32_t most = own != 0 ? own : of_store;
    return most != 0 && count + here >= most;
  };
  const DatasourceConfig& config = datasource->config;
  const Defaults& defaults = limits_.defaults;
  if (is_reached(datasource->count(waits), config.waiting_max, defaults.waiting_max) ||
      is_reached(datasource->count(waits_of_client), config.waiting_per_client_max,
                 defaults.waiting_per_client_max)) {
    throw Refused{Code::kTooMany, "waiting", {}};
  }
}

Terms Model::settle(const NewJob& job, const ModelDatasource& datasource) const {
  const Terms& said = job.terms;
  const Terms& of_function = function_of(&datasource, job.function).terms;
  const Terms& configured = datasource.config.terms;
  const Terms& standard = limits_.defaults.terms;
  Terms terms = said;
  visit_fields(jobq::FieldsOf<Terms>(), [&](auto field, auto&&) {
    for (const Terms* next : {&of_function, &configured, &standard}) {
      terms.*field = terms.*field == Terms().*field ? next->*field : terms.*field;
    }
  });
  return terms;
}

const ModelJob* Model::find_unique(const ModelDatasource& datasource, const std::string& unique) {
  for (const ModelJob& job : datasource.jobs) {
    if (!unique.empty() && job.content.unique == unique && !is_final(job.status())) {
      return &job;
    }
  }
  return nullptr;
}

SubmitReply::Result Model::submit_again(const Allowance& allowance, ModelJob& live,
                                        const NewJob& said) {
  if (live.facts.client != said.client || said.if_unique == jobq::IfUnique::kRefuse) {
    throw Refused{Code::kConflict, "unique", {}};
  }
  if (said.if_unique == jobq::IfUnique::kReplace) {
    if (live.status() == Status::kAccepted) {
      throw Refused{Code::kConflict, "unique", {}};
    }
    if (allowance.priority_max && said.priority > *allowance.priority_max) {
      throw Refused{Code::kForbidden, "priority", {}};
    }
    if (allowance.bytes_max && said.request.size() > *allowance.bytes_max) {
      throw Refused{Code::kTooLarge, "bytes", {}};
    }
    if (allowance.valid_for_max != Span::zero() && said.terms.valid_for > allowance.valid_for_max) {
      throw Refused{Code::kForbidden, "valid-for", {}};
    }
    live.request = said.request;
    live.facts.request_bytes = static_cast<std::uint32_t>(said.request.size());
    event(live, Event::Kind::kEdited);
  }
  return {view(live), false};
}

NewJob Model::admission_job(const std::string& name, const NewJob& said,
                            const jobq::Function& function) {
  nlohmann::ordered_json calls = nlohmann::ordered_json::array();
  for (const jobq::FunctionCall& call : function.calls) {
    calls.push_back({{"method", call.method}, {"path", call.path}});
  }
  const nlohmann::ordered_json asks = {{"datasource", name},
                                       {"job", said.job},
                                       {"client", said.client},
                                       {"function", said.function},
                                       {"calls", calls}};
  return {.request = asks.dump(), .client = said.client, .function = said.function};
}

// Somebody has to admit the job first, and can be asked.
void Model::require_admission(const ModelDatasource* datasource, const NewJob& said,
                              std::size_t name_bytes, bool is_in_list) const {
  const jobq::Function& function = function_of(datasource, said.function);
  if (function.admission.empty()) {
    return;
  }
  if (is_in_list) {
    throw Refused{Code::kBadRequest, "admission", {}};
  }
  Model trial(*this);
  trial.follows_.clear();
  (void)trial.submit(function.admission, Allowance(),
                     admission_job(datasource->name, said, function), kNotTold,
                     {.admits = true, .admits_in = datasource->name, .name_bytes = name_bytes});
}

void Model::ask_for_admission(const ModelDatasource& datasource, ModelJob& job) {
  const jobq::Function& function = function_of(&datasource, job.content.function);
  if (function.admission.empty()) {
    return;
  }
  NewJob asks = admission_job(datasource.name, job.content, function);
  asks.job = told_admission(datasource, job.content.job);
  const std::string follows = std::exchange(follows_, "");
  const JobView made = submit(function.admission, Allowance(), asks, kNotTold,
                              {.admits = true, .admits_in = datasource.name})
                           .job;
  follows_ = follows;
  job.after.push_back({.job = made.key, .id = made.job, .admits = true});
}

namespace {

// What it traces, and what goes to its worker alone, are no part of what it is.
bool is_again(const ModelJob& job, NewJob said) {
  said.trace = job.content.trace;
  said.grants = job.content.grants;
  return job.imported.empty()
             ? describe(said) == describe(job.content)
             : said.client == job.content.client && spelled(hash_of(said)) == job.imported;
}

void narrow(Terms& terms, const Allowance& allowance) {
  const Span most = allowance.valid_for_max;
  if (most != Span::zero() && (terms.valid_for == Span::zero() || terms.valid_for > most)) {
    terms.valid_for = most;
  }
}

}  // namespace

SubmitReply::Result Model::submit(const std::string& name, const Allowance& allowance,
                                  const NewJob& said, Span told_retry_after, const ModelBy& by) {
  ModelDatasource* datasource = find(name);
  if (const ModelJob* job = datasource == nullptr ? nullptr : find(*datasource, said.job)) {
    if (!is_again(*job, said)) {
      throw Refused{Code::kConflict, "content", {}};
    }
    return {view(*job), false};
  }
  if (by.unique.contains(said.unique)) {
    throw Refused{Code::kConflict, "unique", {}};
  }
  if (const ModelJob* live =
          datasource == nullptr ? nullptr : find_unique(*datasource, said.unique)) {
    return submit_again(allowance, known(live->facts.key), said);
  }
  if (datasource != nullptr && datasource->config.is_strict &&
      !datasource->functions.contains(said.function)) {
    throw Refused{Code::kNotFound, "function", {}};
  }
  const std::uint64_t cost = cost_of(datasource, said.function);
  require_allowed(allowance, said, cost, told_retry_after);
  require_allowed_then(allowance, said.then);
  if (rules_.refused_submit_counts) {
    charge(allowance, cost);
  }
  require_room_behind(datasource, name, said.client, said.after, by);
  const DatasourceIndex index =
      datasource == nullptr ? static_cast<DatasourceIndex>(datasources_.size()) : datasource->index;
  std::vector<ModelAfter> after = awaited_by(name, said.client, said.after);
  Terms terms = settle(said, datasource == nullptr ? ModelDatasource() : *datasource);
  narrow(terms, allowance);
  const std::string caveats =
      function_of(datasource, said.function).calls.empty() ? "" : by.caveats;
  const std::vector<Thing> things = things_of(said, index, terms, token_, after, caveats);
  require_room_for(things, token_, by.name_bytes);
  if (!by.admits) {
    require_admission(datasource, said, new_bytes_of(things), by.is_in_list);
  }
  if (!rules_.refused_submit_counts) {
    charge(allowance, cost);
  }
  datasource = &found_or_made(name);
  ModelJob job;
  job.content = said;
  job.request = said.request;
  job.after = std::move(after);
  job.caveats = caveats;
  job.texts.grants = said.grants;
  if (!by.admits) {
    ask_for_admission(*datasource, job);
  }
  job.after_group = said.after_group;
  job.running_max = allowance.running_max;
  job.awaits_group = datasource->has_live(said.client, said.after_group, UINT64_MAX);
  const DatasourceConfig& config = datasource->config;
  const unsigned of_function = function_of(datasource, said.function).priority;
  job.facts.priority = said.priority != 0     ? said.priority
                       : of_function != 0     ? of_function
                       : config.priority != 0 ? config.priority
                                              : limits_.defaults.priority;
  if (allowance.priority_max) {
    job.facts.priority = std::min<unsigned>(job.facts.priority, *allowance.priority_max);
  }
  job.facts.terms = terms;
  plan_follow_ups(job, {.then = said.then, .allowance = allowance, .token = token_});
  job.facts.follows = follows_;
  job.facts.not_before = said.delay != Span::zero() ? now_ + said.delay : said.not_before;
  return {view(make_job(*datasource, std::move(job))), true};
}

ModelJob& Model::make_job(ModelDatasource& datasource, ModelJob made) {
  JobView& facts = made.facts;
  facts.key = {datasource.index, datasource.last_sequence + 1};
  facts.sequence = facts.key.sequence;
  facts.job = made.content.job;
  facts.client = made.content.client;
  facts.function = made.content.function;
  facts.tags = made.content.tags;
  facts.turn_key = made.content.turn_key;
  facts.unique = made.content.unique;
  facts.group = made.content.group;
  facts.request_bytes = static_cast<std::uint32_t>(made.request.size());
  facts.submitted_at = now_;
  made.submit_token = token_;
  if (facts.terms->valid_for != Span::zero() && made.awaited() == 0) {
    facts.expires_at = std::max(now_, facts.not_before) + facts.terms->valid_for;
  }
  ModelJob& job = datasource.jobs.emplace_back(std::move(made));
  settle_brought();
  counters_of(job).submitted += 1;
  wait_again(job, Status::kSubmitted, facts.not_before);
  event(job, Event::Kind::kSubmitted);
  return job;
}

std::vector<std::variant<SubmitReply::Result, Refused>> Model::submit_all(const Submit& command) {
  const auto* told = told_->reply == nullptr ? nullptr : std::get_if<SubmitReply>(told_->reply);
  std::vector<std::variant<SubmitReply::Result, Refused>> items;
  ModelBy by{.is_in_list = command.is_atomic, .caveats = command.caveats};
  for (std::size_t i = 0; i < command.jobs.size(); ++i) {
    if (const auto* refused = std::get_if<Refused>(&command.jobs[i])) {
      items.emplace_back(*refused);
      continue;
    }
    const bool is_told = told != nullptr && i < told->items.size();
    const auto* refused = is_told ? std::get_if<Refused>(&told->items[i]) : nullptr;
    const auto& job = std::get<NewJob>(command.jobs[i]);
    try {
      items.emplace_back(submit(command.datasource, command.allowance, job,
                                refused == nullptr ? Span::zero() : refused->retry_after, by));
      if (command.is_atomic && std::get<SubmitReply::Result>(items.back()).created) {
        cost_ahead_ += cost_of(find(command.datasource), job.function);
        if (!job.unique.empty()) {
          by.unique.insert(job.unique);
        }
      }
    } catch (const Refused& refusal) {
      items.emplace_back(refusal);
    }
  }
  cost_ahead_ = 0;
  return items;
}

Model::Answered Model::on(const Submit& command) {
  if (!command.is_atomic) {
    return SubmitReply{submit_all(command)};
  }
  Model trial(*this);
  auto items = trial.submit_all(command);
  const bool is_taken = std::none_of(items.begin(), items.end(), [](const auto& item) {
    return std::holds_alternative<Refused>(item);
  });
  for (std::size_t i = 0; !is_taken && i < items.size(); ++i) {
    const auto* job = std::get_if<NewJob>(&command.jobs[i]);
    ModelDatasource* datasource = find(command.datasource);
    // One that would have got another request is not answered as if it had.
    const bool is_there =
        job != nullptr && datasource != nullptr &&
        (find(*datasource, job->job) ||
         (find_unique(*datasource, job->unique) && job->if_unique == jobq::IfUnique::kAnswer));
    if (std::holds_alternative<SubmitReply::Result>(items[i]) && !is_there) {
      items[i] = Refused{Code::kConflict, "another is refused", {}};
    }
  }
  return SubmitReply{is_taken ? submit_all(command) : std::move(items)};
}

}  // namespace store::sim
