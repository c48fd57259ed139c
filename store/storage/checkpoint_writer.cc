#include "checkpoint_writer.h"

#include <algorithm>

namespace store {

CheckpointWriter::CheckpointWriter(Storage& storage, const JobTable& jobs,
                                   CheckpointOptions options)
    : storage_(storage),
      jobs_(jobs),
      options_(options),
      events_(storage, options.recent_events_bytes_max) {}

void CheckpointWriter::note(TurnNumber turn, Time now, std::vector<Entry>&& entries,
                            std::vector<Event>&& events) {
  turn_ = turn;
  time_ = now;
  oldest_ = std::min(oldest_, now);
  for (Entry& entry : entries) {
    note_entry(entry);
  }
  for (Event& event : events) {
    noted_bytes_ += events_.note(std::move(event));
  }
}

// Takes the texts out of a change, and notes the rows that it altered.
struct CheckpointWriter::Note {
  CheckpointWriter& self;
  JobKey key;
  Hot* hot;        // of the job; nullptr where none is meant
  const Job* job;  // nullptr also when it was removed later in the same turn

  void operator()(DatasourceAdded&) const {}
  void operator()(Configured&) const { self.noted_datasources_.insert(key.datasource); }
  void operator()(ModeSet&) const { self.noted_datasources_.insert(key.datasource); }
  void operator()(WorkerForgotten& forgotten) const { worker(forgotten.name); }
  void operator()(EventsForgotten& forgotten) const {
    self.events_.note_forgotten(key.datasource, forgotten.oldest);
  }

  void operator()(Charged& charged) const { self.noted_tokens_.note(0, charged.token); }
  void operator()(TokenRevoked& revoked) const { self.noted_tokens_.note(0, revoked.token); }
  void operator()(TokenForgotten& forgotten) const { self.noted_tokens_.note(0, forgotten.token); }

  void operator()(Submitted& submitted) const {
    if (job == nullptr) {
      self.note_names(key.datasource, {submitted.client, submitted.function});
    } else {
      place();
      count();
    }
    take({std::move(submitted.request), std::move(submitted.trace)});
  }
  void operator()(Restarted& restarted) const {
    const JobKey parent{key.datasource, restarted.parent};
    self.note_names(parent);
    self.note_parent(parent);
    take(self.find_payload(parent, true));
  }
  void operator()(Due&) const { place(); }
  void operator()(Expired& expired) const {
    fail(expired.failure);
    place();
    count();
  }
  void operator()(Edited& edited) const {
    place();
    if (edited.request.empty()) {
      return;
    }
    if (hot->payload_place == PayloadPlace::kDisk) {
      hot->payload = self.find_payload(key, false);
      hot->payload_place = PayloadPlace::kBoth;
    }
    if (hot->payload_place == PayloadPlace::kBoth) {
      hot->payload_place = PayloadPlace::kChanged;
    }
    self.noted_bytes_ += edited.request.size();
    hot->payload.request = std::move(edited.request);
  }

  void operator()(Accepted& accepted) const {
    worker(accepted.worker);
    place();
    count();
  }
  void operator()(Renewed&) const {}
  void operator()(Progressed& progressed) const {
    self.noted_bytes_ += progressed.message.size();
    hot->texts.message = std::move(progressed.message);
    hot->message_here = true;
  }
  void operator()(Logged& logged) const {
    self.noted_bytes_ += self.history_.note(
        key, {logged.number, logged.attempt, self.time_, logged.level, std::move(logged.text)});
  }
  void operator()(Completed& completed) const {
    self.noted_bytes_ += completed.response.size();
    hot->texts.response = std::move(completed.response);
    hot->response_here = true;
    count();
  }
  void operator()(Failed& failed) const { end(failed.failure); }
  void operator()(Forbidden& forbidden) const { end(forbidden.failure); }
  void operator()(Retried& retried) const {
    end(retried.failure);
    place();
  }
  void operator()(RetriedLast& retried) const { end(retried.failure); }
  void operator()(Released&) const { hand_back(); }
  void operator()(ReleasedLast& released) const { end(released.failure); }
  void operator()(LeaseLost&) const { hand_back(); }
  void operator()(LeaseLostLast& lost) const { end(lost.failure); }
  void operator()(Returned&) const { hand_back(); }
  void operator()(CancelRequested&) const {}
  void operator()(Cancelled&) const { hand_back(); }
  void operator()(Removed& removed) const { self.history_.note_removed(key, removed); }

