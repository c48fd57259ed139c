// How texts are found, in memory or on disk.
#include <algorithm>

#include "invariant.h"
#include "write_behind.h"

namespace store {

const Job& WriteBehind::known(JobKey key) const {
  const Job* job = jobs_.find(key);
  INVARIANT(job != nullptr, key.datasource, key.sequence);
  return *job;
}

const Texts& WriteBehind::texts(JobKey key) {
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

const Given& WriteBehind::given(JobKey key) { return find_given(key, is_final(known(key).status)); }

std::vector<EndedAttempt> WriteBehind::attempts(JobKey key) {
  const Job& job = known(key);
  if (history_.has_noted(key)) {
    write();
  }
  return read_attempts(storage_, key, job.attempt);
}

std::vector<LogLine> WriteBehind::log(JobKey key, std::uint32_t after, std::uint32_t last) {
  const Job& job = known(key);
  if (history_.has_noted(key)) {
    write();
  }
  last = std::min(last, job.log_lines);
  const std::uint32_t kept_after = job.log_lines - std::min(job.log_lines, kLogLinesKept);
  after = std::max(after, kept_after);
  return after >= last ? std::vector<LogLine>() : read_log(storage_, key, after + 1, last);
}

FoundEvents WriteBehind::events(const EventsReply& query) {
  if (query.limit == 0) {
    return events_.read(query, 0);
  }
  const Datasource& datasource = jobs_.datasource(query.scope.datasource);
  // What was forgotten while the query waited is nothing that it waited for.
  EventsReply kept = query;
  kept.after = std::max(query.after, datasource.oldest_event - 1);
  return events_.read(kept, datasource.last_sequence);
}

Sequence WriteBehind::first_event_since(DatasourceIndex index, Time since) const {
  const Datasource& datasource = jobs_.datasource(index);
  return events_.first_since(index, since, datasource.oldest_event, datasource.last_sequence);
}

const Given& WriteBehind::find_given(JobKey key, bool is_final) {
  const auto found = hot_.find(key);
  if (found != hot_.end() && found->second.given_place != GivenPlace::kDisk) {
    return found->second.given;
  }
  if (is_final) {
    const auto record = storage_.read_derived(job_key(key));
    StoredTexts stored = record ? decode_job_texts(*record) : StoredTexts{};
    if (stored.given) {
      read_.given = std::move(*stored.given);
      return read_.given;
    }
  }
  const auto record = storage_.read_derived(given_key(key));
  if (!record) {
    throw StorageError("the request of job " + std::to_string(key.sequence) + " is missing");
  }
  read_.given = decode_given(*record);
  return read_.given;
}

void WriteBehind::complete_texts(const Job& job, Hot& hot) const {
  const bool lacks_response = job.status == Status::kComplete && !hot.response_here;
  const bool lacks_failure = job.has_failure && !hot.failure_here;
  const bool lacks_message = job.has_message && !hot.message_here;
  StoredTexts stored;
  if (lacks_response || lacks_failure || lacks_message) {
    const auto record = storage_.read_derived(job_key(job.key));
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
