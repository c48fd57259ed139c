#include "write_behind.h"

#include <algorithm>

#include "invariant.h"

namespace store {

WriteBehind::WriteBehind(Storage& storage, const JobTable& jobs, WriteBehindOptions options)
    : storage_(storage), jobs_(jobs), options_(options) {}

void WriteBehind::note(TurnNumber turn, Time now, std::vector<Entry> entries) {
  turn_ = turn;
  time_ = now;
  oldest_ = std::min(oldest_, now);
  for (Entry& entry : entries) {
    note_entry(entry);
  }
}

void WriteBehind::note_entry(Entry& entry) {
  const JobKey key = entry.job;
  struct Note {
    WriteBehind& self;
    JobKey key;

    Texts& texts() const { return self.hot_[key].texts; }
    void client() const {
      if (const Job* job = self.jobs_.find(key)) {
        self.note_client(key.datasource, self.jobs_.client_of(*job));
      }
    }
    void operator()(DatasourceAdded&) const {}
    void operator()(Submitted& submitted) const {
      Hot& hot = self.hot_[key];
      self.noted_bytes_ += submitted.request.size();
      hot.texts.request = std::move(submitted.request);
      hot.request_here = true;
      self.note_client(key.datasource, submitted.client);
    }
    void operator()(Accepted& accepted) const {
      self.noted_workers_.emplace(key.datasource, std::move(accepted.worker));
      client();
    }
    void operator()(Renewed&) const {}
    void operator()(Completed& completed) const {
      self.noted_bytes_ += completed.response.size();
      texts().response = std::move(completed.response);
    }
    void operator()(Failed& failed) const { fail(failed.failure); }
    void operator()(LeaseLost&) const { client(); }
    void operator()(Returned&) const { client(); }
    void operator()(LeaseLostLast& lost) const { fail(lost.failure); }
    void operator()(Removed&) const {}
    void operator()(WorkerForgotten& forgotten) const {
      self.noted_workers_.emplace(key.datasource, std::move(forgotten.name));
    }
    void fail(Failure& failure) const {
      self.noted_bytes_ += failure.message.size() + failure.detail.size();
      texts().failure = std::move(failure);
    }
  };
  std::visit(Note{*this, key}, entry.change);
  if (key.sequence != 0) {
    noted_jobs_.insert(key);
  }
}

// Jobs of one client come in rows.
void WriteBehind::note_client(DatasourceIndex datasource, const std::string& client) {
  if (last_client_ != noted_clients_.end() && last_client_->first == datasource &&
      last_client_->second == client) {
    return;
  }
  last_client_ = noted_clients_.emplace(datasource, client).first;
}

void WriteBehind::write_if_due(Time now) {
  if (noted_jobs_.size() >= options_.jobs_max || noted_bytes_ >= options_.bytes_max ||
      now >= next_deadline()) {
    write();
  }
}

Time WriteBehind::next_deadline() const {
  return oldest_ == Time::max() ? Time::max() : oldest_ + options_.age_max;
}

void WriteBehind::write() {
  if (oldest_ == Time::max()) {
    return;
  }
  DerivedBatch batch{.turn = turn_, .writes = {}};
  batch.writes.reserve(2 * noted_jobs_.size() + noted_clients_.size() + noted_workers_.size() + 1);
  // In the order of the keys, since that is how they are stored.
  std::vector<JobKey> keys(noted_jobs_.begin(), noted_jobs_.end());
  std::sort(keys.begin(), keys.end());
  for (const JobKey key : keys) {
    write_job(key, batch);
  }
  for (const auto& [datasource, client] : noted_clients_) {
    const Stamps stamps = jobs_.stamps_of(datasource, client);
    batch.writes.push_back(
        {rotation_key(datasource, client),
         stamps.empty() ? std::nullopt : std::optional(encode_rotation(stamps))});
  }
  for (const auto& [datasource, name] : noted_workers_) {
    const Worker* worker = jobs_.find_worker(datasource, name);
    batch.writes.push_back({worker_key(datasource, name),
                            worker ? std::optional(encode_worker(*worker)) : std::nullopt});
  }
  Marker marker{time_, {}};
  for (DatasourceIndex i = 0; i < jobs_.datasource_count(); ++i) {
    const Datasource& datasource = jobs_.datasource(i);
    marker.datasources.emplace_back(datasource.name, datasource.last_sequence);
  }
  batch.writes.push_back({std::string(kMarkerKey), encode_marker(marker)});
  for (const DerivedBatch::Write& write : batch.writes) {
    bytes_written_ += write.key.size() + (write.value ? write.value->size() : 0);
  }
  storage_.write_derived(batch);

  oldest_ = Time::max();
  noted_bytes_ = 0;
  noted_jobs_.clear();
  noted_clients_.clear();
  last_client_ = noted_clients_.end();
  noted_workers_.clear();
  cool();
}

// A job that ends before it was ever written has its request in its one record. One that is written
// while it lives has it apart, so that later writes of the job are small.
void WriteBehind::write_job(JobKey key, DerivedBatch& batch) {
  const Job* job = jobs_.find(key);
  const auto hot = hot_.find(key);
  if (job == nullptr) {
    batch.writes.push_back({job_key(key), std::nullopt});
    batch.writes.push_back({request_key(key), std::nullopt});
    if (hot != hot_.end()) {
      hot_bytes_ -= hot->second.request_written ? hot->second.texts.request.size() : 0;
      hot_.erase(hot);
    }
    return;
  }
  static const Texts kNone;
  const bool request_unwritten =
      hot != hot_.end() && hot->second.request_here && !hot->second.request_written;
  const bool request_apart = !(request_unwritten && is_final(job->status));
  const Texts& texts = hot == hot_.end() ? kNone : hot->second.texts;
  batch.writes.push_back({job_key(key), encode_job(jobs_, *job, texts, request_apart)});
  if (request_unwritten && request_apart) {
    batch.writes.push_back({request_key(key), texts.request});
    hot->second.request_written = true;
    hot_bytes_ += texts.request.size();
    cooling_.push_back(key);
  }
  if (is_final(job->status) && hot != hot_.end()) {
    hot_bytes_ -= hot->second.request_written ? texts.request.size() : 0;
    hot_.erase(hot);
  }
}

void WriteBehind::cool() {
  while (!cooling_.empty() &&
         (hot_bytes_ > options_.hot_bytes_max || !hot_.contains(cooling_.front()))) {
    const auto hot = hot_.find(cooling_.front());
    if (hot != hot_.end()) {
      hot_bytes_ -= hot->second.texts.request.size();
      hot_.erase(hot);
    }
    cooling_.pop_front();
  }
  // Those behind a first one that stays.
  if (cooling_.size() > 2 * hot_.size() + 1024) {
    std::erase_if(cooling_, [this](const JobKey& key) { return !hot_.contains(key); });
  }
}

const Texts& WriteBehind::texts(JobKey key) {
  const auto hot = hot_.find(key);
  const Job* job = jobs_.find(key);
  INVARIANT(job != nullptr, key.datasource, key.sequence);
  if (hot != hot_.end() && hot->second.request_here) {
    return hot->second.texts;
  }
  // What is not at hand has been written. A job that lives has nothing but its request.
  read_ = hot != hot_.end() ? hot->second.texts : Texts{};
  bool request_apart = true;
  if (hot == hot_.end() && is_final(job->status)) {
    const auto record = storage_.read_derived(job_key(key));
    if (!record) {
      throw StorageError("the record of job " + job->id + " is missing");
    }
    DecodedJob decoded = decode_job(key, *record, true);
    read_ = std::move(decoded.texts);
    request_apart = decoded.request_apart;
  }
  if (request_apart) {
    auto request = storage_.read_derived(request_key(key));
    if (!request) {
      throw StorageError("the request of job " + job->id + " is missing");
    }
    read_.request = std::move(*request);
  }
  return read_;
}

}  // namespace store