  void take(Payload payload) const {
    self.noted_bytes_ += payload.request.size() + payload.trace.size();
    hot->payload = std::move(payload);
    hot->payload_place = PayloadPlace::kNew;
  }
  void fail(Failure& failure) const {
    self.noted_bytes_ += failure.message.size() + failure.detail.size();
    hot->texts.failure = std::move(failure);
    hot->failure_here = true;
  }
  void end(Failure& failure) const {
    fail(failure);
    count();
  }
  void hand_back() const {
    place();
    count();
  }
  void worker(const std::string& name) const { self.noted_workers_.note(key.datasource, name); }
  // The job's client may have another place among those that take turns.
  void place() const {
    if (job == nullptr) {
      self.note_names(key);
    } else {
      self.noted_clients_.note(key.datasource, self.jobs_.client_of(*job));
    }
  }
  // Its function's counters are others.
  void count() const {
    if (job == nullptr) {
      self.note_names(key);
    } else {
      self.noted_functions_.note(key.datasource, self.jobs_.counted_as(*job));
    }
  }
};

void CheckpointWriter::note_entry(Entry& entry) {
  const JobKey key = entry.job;
  const bool is_of_job = key.sequence != 0;
  std::visit(
      Note{*this, key, is_of_job ? &noted(key) : nullptr, is_of_job ? jobs_.find(key) : nullptr},
      entry.change);
  if (entry.ended) {
    noted_bytes_ += history_.note(key, std::move(*entry.ended));
  }
}

CheckpointWriter::Hot& CheckpointWriter::noted(JobKey key) {
  Hot& hot = hot_[key];
  if (!hot.is_noted) {
    hot.is_noted = true;
    noted_jobs_.push_back(key);
  }
  return hot;
}

// Of a job that may be gone by the end of the turn. Then its names are on disk; or else it was
// submitted after the last write, so that its rows are noted already.
void CheckpointWriter::note_names(JobKey key) {
  if (const Job* job = jobs_.find(key)) {
    noted_clients_.note(key.datasource, jobs_.client_of(*job));
    noted_functions_.note(key.datasource, jobs_.counted_as(*job));
  } else if (const auto record = storage_.read_checkpoint(job_key(key))) {
    note_names(key.datasource, decode_job_names(*record));
  }
}

void CheckpointWriter::note_names(DatasourceIndex datasource, const StoredNames& names) {
  noted_clients_.note(datasource, names.client);
  const auto& functions = jobs_.datasource(datasource).functions;
  if (functions.contains(names.function)) {
    noted_functions_.note(datasource, names.function);
    return;
  }
  // It was counted with others that have no row of their own.
  for (const auto& [function, counts] : functions) {
    noted_functions_.note(datasource, function);
  }
}

// The job got a child. It is final, so that what it has is in its one record unless it is here.
void CheckpointWriter::note_parent(JobKey key) {
  const Job* job = jobs_.find(key);
  if (job == nullptr) {
    return;
  }
  const bool was_hot = hot_.contains(key);
  Hot& hot = noted(key);
  if (was_hot) {
    return;
  }
  const auto record = storage_.read_checkpoint(job_key(key));
  if (!record) {
    throw StorageError("the record of job " + job->id + " is missing");
  }
  StoredTexts stored = decode_job_texts(*record);
  hot.texts = std::move(stored.texts);
  hot.response_here = hot.failure_here = hot.message_here = true;
  if (stored.payload) {
    hot.payload = std::move(*stored.payload);
    hot.payload_place = PayloadPlace::kNew;
  }
}

void CheckpointWriter::write_if_due(Time now) {
  if (noted_jobs_.size() >= options_.jobs_max || noted_bytes_ >= options_.bytes_max ||
      now >= next_deadline()) {
    write();
    events_.cool();
  }
}

Time CheckpointWriter::next_deadline() const {
  return oldest_ == Time::max() ? Time::max() : oldest_ + options_.age_max;
}

void CheckpointWriter::write() {
  if (oldest_ == Time::max()) {
    return;
  }
  CheckpointBatch batch{.turn = turn_, .writes = {}};
  batch.writes.reserve(2 * noted_jobs_.size() + noted_clients_.size() + noted_functions_.size() +
                       noted_workers_.size() + noted_tokens_.size() + noted_datasources_.size() +
                       1);
  // In the order of the keys, since that is how they are stored.
  std::sort(noted_jobs_.begin(), noted_jobs_.end());
  for (const JobKey key : noted_jobs_) {
    write_job(key, batch);
  }
  history_.write(batch);
  events_.write(batch);
  write_rows(batch);
  for (const CheckpointBatch::Write& write : batch.writes) {
    bytes_written_ += write.key.size() + (write.value ? write.value->size() : 0);
  }
  storage_.write_checkpoint(batch);

  oldest_ = Time::max();
  noted_bytes_ = 0;
  noted_jobs_.clear();
  noted_clients_.clear();
  noted_functions_.clear();
  noted_workers_.clear();
  noted_tokens_.clear();
  noted_datasources_.clear();
  cool();
}

// A job that ends before it was ever written has what it was given in its one record. One that is
// written while it lives has it apart, so that later writes of the job are small.
void CheckpointWriter::write_job(JobKey key, CheckpointBatch& batch) {
  const auto found = hot_.find(key);
  Hot& hot = found->second;
  hot.is_noted = false;
  const Job* job = jobs_.find(key);
  if (job == nullptr) {
    batch.writes.push_back({job_key(key), std::nullopt});
    batch.writes.push_back({payload_key(key), std::nullopt});
    return forget_hot(found);
  }
  complete_texts(*job, hot);
  const bool is_whole = is_final(job->status) && hot.payload_place == PayloadPlace::kNew;
  batch.writes.push_back(
      {job_key(key), encode_job(jobs_, *job, hot.texts, is_whole ? &hot.payload : nullptr)});
  if (!is_whole &&
      (hot.payload_place == PayloadPlace::kNew || hot.payload_place == PayloadPlace::kChanged)) {
    batch.writes.push_back({payload_key(key), encode_payload(hot.payload)});
    hot.payload_place = PayloadPlace::kBoth;
  }
  if (is_final(job->status) || hot.payload_place == PayloadPlace::kDisk) {
    forget_hot(found);
  } else {
    keep_hot(found);
  }
}

void CheckpointWriter::write_rows(CheckpointBatch& batch) const {
  for (const DatasourceIndex index : noted_datasources_) {
    const Datasource& datasource = jobs_.datasource(index);
    const DatasourceState state{datasource.config, datasource.mode};
    batch.writes.push_back({datasource_key(index), state == DatasourceState{}
                                                       ? std::nullopt
                                                       : std::optional(encode_datasource(state))});
  }
  for (const auto& [index, function] : noted_functions_) {
    const auto& functions = jobs_.datasource(index).functions;
    if (const auto found = functions.find(function); found != functions.end()) {
      batch.writes.push_back({function_key(index, function), encode_counters(found->second.total)});
    }
  }
  for (const auto& [index, client] : noted_clients_) {
    const std::vector<Turns> turns = jobs_.stamps_of(index, client);
    batch.writes.push_back({rotation_key(index, client),
                            turns.empty() ? std::nullopt : std::optional(encode_rotation(turns))});
  }
  for (const auto& [index, name] : noted_workers_) {
    const Worker* worker = jobs_.find_worker(index, name);
    batch.writes.push_back(
        {worker_key(index, name), worker ? std::optional(encode_worker(*worker)) : std::nullopt});
  }
  for (const auto& [index, token] : noted_tokens_) {
    const TokenUse* use = jobs_.use_of(token);
    batch.writes.push_back(
        {token_key(token), use ? std::optional(encode_token_use(*use)) : std::nullopt});
  }
  Marker marker{time_, {}};
  for (DatasourceIndex i = 0; i < jobs_.datasource_count(); ++i) {
    const Datasource& datasource = jobs_.datasource(i);
    marker.datasources.push_back({datasource.name, datasource.last_sequence, datasource.last_stamp,
                                  datasource.oldest_event});
  }
  batch.writes.push_back({std::string(kMarkerKey), encode_marker(marker)});
}

void CheckpointWriter::keep_hot(HotJobs::iterator found) {
  Hot& hot = found->second;
  if (hot.bytes == 0) {
    cooling_.push_back(found->first);
  }
  hot_bytes_ -= hot.bytes;
  const Failure& failure = hot.texts.failure;
  hot.bytes = sizeof hot + hot.payload.request.size() + hot.payload.trace.size() +
              failure.code.size() + failure.message.size() + failure.detail.size() +
              hot.texts.message.size();
  hot_bytes_ += hot.bytes;
}

void CheckpointWriter::forget_hot(HotJobs::iterator found) {
  hot_bytes_ -= found->second.bytes;
  hot_.erase(found);
}

// REQUIRES: nothing is noted, so that all that is hot is on disk too.
void CheckpointWriter::cool() {
  while (!cooling_.empty()) {
    const auto found = hot_.find(cooling_.front());
    if (found != hot_.end()) {
      if (hot_bytes_ <= options_.hot_bytes_max) {
        break;
      }
      forget_hot(found);
    }
    cooling_.pop_front();
  }
  // Those behind a first one that stays.
  if (cooling_.size() > 2 * hot_.size() + 1024) {
    std::erase_if(cooling_, [this](const JobKey& key) { return !hot_.contains(key); });
  }
}

}  // namespace store
