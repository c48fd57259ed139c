#include "job_table.h"

#include <algorithm>

#include "invariant.h"

namespace store {

JobTable::JobTable(std::uint64_t hash_seed)
    : ids_(jobs_, hash_seed),
      clients_(hash_seed),
      workers_(hash_seed),
      leases_(jobs_),
      finished_(jobs_) {}

void JobTable::apply(Time now, const Entry& entry) {
  if (const auto* added = std::get_if<DatasourceAdded>(&entry.change)) {
    INVARIANT(entry.job.datasource == datasources_.size(), added->name);
    add_datasource(added->name, 0);
    return;
  }
  INVARIANT(entry.job.datasource < datasources_.size(), entry.job.datasource);
  if (is_event(entry.change)) {
    Datasource& datasource = *datasources_[entry.job.datasource];
    INVARIANT(entry.sequence == datasource.last_sequence + 1, entry.sequence,
              datasource.last_sequence);
    datasource.last_sequence = entry.sequence;
  }
  if (const auto* submitted = std::get_if<Submitted>(&entry.change)) {
    submit(now, entry, *submitted);
  } else if (const auto* forgotten = std::get_if<WorkerForgotten>(&entry.change)) {
    INVARIANT(datasources_[entry.job.datasource]->workers.erase(forgotten->name) == 1);
  } else {
    apply_to_job(now, entry);
  }
}

void JobTable::apply_to_job(Time now, const Entry& entry) {
  const Slot slot = slot_of(entry.job);
  Job& job = jobs_[slot];
  if (is_event(entry.change)) {
    job.changed = entry.sequence;
  }
  struct Apply {
    JobTable& table;
    Time now;
    const Entry& entry;
    Slot slot;
    Job& job;

    void operator()(const DatasourceAdded&) const { INVARIANT(false, "about no job"); }
    void operator()(const WorkerForgotten&) const { INVARIANT(false, "about no job"); }
    void operator()(const Submitted&) const { INVARIANT(false, "about a new job"); }
    void operator()(const Accepted& accepted) const { table.accept(now, entry, accepted, slot); }
    void operator()(const Renewed& renewed) const {
      INVARIANT(job.status == Status::kAccepted, job.id);
      job.deadline = renewed.deadline;
      table.leases_.update(slot);
    }
    void operator()(const Completed& completed) const {
      table.finish(now, slot, Status::kComplete, hash_of(completed));
    }
    void operator()(const Failed& failed) const {
      table.finish(now, slot, Status::kFailed, hash_of(failed));
    }
    void operator()(const LeaseLost&) const {
      ++job.lost_leases;
      table.wait_again(entry, slot, Status::kRetrying);
    }
    void operator()(const Returned&) const { table.wait_again(entry, slot, Status::kSubmitted); }
    void operator()(const LeaseLostLast&) const {
      ++job.lost_leases;
      table.finish(now, slot, Status::kFailed, Hash{});
    }
    void operator()(const Removed&) const { table.remove(slot); }
  };
  std::visit(Apply{*this, now, entry, slot, job}, entry.change);
}

void JobTable::submit(Time now, const Entry& entry, const Submitted& submitted) {
  const Slot slot = new_slot();
  Job& job = jobs_[slot];
  job.id = submitted.id;
  job.key = entry.job;
  job.changed = entry.sequence;
  job.priority = submitted.priority;
  job.request_bytes = static_cast<std::uint32_t>(submitted.request.size());
  job.submitted_at = now;
  job.keep_for = submitted.keep_for;
  job.content = hash_of(submitted);
  index(slot, submitted.client);
  datasources_[job.key.datasource]->ready.add(slot, entry.sequence);
  ++live_count_;
}

void JobTable::accept(Time now, const Entry& entry, const Accepted& accepted, Slot slot) {
  Job& job = jobs_[slot];
  INVARIANT(is_waiting(job.status), job.id, to_string(job.status));
  Datasource& datasource = *datasources_[job.key.datasource];
  datasource.ready.serve(slot, entry.sequence);
  if (job.attempt > 0) {
    workers_.release(job.worker);
  }
  job.status = Status::kAccepted;
  ++job.attempt;
  job.worker = workers_.acquire(accepted.worker);
  job.request_number = accepted.request_number;
  job.accepted_at = now;
  job.deadline = accepted.deadline;
  leases_.add(slot);

  Worker& worker = datasource.workers[accepted.worker];
  if (worker.request_number != accepted.request_number) {
    worker.request_number = accepted.request_number;
    worker.leases.clear();
  }
  worker.heard_at = now;
  worker.leases.push_back(slot);
}

void JobTable::wait_again(const Entry& entry, Slot slot, Status status) {
  Job& job = jobs_[slot];
  INVARIANT(job.status == Status::kAccepted, job.id, to_string(job.status));
  leases_.erase(slot);
  job.status = status;
  job.deadline = {};
  datasources_[job.key.datasource]->ready.add(slot, entry.sequence);
}

void JobTable::finish(Time now, Slot slot, Status status, const Hash& outcome) {
  Job& job = jobs_[slot];
  INVARIANT(job.status == Status::kAccepted, job.id, to_string(job.status));
  leases_.erase(slot);
  job.status = status;
  job.deadline = {};
  job.finished_at = now;
  job.outcome = outcome;
  finished_.add(slot);
  finished_order_.push_back(job.key);
  --live_count_;
}

void JobTable::remove(Slot slot) {
  Job& job = jobs_[slot];
  INVARIANT(is_final(job.status), job.id, to_string(job.status));
  Datasource& datasource = *datasources_[job.key.datasource];
  finished_.erase(slot);
  ids_.erase(slot);
  datasource.jobs.erase(job.key.sequence);
  const auto of_client = datasource.jobs_of_client.find(job.client);
  of_client->second.erase(job.key.sequence);
  if (of_client->second.size() == 0) {
    datasource.jobs_of_client.erase(of_client);
  }
  clients_.release(job.client);
  if (job.attempt > 0) {
    workers_.release(job.worker);
  }
  job = Job{};
  free_.push_back(slot);
  trim_finished_order();
}

void JobTable::trim_finished_order() {
  while (!finished_order_.empty() && find(finished_order_.front()) == nullptr) {
    finished_order_.pop_front();
  }
  if (finished_order_.size() > 2 * finished_.size() + 1024) {
    std::erase_if(finished_order_, [this](JobKey key) { return find(key) == nullptr; });
  }
}

Slot JobTable::new_slot() {
  if (free_.empty()) {
    jobs_.emplace_back();
    return static_cast<Slot>(jobs_.size() - 1);
  }
  const Slot slot = free_.back();
  free_.pop_back();
  return slot;
}

void JobTable::index(Slot slot, std::string_view client) {
  Job& job = jobs_[slot];
  job.client = clients_.acquire(client);
  ids_.insert(slot);
  Datasource& datasource = *datasources_[job.key.datasource];
  datasource.jobs.append(job.key.sequence, slot);
  datasource.jobs_of_client[job.client].append(job.key.sequence, slot);
}

void JobTable::add_datasource(std::string name, Sequence last_sequence) {
  const auto index = static_cast<DatasourceIndex>(datasources_.size());
  INVARIANT(datasource_indexes_.emplace(name, index).second, name);
  datasources_.push_back(std::make_unique<Datasource>(std::move(name), jobs_));
  datasources_.back()->last_sequence = last_sequence;
}

void JobTable::restore_stamps(DatasourceIndex datasource, std::string_view client,
                              std::vector<std::pair<std::uint8_t, Sequence>> stamps) {
  for (const auto& [priority, stamp] : stamps) {
    restored_stamps_[{datasource, priority, std::string(client)}] = stamp;
  }
}

void JobTable::restore_job(StoredJob stored) {
  const Slot slot = new_slot();
  Job& job = jobs_[slot];
  job = std::move(stored.job);
  index(slot, stored.client);
  if (job.attempt > 0) {
    job.worker = workers_.acquire(stored.worker);
  }
  if (is_final(job.status)) {
    finished_.add(slot);
    finished_order_.push_back(job.key);
    return;
  }
  ++live_count_;
  if (job.status == Status::kAccepted) {
    leases_.add(slot);
    return;
  }
  const auto stamp = restored_stamps_.find({job.key.datasource, job.priority, stored.client});
  INVARIANT(stamp != restored_stamps_.end(), job.id, stored.client);
  datasources_[job.key.datasource]->ready.restore(slot, stamp->second);
}

void JobTable::restore_worker(DatasourceIndex datasource, std::string name, Worker worker) {
  datasources_[datasource]->workers.emplace(std::move(name), std::move(worker));
}

void JobTable::finish_restore() {
  restored_stamps_.clear();
  std::sort(finished_order_.begin(), finished_order_.end(), [this](JobKey a, JobKey b) {
    return std::pair(find(a)->finished_at, a) < std::pair(find(b)->finished_at, b);
  });
  for (const auto& datasource : datasources_) {
    datasource->ready.sort_rings();
  }
  for (Slot slot = 0; slot < jobs_.size(); ++slot) {
    const Job& job = jobs_[slot];
    if (job.status != Status::kAccepted) {
      continue;
    }
    auto& workers = datasources_[job.key.datasource]->workers;
    const auto worker = workers.find(workers_[job.worker]);
    if (worker != workers.end() && worker->second.request_number == job.request_number) {
      worker->second.leases.push_back(slot);
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

const SequenceIndex* JobTable::jobs_of_client(DatasourceIndex datasource,
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

std::vector<std::pair<std::uint8_t, Sequence>> JobTable::stamps_of(DatasourceIndex datasource,
                                                                   std::string_view client) const {
  return datasources_[datasource]->ready.stamps(clients_.find(client));
}

}  // namespace store
