// What a start does with a JobTable, and how it is asked.
#include <algorithm>

#include "invariant.h"
#include "job_table.h"

namespace store {

void JobTable::add_datasource(std::string name, Sequence last_sequence, Stamp last_stamp,
                              Sequence oldest_event) {
  const auto index = static_cast<DatasourceIndex>(datasources_.size());
  INVARIANT(datasource_indexes_.emplace(name, index).second, name);
  datasources_.push_back(std::make_unique<Datasource>(std::move(name), jobs_));
  datasources_.back()->last_sequence = last_sequence;
  datasources_.back()->last_stamp = last_stamp;
  datasources_.back()->oldest_event = oldest_event;
}

void JobTable::restore_config(DatasourceIndex datasource, DatasourceConfig config, Mode mode) {
  datasources_[datasource]->config = std::move(config);
  datasources_[datasource]->mode = mode;
}

void JobTable::restore_counters(DatasourceIndex datasource, std::string function,
                                const Counters& total) {
  datasources_[datasource]->functions[std::move(function)].total = total;
}

void JobTable::restore_stamps(DatasourceIndex datasource, std::string_view client,
                              const std::vector<Turns>& turns) {
  for (const Turns& place : turns) {
    restored_stamps_[{datasource, place.priority, std::string(client)}] = place;
  }
}

void JobTable::restore_job(StoredJob stored) {
  const Slot slot = new_slot();
  Job& job = jobs_[slot];
  job = std::move(stored.job);
  index(slot, stored.client, stored.function, stored.tags, stored.terms);
  if (job.attempt > 0) {
    job.worker = workers_.acquire(stored.worker);
    job.accept_token = acquire_token(stored.accept_token);
  }
  job.submit_token = acquire_token(stored.submit_token);
  job.has_links = !stored.links.parent.empty() || !stored.links.child.empty();
  if (job.has_links) {
    links_[slot] = std::move(stored.links);
  }
  if (is_final(job.status)) {
    finished_.add(slot);
    finished_order_.push_back(job.key);
    return;
  }
  ++live_count_;
  Datasource& datasource = datasource_of(job);
  if (job.status == Status::kAccepted) {
    leases_.add(slot);
    ++datasource.running;
    ++counts_of(job).running;
    if (job.cancel_sequence != 0) {
      datasource.open_cancels[job.worker].emplace(job.cancel_sequence, slot);
    }
    return;
  }
  ++datasource.waiting;
  ++datasource.jobs_of_client.at(job.client).waiting;
  ++counts_of(job).waiting;
  count_waiting(job.submit_token, 1);
  if (due_at(job) != Time::max()) {
    waiting_.add(slot);
  }
  if (!job.is_delayed) {
    const auto turns = restored_stamps_.find({job.key.datasource, job.priority, stored.client});
    INVARIANT(turns != restored_stamps_.end(), job.id, stored.client);
    datasource.ready.restore(slot, turns->second);
  }
}

void JobTable::restore_worker(DatasourceIndex datasource, std::string name, Worker worker) {
  worker.spoke_at = worker.heard_at;
  datasources_[datasource]->workers.emplace(std::move(name), std::move(worker));
}

void JobTable::finish_restore() {
  restored_stamps_.clear();
  std::sort(finished_order_.begin(), finished_order_.end(), [this](JobKey a, JobKey b) {
    return std::pair(find(a)->finished_at, a) < std::pair(find(b)->finished_at, b);
  });
  std::vector<Slot> cancelled;
  for (Slot slot = 0; slot < jobs_.size(); ++slot) {
    const Job& job = jobs_[slot];
    if (job.cancel_sequence != 0) {
      cancelled.push_back(slot);
    }
    if (job.status != Status::kAccepted || job.is_out_of_turn) {
      continue;
    }
    auto& workers = datasource_of(job).workers;
    const auto worker = workers.find(workers_[job.worker]);
    if (worker != workers.end() && worker->second.request_number == job.request_number) {
      worker->second.leases.push_back(slot);
    }
  }
  std::sort(cancelled.begin(), cancelled.end(),
            [this](Slot a, Slot b) { return jobs_[a].cancel_sequence < jobs_[b].cancel_sequence; });
  for (const Slot slot : cancelled) {
    datasource_of(jobs_[slot]).cancels.append(jobs_[slot].cancel_sequence, slot);
  }
  for (const auto& datasource : datasources_) {
    for (auto& [client, jobs] : datasource->jobs_of_client) {
      jobs.last_event = datasource->last_sequence;
    }
  }
}

std::optional<DatasourceIndex> JobTable::find_datasource(std::string_view name) const {
  const auto found = datasource_indexes_.find(name);
  return found == datasource_indexes_.end() ? std::nullopt : std::optional(found->second);
}

const Job* JobTable::find(DatasourceIndex datasource, std::string_view id) const {
  const Slot slot = ids_.find(datasource, id);
  return slot == kNoSlot ? nullptr : &jobs_[slot];
}

const Job* JobTable::find(JobKey key) const {
  if (key.datasource >= datasources_.size()) {
    return nullptr;
  }
  const Slot slot = datasources_[key.datasource]->jobs.find(key.sequence);
  return slot == kNoSlot ? nullptr : &jobs_[slot];
}

Slot JobTable::slot_of(JobKey key) const {
  const Slot slot = datasources_[key.datasource]->jobs.find(key.sequence);
  INVARIANT(slot != kNoSlot, key.datasource, key.sequence);
  return slot;
}

std::string_view JobTable::worker_of(const Job& job) const {
  return job.attempt == 0 ? std::string_view() : workers_[job.worker];
}

std::string_view JobTable::function_of(const Job& job) const {
  return job.function == kNoSlot ? std::string_view() : functions_[job.function];
}

const std::vector<std::string>& JobTable::tags_of(const Job& job) const {
  static const std::vector<std::string> kNone;
  return job.tags == kNoSlot ? kNone : tags_[job.tags];
}

const Links& JobTable::links_of(const Job& job) const {
  static const Links kNone;
  return job.has_links ? links_.at(slot_of(job.key)) : kNone;
}

const ClientJobs* JobTable::jobs_of_client(DatasourceIndex datasource,
                                           std::string_view client) const {
  const auto& clients = datasources_[datasource]->jobs_of_client;
  const auto found = clients.find(clients_.find(client));
  return found == clients.end() ? nullptr : &found->second;
}

const Worker* JobTable::find_worker(DatasourceIndex datasource, std::string_view name) const {
  const auto& workers = datasources_[datasource]->workers;
  const auto found = workers.find(name);
  return found == workers.end() ? nullptr : &found->second;
}

void JobTable::note_spoke(Time now, DatasourceIndex datasource, std::string_view worker) {
  auto& workers = datasources_[datasource]->workers;
  if (const auto found = workers.find(worker); found != workers.end()) {
    found->second.spoke_at = now;
  }
}

const std::map<Sequence, Slot>* JobTable::open_cancels(DatasourceIndex datasource,
                                                       std::string_view worker) const {
  const auto& open = datasources_[datasource]->open_cancels;
  const auto found = open.find(workers_.find(worker));
  return found == open.end() ? nullptr : &found->second;
}

std::map<NameIndex, std::uint32_t> JobTable::weights_of(DatasourceIndex datasource) const {
  std::map<NameIndex, std::uint32_t> weights;
  for (const auto& [client, weight] : datasources_[datasource]->config.weights) {
    if (const NameIndex name = clients_.find(client); name != kNoSlot) {
      weights.emplace(name, weight);
    }
  }
  return weights;
}

std::vector<Turns> JobTable::stamps_of(DatasourceIndex datasource, std::string_view client) const {
  return datasources_[datasource]->ready.turns_of(clients_.find(client));
}

std::vector<NameIndex> JobTable::find_functions(const std::vector<std::string>& functions) const {
  std::vector<NameIndex> found;
  for (const std::string& function : functions) {
    if (const NameIndex index = functions_.find(function); index != kNoSlot) {
      found.push_back(index);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace store
