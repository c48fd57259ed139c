#include "state.h"

#include "invariant.h"

namespace store {

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
  datasources.push_back(std::make_unique<Datasource>(index, std::move(name), jobs.slots()));
  Datasource& datasource = *datasources.back();
  datasource.maker = std::move(maker);
  made.take(datasource.maker, bytes_of(datasource.config));
  return datasource;
}

void State::configure(Datasource& datasource, DatasourceConfig config) {
  made.give(datasource.maker, bytes_of(datasource.config));
  datasource.config = std::move(config);
  made.take(datasource.maker, bytes_of(datasource.config));
}

Slot State::add_job(Job added, std::string_view client, std::string_view function,
                    const std::vector<std::string>& tags, const Terms& terms) {
  names.acquire(added, client, function, tags, terms);
  added.keep_for = terms.keep_for;
  const Slot slot = jobs.add(std::move(added));
  const Job& job = jobs.at(slot);
  Datasource& datasource = datasource_of(job);
  datasource.jobs.append(job.key.sequence, slot);
  datasource.jobs_of_client[job.client].jobs.append(job.key.sequence, slot);
  return slot;
}

void State::forget_what_is_not_durable() {
  for (const auto& datasource : datasources) {
    datasource->last_accept_at = {};
    datasource->accept_interval = Datasource::kAcceptInterval;
    for (auto& [client, jobs] : datasource->jobs_of_client) {
      jobs.last_event = datasource->last_sequence;
    }
  }
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
