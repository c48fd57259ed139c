#include "checkpoint_writer.h"

#include <algorithm>
#include <concepts>
#include <utility>

namespace store {
namespace {

template <typename Change, typename... Changes>
concept OneOf = (std::same_as<Change, Changes> || ...);

template <typename Value>
std::optional<std::string> encode_if_any(const Value* value) {
  return value == nullptr ? std::nullopt : std::optional(encode_record(*value));
}

}  // namespace

CheckpointWriter::CheckpointWriter(Storage& storage, const State& state, CheckpointOptions options)
    : storage_(storage),
      state_(state),
      options_(options),
      texts_(storage, state, options.texts_bytes_max, options.events_bytes_max) {}

// The rows that a change altered, beside the job's own.
struct CheckpointWriter::NoteRows {
  CheckpointWriter& self;
  JobKey key;
  const Job* job;  // nullptr also when it was removed later in the same turn

  void operator()(const OneOf<Configured, ModeSet, WorkerOrdered> auto&) const {
    self.noted_datasources_.insert(key.datasource);
  }
  void operator()(const DatasourceDropped& dropped) const {
    self.noted_dropped_.insert(key.datasource);
    self.texts_.event_log().note_forgotten(key.datasource, dropped.oldest);
    self.texts_.codes().note_dropped(key.datasource);
  }
  void operator()(const OneOf<CodeAdded, CodeUsed, CodeRemoved> auto& change) const {
    self.noted_codes_.note(key.datasource, change.hash);
  }
  void operator()(const OneOf<Charged, TokenRevoked, TokenForgotten> auto& change) const {
    self.noted_tokens_.note(0, change.token);
  }
  void operator()(const OneOf<ScheduleSet, ScheduleChanged, ScheduleRemoved> auto& change) const {
    self.noted_schedules_.note(key.datasource, change.name);
  }
  void operator()(const FunctionSet& set) const {
    self.noted_registered_.note(key.datasource, set.state.function->name);
  }
  void operator()(const FunctionRemoved& removed) const {
    self.noted_registered_.note(key.datasource, removed.name);
  }
  void operator()(const StateChanged& changed) const {
    self.noted_values_.note(key.datasource, changed.function);
  }
  void operator()(const WorkerForgotten& forgotten) const { note_worker(forgotten.name); }
  void operator()(const EventsForgotten& forgotten) const {
    self.texts_.event_log().note_forgotten(key.datasource, forgotten.oldest);
  }
  void operator()(const Submitted& submitted) const {
    if (job == nullptr) {
      self.note_names(key.datasource, {submitted.client, submitted.function});
    } else {
      note_both();
    }
    if (const CodeOfJob& code = submitted.extras.or_nothing().code; !code.hash.empty()) {
      self.noted_codes_.note(key.datasource, code.hash);
    }
  }
  void operator()(const Imported& imported) const {
    if (job == nullptr) {
      self.note_names(key.datasource, {imported.job->client, imported.job->function});
    } else {
      note_both();
    }
  }
  void operator()(const Restarted& restarted) const {
    self.note_names({key.datasource, restarted.parent});
  }
  void operator()(const Accepted& accepted) const {
    note_worker(accepted.worker);
    note_both();
  }
  void operator()(
      const OneOf<AwaitedEnded, GroupEnded, Due, PutOff, HeldBack, LetGo, Edited> auto&) const {
    note_client();
  }
  void operator()(const OneOf<Flagged, Completed, Failed, Forbidden, RetriedLast, ReleasedLast,
                              LeaseLostLast> auto&) const {
    note_function();
  }
  void operator()(const OneOf<Unmet, NotAdmitted, Expired, Retried, Released, LeaseLost, Returned,
                              Cancelled> auto&) const {
    note_both();
  }
  void operator()(const OneOf<DatasourceAdded, StorePaused, StoreOrdered, Renewed, StallPutOff,
                              Progressed, CheckpointLeft, Logged, CancelRequested, Followed,
                              KeptFor, Removed> auto&) const {}

