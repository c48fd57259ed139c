// How texts are found, in memory or on disk.
#include <algorithm>

#include "checkpoint_writer.h"
#include "invariant.h"

namespace store {

const Job& CheckpointWriter::known(JobKey key) const {
  const Job* job = jobs_.find(key);
  INVARIANT(job != nullptr, key.datasource, key.sequence);
  return *job;
}

const Texts& CheckpointWriter::texts(JobKey key) {
  const Job& job = known(key);
  const auto found = hot_.find(key);
  if (found == hot_.end()) {
    read_.texts = {};
    read_.response_here = read_.failure_here = read_.message_here = false;
  }
  Hot& hot = found == hot_.end() ? read_ : found->second;
  complete_texts(job, hot);
  return hot.texts;
}

const Payload& CheckpointWriter::payload(JobKey key) {
  return find_payload(key, is_final(known(key).status));
}

std::vector<EndedAttempt> CheckpointWriter::attempts(JobKey key) {
  const Job& job = known(key);
  if (history_.has_noted(key)) {
    write();
  }
  return read_attempts(storage_, key, job.attempt);
}

std::vector<LogLine> CheckpointWriter::log(JobKey key, std::uint32_t after, std::uint32_t last) {
  const Job& job = known(key);
  if (history_.has_noted(key)) {
    write();
  }
  last = std::min(last, job.log_lines);
  const std::uint32_t kept_after = job.log_lines - std::min(job.log_lines, kLogLinesKept);
  after = std::max(after, kept_after);
  return after >= last ? std::vector<LogLine>() : read_log(storage_, key, after + 1, last);
}

FoundEvents CheckpointWriter::events(const EventsReply& query) {
  if (query.limit == 0) {
    return events_.read(query, 0, 0);  // there may be no such datasource yet
  }
  const Datasource& datasource = jobs_.datasource(query.scope.datasource);
  return events_.read(query, datasource.oldest_event, datasource.last_sequence);
}

const Payload& CheckpointWriter::find_payload(JobKey key, bool is_final) {
  const auto found = hot_.find(key);
  if (found != hot_.end() && found->second.payload_place != PayloadPlace::kDisk) {
    return found->second.payload;
  }
  if (is_final) {
    const auto record = storage_.read_checkpoint(job_key(key));
    StoredTexts stored = record ? decode_job_texts(*record) : StoredTexts{};
    if (stored.payload) {
      read_.payload = std::move(*stored.payload);
      return read_.payload;
    }
  }
  const auto record = storage_.read_checkpoint(payload_key(key));
  if (!record) {
    throw StorageError("the request of job " + std::to_string(key.sequence) + " is missing");
  }
  read_.payload = decode_payload(*record);
  return read_.payload;
}

void CheckpointWriter::complete_texts(const Job& job, Hot& hot) const {
  const bool lacks_response = job.status == Status::kComplete && !hot.response_here;
  const bool lacks_failure = job.has_failure && !hot.failure_here;
  const bool lacks_message = job.has_message && !hot.message_here;
  StoredTexts stored;
  if (lacks_response || lacks_failure || lacks_message) {
    const auto record = storage_.read_checkpoint(job_key(job.key));
    if (!record) {
      throw StorageError("the record of job " + job.id + " is missing");
    }
    stored = decode_job_texts(*record);
  }
  if (lacks_response) {
    hot.texts.response = std::move(stored.texts.response);
    hot.response_here = true;
  }
  if (lacks_failure) {
    hot.texts.failure = std::move(stored.texts.failure);
    hot.failure_here = true;
  } else if (!job.has_failure) {
    hot.texts.failure = {};
  }
  if (lacks_message) {
    hot.texts.message = std::move(stored.texts.message);
    hot.message_here = true;
  } else if (!job.has_message) {
    hot.texts.message.clear();
  }
}

}  // namespace store
