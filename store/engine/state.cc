#include "state.h"

#include "invariant.h"

namespace store {
namespace {

// What the job brought, but for names.
void give_back(State& state, const Job& job) {
  const std::string_view token = state.tokens.submit_token_of(job);
  if (const std::size_t bytes = bytes_of_id(job.id); bytes > 0) {
    state.brought.give(token, bytes);
  }
  if (job.has_after) {
    state.brought.give(token, bytes_of(state.dependencies.of(job)));
    state.dependencies.remove(job);
  }
  if (const FollowUps::Followed* followed = state.follow_ups.of(job)) {
    state.brought.give(token, bytes_of(followed->plan->then));
  }
  if (job.is_follow_up) {
    state.brought.give(token, bytes_of_follows(state.follow_ups.follows(job)));
  }
  state.follow_ups.remove(job);
  if (job.has_code) {
    state.brought.give(token, bytes_of(state.codes.of(job)));
    state.codes.end(job);
  }
}

}  // namespace

std::optional<DatasourceIndex> State::find_datasource(std::string_view name) const {
  const auto found = datasource_indexes.find(name);
  return found == datasource_indexes.end() ? std::nullopt : std::optional(found->second);
}

const Job* State::find(DatasourceIndex datasource, std::string_view id) const {
  const Slot slot = jobs.find(datasource, id);
  return slot == kNoSlot ? nullptr : &jobs.at(slot);
}

const Job* State::find(JobKey key) const {
  const Slot slot = find_slot(key);
  return slot == kNoSlot ? nullptr : &jobs.at(slot);
}

Slot State::find_slot(JobKey key) const {
  Slot& seen = seen_[(key.sequence + key.datasource) % seen_.size()];
  if (jobs.has(seen, key)) {
    return seen;
  }
  if (key.datasource >= datasources.size()) {
    return kNoSlot;
  }
  const Slot slot = datasources[key.datasource]->jobs.find(key.sequence);
  seen = slot == kNoSlot ? seen : slot;
  return slot;
}

Slot State::slot_of(JobKey key) const {
  const Slot slot = find_slot(key);
  INVARIANT(slot != kNoSlot, key.datasource, key.sequence);
  return slot;
}

const ClientJobs* State::jobs_of_client(const Datasource& datasource,
                                        std::string_view client) const {
  const auto found = datasource.jobs_of_client.find(names.find_client(client));
  return found == datasource.jobs_of_client.end() ? nullptr : &found->second;
}

Datasource& State::add_datasource(std::string name, std::string maker) {
  const auto index = static_cast<DatasourceIndex>(datasources.size());
  INVARIANT(datasource_indexes.emplace(name, index).second, name);
  datasources.push_back(
      std::make_unique<Datasource>(index, std::move(name), jobs.slots(), worker_rows));
  Datasource& datasource = *datasources.back();
  datasource.maker = std::move(maker);
  made.take(datasource.maker, bytes_of(datasource.config));
  return datasource;
}

void State::configure(Datasource& datasource, DatasourceConfig config) {
  made.give(datasource.maker, bytes_of(datasource.config));
  if (!datasource.config.item.empty()) {
    listed.give(datasource.maker, datasource.config.item.size());
  }
  const bool regroups = datasource.config.key_running_max != config.key_running_max;
  const bool reorders = datasource.config.ageing != config.ageing;
  datasource.config = std::move(config);
  if (regroups) {
    datasource.regroup();
  }
  if (reorders) {
    datasource.reorder();
  }
  made.take(datasource.maker, bytes_of(datasource.config));
  if (!datasource.config.item.empty()) {
    listed.take(datasource.maker, datasource.config.item.size());
  }
}

Slot State::add_job(Job added, std::string_view client, std::string_view function,
                    const std::vector<std::string>& tags, const Terms& terms,
                    std::string_view token) {
  names.acquire(added, client, function, tags, terms, token);
  tokens.set_submit_token(added, token);
  added.keep_for = kept_for(terms, added.status);
  const Slot slot = jobs.add(std::move(added));
  const Job& job = jobs.at(slot);
  if (const std::size_t bytes = bytes_of_id(job.id); bytes > 0) {
    brought.take(token, bytes);
  }
  Datasource& datasource = datasource_of(job);
  datasource.jobs.append(job.key.sequence, slot);
  const auto [of_client, is_new] = datasource.jobs_of_client.try_emplace(job.client);
  if (is_new) {
    of_client->second.payer = brought.take(token, kBytesOfClientRow);
  }
  of_client->second.jobs.append(job.key.sequence, slot);
  return slot;
}

void State::set_keys(Slot slot, const KeysOfJob& keys, std::string_view token) {
  Job& job = jobs.at(slot);
  names.acquire_keys(job, keys, token);
  datasource_of(job).keyed += keys.turn_key.empty() ? 0 : 1;
  join_group(*this, slot, token);
}

const Job* State::find_unique(DatasourceIndex datasource, std::string_view unique) const {
  const auto& live = datasources[datasource]->unique;
  const auto found = live.find(names.find_key(unique));
  return unique.empty() || found == live.end() ? nullptr : &jobs.at(found->second);
}

void State::remove_job(Slot slot) {
  const Job& job = jobs.at(slot);
  Datasource& datasource = datasource_of(job);
  datasource.keyed -= job.turn_key == kNoSlot ? 0 : 1;
  datasource.jobs.erase(job.key.sequence);
  if (job.cancel_sequence != 0) {
    datasource.cancels.erase(job.cancel_sequence);
  }
  const auto of_client = datasource.jobs_of_client.find(job.client);
  of_client->second.jobs.erase(job.key.sequence);
  if (of_client->second.jobs.size() == 0) {
    brought.give(of_client->second.payer, kBytesOfClientRow);
    datasource.jobs_of_client.erase(of_client);
  }
  leave_group(*this, job);
  give_back(*this, job);
  names.release(job);
  tokens.release(job);
  links.remove(job);
  jobs.stop_timer(slot);
  jobs.remove(slot);
}

std::string_view State::payer_of_worker(const Job& job) const {
  const std::string_view accepted_with = token_id_of(tokens.accept_token_of(job));
  return accepted_with.empty() ? tokens.submit_token_of(job) : accepted_with;
}

void State::forget_what_is_not_durable() {
  for (const auto& datasource : datasources) {
    datasource->last_accept_at = {};
    datasource->accept_interval = Datasource::kAcceptInterval;
    for (auto& [client, jobs] : datasource->jobs_of_client) {
      jobs.last_event = datasource->last_sequence;
    }
  }
  settle_payers();
}

// Of what several tokens brought, the one whose job is first in the order of datasources and
// sequences pays: whoever did before may be gone without a trace.
void State::settle_payers() {
  names.forget_payers();
  for (const auto& datasource : datasources) {
    datasource->jobs.walk(0, [&](Slot slot) {
      const Job& job = jobs.at(slot);
      names.pay(job, tokens.submit_token_of(job), payer_of_worker(job));
      return true;
    });
    const auto settle = [this](auto& rows, std::size_t bytes) {
      for (auto& [name, row] : rows) {
        brought.give(row.payer, bytes);
        row.payer = brought.take(tokens.submit_token_of(jobs.at(row.jobs.first())), bytes);
      }
    };
    settle(datasource->jobs_of_client, kBytesOfClientRow);
    settle(datasource->groups, kBytesOfGroupRow);
  }
}

std::string_view State::counted_as(const Job& job) const {
  const Datasource& datasource = this->datasource(job.key.datasource);
  const std::string_view function = names.function_of(job);
  const bool is_counted =
      datasource.functions.contains(function) ||
      (datasource.functions.size() < kFunctionsCountedMax &&
       (function.empty() ||
        (function_rows.of(datasource.maker).count < kFunctionsCountedOfTokenMax &&
         function_rows.all().count < kFunctionsCountedOfAllMax)));
  return is_counted ? function : jobq::kOtherFunctions;
}

FunctionCounts& State::counts_of(Datasource& datasource, std::string_view name) {
  const auto found = datasource.functions.find(name);
  if (found != datasource.functions.end()) {
    return found->second;
  }
  if (!name.empty() && name != jobq::kOtherFunctions) {
    function_rows.take(datasource.maker, 0);
  }
  return datasource.functions[std::string(name)];
}

void State::count_waiting(const Job& job, int by) {
  const auto count = static_cast<std::size_t>(by);
  Datasource& datasource = datasource_of(job);
  datasource.waiting += count;
  datasource.jobs_of_client.at(job.client).waiting += count;
  counts_of(job).waiting += count;
  tokens.count_waiting(job.submit_token, by);
}

}  // namespace store
