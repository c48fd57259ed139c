#include "text_cache.h"

#include <algorithm>

#include "invariant.h"

namespace store {

TextCache::TextCache(const Storage& storage, const State& state, std::size_t texts_bytes_max,
                     std::size_t events_bytes_max)
    : storage_(storage),
      state_(state),
      bytes_max_(texts_bytes_max),
      history_(storage),
      events_(storage, events_bytes_max),
      counted_(storage, state),
      codes_(storage) {}

struct TextCache::TakeTexts {
  TextCache& self;
  JobKey key;
  CachedJob& to;

  void operator()(Submitted& submitted) const {
    to.payload = {std::move(submitted.request), std::move(submitted.trace)};
    to.texts.grants = submitted.extras.or_nothing().grants;
    to.has_grants = true;
  }
  void operator()(Restarted& restarted) const {
    const JobKey parent{key.datasource, restarted.parent};
    to.payload = self.find_payload(parent, true);
    self.note_parent(parent);
  }
  void operator()(Imported& imported) const {  // not const: what follows takes any
    const jobq::JobStatus& job = *imported.job;
    to.payload = {job.request, job.trace};
    to.texts = {job.response, job.error, job.progress_message, job.checkpoint};
    to.has_response = to.has_failure = to.has_message = to.has_checkpoint = to.has_grants = true;
  }
  void operator()(Edited& edited) const {
    if (edited.request.empty()) {
      return;
    }
    if (!to.payload) {
      to.payload = self.find_payload(key, false);
    }
    to.payload->request = std::move(edited.request);
    to.is_payload_written = false;
  }
  void operator()(Progressed& progressed) const {
    to.texts.message = std::move(progressed.message);
    to.has_message = true;
  }
  void operator()(CheckpointLeft& left) const {
    to.texts.checkpoint = std::move(left.text);
    to.has_checkpoint = true;
  }
  void operator()(Completed& completed) const {
    to.texts.response = std::move(completed.response);
    to.has_response = true;
  }
  template <typename Other>
  void operator()(Other& other) const {
    if constexpr (requires { other.failure; }) {
      to.texts.failure = std::move(other.failure);
      to.has_failure = true;
    }
  }
};

std::size_t TextCache::note(Time now, Entry& entry) {
  const JobKey key = entry.job;
  CachedJob& cached = noted(key);
  const std::size_t before = bytes_of(cached);
  std::visit(TakeTexts{*this, key, cached}, entry.change);
  const std::size_t after = bytes_of(cached);
  std::size_t bytes = after - std::min(before, after);
  if (auto* logged = std::get_if<Logged>(&entry.change)) {
    bytes += history_.note(
        key, LogLine{logged->number, now, logged->attempt, logged->level, std::move(logged->text)});
  } else if (const auto* removed = std::get_if<Removed>(&entry.change)) {
    history_.note_removed(key, *removed);
  }
  if (const auto* imported = std::get_if<Imported>(&entry.change)) {
    for (const Attempt& attempt : imported->job->attempts) {
      bytes += history_.note(key, attempt);
    }
  }
  if (entry.ended) {
    bytes += history_.note(key, std::move(*entry.ended));
  }
  return bytes;
}

std::size_t TextCache::bytes_of(const CachedJob& cached) {
  const auto& [response, failure, message, checkpoint, grants] = cached.texts;
  return (cached.payload ? cached.payload->request.size() + cached.payload->trace.size() : 0) +
         response.size() + failure.code.size() + failure.message.size() + failure.detail.size() +
         message.size() + checkpoint.size() + grants.size();
}

TextCache::CachedJob& TextCache::noted(JobKey key) {
  CachedJob& cached = cached_[key];
  if (!cached.is_noted) {
    cached.is_noted = true;
    noted_.push_back(key);
  }
  return cached;
}

// The job got a child. It is final, so that what it has is in its one record unless it is here.
void TextCache::note_parent(JobKey key) {
  if (state_.find(key) == nullptr) {
    return;  // removed in the same turn
  }
  const bool was_here = cached_.contains(key);
  CachedJob& cached = noted(key);
  if (!was_here) {
    StoredTexts stored = read_texts(key);
    cached.texts = std::move(stored.texts);
    cached.has_response = cached.has_failure = cached.has_message = true;
    cached.has_checkpoint = cached.has_grants = true;
    cached.payload = std::move(stored.payload);
  }
}

void TextCache::write(CheckpointBatch& batch) {
  // In the order of the keys, since that is how they are stored.
  std::sort(noted_.begin(), noted_.end());
  for (const JobKey key : noted_) {
    write_job(key, batch);
  }
  noted_.clear();
  history_.write(batch);
  events_.write(batch);
  codes_.write(batch);
}

// A job that ends before it was ever written has its payload in its one record. One that is written
// while it lives has it apart, so that later writes of the job are small.
void TextCache::write_job(JobKey key, CheckpointBatch& batch) {
  const auto found = cached_.find(key);
  CachedJob& cached = found->second;
  cached.is_noted = false;
  const Job* job = state_.find(key);
  if (job == nullptr) {
    batch.writes.push_back({job_key(key), std::nullopt});
    batch.writes.push_back({payload_key(key), std::nullopt});
    return forget(found);
  }
  complete(*job, cached);
  const bool writes_payload = cached.payload && !cached.is_payload_written;
  const bool is_whole = writes_payload && is_final(job->status);
  batch.writes.push_back({job_key(key), encode_job(state_, *job, cached.texts,
                                                   is_whole ? &*cached.payload : nullptr)});
  if (writes_payload && !is_whole) {
    batch.writes.push_back({payload_key(key), encode_record(*cached.payload)});
    cached.is_payload_written = true;
  }
  if (is_final(job->status) || !cached.payload) {
    forget(found);
  } else {
    keep(found);
  }
}

void TextCache::keep(CachedJobs::iterator found) {
  CachedJob& cached = found->second;
  if (cached.bytes == 0) {
    cooling_.push_back(found->first);
  }
  bytes_ -= cached.bytes;
  cached.bytes = sizeof cached + bytes_of(cached);
  bytes_ += cached.bytes;
}

void TextCache::forget(CachedJobs::iterator found) {
  bytes_ -= found->second.bytes;
  cached_.erase(found);
}

void TextCache::cool() {
  while (!cooling_.empty()) {
    const auto found = cached_.find(cooling_.front());
    if (found != cached_.end()) {
      if (bytes_ <= bytes_max_) {
        break;
      }
      forget(found);
    }
    cooling_.pop_front();
  }
  // Those behind a first one that stays.
  if (cooling_.size() > 2 * cached_.size() + 1024) {
    std::erase_if(cooling_, [this](const JobKey& key) { return !cached_.contains(key); });
  }
}

const Job& TextCache::known(JobKey key) const {
  const Job* job = state_.find(key);
  INVARIANT(job != nullptr, key.datasource, key.sequence);
  return *job;
}

const Texts& TextCache::texts(JobKey key) {
  const Job& job = known(key);
  const auto found = cached_.find(key);
  CachedJob& cached = found == cached_.end() ? read_ = CachedJob() : found->second;
  complete(job, cached);
  return cached.texts;
}

const Payload& TextCache::payload(JobKey key) {
  return find_payload(key, is_final(known(key).status));
}

std::vector<Attempt> TextCache::attempts(JobKey key) {
  return history_.attempts(key, known(key).attempt);
}

std::vector<LogLine> TextCache::log(JobKey key, std::uint32_t after, std::uint32_t last) {
  const std::uint32_t lines = known(key).log_lines;
  return history_.log(key, std::max(after, lines - std::min(lines, kLogLinesKept)),
                      std::min(last, lines));
}

FoundEvents TextCache::events(const EventsReply& query) {
  if (query.limit == 0) {
    return events_.read(query, 0, 0);  // there may be no such datasource yet
  }
  const Datasource& datasource = state_.datasource(query.scope.datasource);
  return events_.read(query, datasource.oldest_event, datasource.last_sequence);
}

StoredTexts TextCache::read_texts(JobKey key) const {
  const auto record = storage_.read_checkpoint(job_key(key));
  if (!record) {
    throw StorageError("the record of job " + known(key).id + " is missing");
  }
  return decode_job_texts(*record);
}

const Payload& TextCache::find_payload(JobKey key, bool is_final) {
  if (const auto found = cached_.find(key); found != cached_.end() && found->second.payload) {
    return *found->second.payload;
  }
  if (is_final) {
    const auto record = storage_.read_checkpoint(job_key(key));
    read_.payload = record ? decode_job_texts(*record).payload : std::nullopt;
    if (read_.payload) {
      return *read_.payload;
    }
  }
  const auto record = storage_.read_checkpoint(payload_key(key));
  if (!record) {
    throw StorageError("the request of job " + std::to_string(key.sequence) + " is missing");
  }
  return read_.payload.emplace(decode_record<Payload>(*record));
}

void TextCache::complete(const Job& job, CachedJob& cached) const {
  std::optional<StoredTexts> stored;
  const auto complete_one = [&](auto text, bool has, bool& is_here) {
    if (!has) {
      cached.texts.*text = {};
    } else if (!is_here) {
      stored = stored ? std::move(stored) : read_texts(job.key);
      cached.texts.*text = std::move(stored->texts.*text);
    }
    is_here = true;
  };
  complete_one(&Texts::response, job.status == Status::kComplete, cached.has_response);
  complete_one(&Texts::failure, job.has_failure, cached.has_failure);
  complete_one(&Texts::message, job.has_message, cached.has_message);
  complete_one(&Texts::checkpoint, job.checkpoint_bytes > 0, cached.has_checkpoint);
  complete_one(&Texts::grants, job.has_grants, cached.has_grants);
}

}  // namespace store