  void note_worker(const std::string& name) const {
    self.noted_workers_.note(key.datasource, name);
  }
  void note_both() const {
    note_client();
    note_function();
  }
  // Another place of the job's client among those that take turns.
  void note_client() const {
    if (job == nullptr) {
      self.note_names(key);
    } else {
      self.noted_clients_.note(key.datasource, self.state_.names.client_of(*job));
    }
  }
  // Other counters of its function.
  void note_function() const {
    if (job == nullptr) {
      self.note_names(key);
    } else {
      self.note_function(key.datasource, self.state_.counted_as(*job));
    }
  }
};

void CheckpointWriter::note(TurnNumber turn, Time now, std::vector<Entry>&& entries,
                            std::vector<Event>&& events) {
  turn_ = turn;
  time_ = now;
  oldest_ = std::min(oldest_, now);
  for (Entry& entry : entries) {
    const bool is_of_job = entry.job.sequence != 0;
    std::visit(NoteRows{*this, entry.job, is_of_job ? state_.find(entry.job) : nullptr},
               entry.change);
    for (const std::string& client : entry.moved) {
      noted_clients_.note(entry.job.datasource, client);
    }
    if (const auto* schedule = state_.schedules.of_last_job(entry.job)) {
      noted_schedules_.note(schedule->first, schedule->second);
    }
    noted_bytes_ += is_of_job ? texts_.note(now, entry) : texts_.codes().note(entry);
  }
  for (Event& event : events) {
    noted_bytes_ += texts_.event_log().note(std::move(event));
  }
}

// Of a job that may be gone by the end of the turn. Then its names are on disk; or else it was
// submitted after the last write, so that its rows are noted already.
void CheckpointWriter::note_names(JobKey key) {
  if (const Job* job = state_.find(key)) {
    noted_clients_.note(key.datasource, state_.names.client_of(*job));
    note_function(key.datasource, state_.counted_as(*job));
  } else if (const auto record = storage_.read_checkpoint(job_key(key))) {
    note_names(key.datasource, decode_job_names(*record));
  }
}

void CheckpointWriter::note_names(DatasourceIndex datasource, const StoredNames& names) {
  noted_clients_.note(datasource, names.client);
  const auto& functions = state_.datasource(datasource).functions;
  if (functions.contains(names.function)) {
    note_function(datasource, names.function);
    return;
  }
  // It was counted with others that have no row of their own.
  for (const auto& [function, counts] : functions) {
    note_function(datasource, function);
  }
}

void CheckpointWriter::note_function(DatasourceIndex datasource, std::string_view function) {
  noted_functions_.note(datasource, function);
  texts_.count_history().note(time_, datasource, function);
}

void CheckpointWriter::write_if_due(Time now) {
  if (!options_.writes) {
    return;
  }
  if (texts_.noted_jobs() >= options_.jobs_max || noted_bytes_ >= options_.bytes_max ||
      now >= next_deadline()) {
    write(now);
  }
}

void CheckpointWriter::cool_events() {
  if (oldest_ == Time::max()) {
    texts_.event_log().cool();
  }
}

Time CheckpointWriter::next_deadline() const {
  const Time due = texts_.count_history().due();
  return oldest_ == Time::max() ? due : std::min(due, oldest_ + options_.age_max);
}

void CheckpointWriter::write(Time now) {
  if (oldest_ == Time::max() && texts_.count_history().due() == Time::max()) {
    return;
  }
  CheckpointBatch batch{.turn = turn_, .writes = {}};
  batch.writes.reserve(2 * texts_.noted_jobs() + noted_clients_.size() + noted_functions_.size() +
                       noted_workers_.size() + noted_tokens_.size() + noted_schedules_.size() +
                       noted_registered_.size() + noted_values_.size() + noted_codes_.size() +
                       noted_datasources_.size() + 1);
  texts_.write(batch);
  if (now >= texts_.count_history().due()) {
    texts_.count_history().write(batch);
  }
  write_rows(batch);
  for (const CheckpointBatch::Write& write : batch.writes) {
    bytes_written_ += write.key.size() + (write.value ? write.value->size() : 0);
  }
  storage_.write_checkpoint(std::move(batch));

  oldest_ = Time::max();
  noted_bytes_ = 0;
  for (NotedNames* names : {&noted_clients_, &noted_functions_, &noted_workers_, &noted_schedules_,
                            &noted_registered_, &noted_values_, &noted_codes_, &noted_tokens_}) {
    names->clear();
  }
  noted_datasources_.clear();
  noted_dropped_.clear();
  texts_.cool();
}

void CheckpointWriter::write_rows(CheckpointBatch& batch) const {
  for (const DatasourceIndex index : noted_dropped_) {
    for (const std::string_view kind : kKindsOfDatasource) {
      const auto range = datasource_range(kind, index);
      batch.deleted.push_back({range.first, range.second});
    }
  }
  for (const DatasourceIndex index : noted_datasources_) {
    const Datasource& datasource = state_.datasource(index);
    DatasourceState state{datasource.config, datasource.mode};
    for (const auto& [worker, order] : datasource.orders) {
      state.orders.push_back({worker, order});
    }
    batch.writes.push_back(
        {datasource_key(index), encode_if_any(state == DatasourceState{} ? nullptr : &state)});
  }
  for (const auto& [index, function] : noted_functions_) {
    const auto& functions = state_.datasource(index).functions;
    if (const auto found = functions.find(function); found != functions.end()) {
      FunctionCounts counts = found->second;
      counts.waiting = counts.running = 0;  // as the jobs say
      batch.writes.push_back({function_key(index, function), encode_record(counts)});
    }
  }
  for (const auto& [index, client] : noted_clients_) {
    const std::vector<Rotation> turns = state_.rotations_of(index, client);
    batch.writes.push_back(
        {rotation_key(index, client), encode_if_any(turns.empty() ? nullptr : &turns)});
  }
  for (const auto& [index, name] : noted_workers_) {
    batch.writes.push_back(
        {worker_key(index, name), encode_if_any(state_.datasource(index).workers.find(name))});
  }
  for (const auto& [index, name] : noted_schedules_) {
    batch.writes.push_back(
        {schedule_key(index, name), encode_if_any(state_.schedules.find(index, name))});
  }
  for (const auto& [index, name] : noted_registered_) {
    batch.writes.push_back(
        {registered_key(index, name), encode_if_any(state_.registered.find(index, name))});
  }
  for (const auto& [index, function] : noted_values_) {
    batch.writes.push_back({function_values_key(index, function),
                            encode_if_any(state_.function_states.find(index, function))});
  }
  for (const auto& [index, hash] : noted_codes_) {
    batch.writes.push_back({code_key(index, hash), encode_if_any(state_.codes.find(index, hash))});
  }
  for (const auto& [index, token] : noted_tokens_) {
    batch.writes.push_back({token_key(token), encode_if_any(state_.tokens.use_of(token))});
  }
  Marker marker{time_, {}, state_.is_paused, state_.order};
  for (DatasourceIndex i = 0; i < state_.datasource_count(); ++i) {
    const Datasource& datasource = state_.datasource(i);
    marker.datasources.push_back({datasource.name, datasource.last_sequence, datasource.last_stamp,
                                  datasource.oldest_event, datasource.maker});
  }
  batch.writes.push_back({std::string(kMarkerKey), encode_record(marker)});
}

}  // namespace store
