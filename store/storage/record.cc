#include "record.h"

#include <algorithm>

#include "record_fields.h"

namespace store {
namespace {

void fill_numbers(record::Job::Builder out, const Job& job) {
  out.setStatus(static_cast<std::uint8_t>(job.status));
  out.setPriority(job.priority);
  out.setAttempt(job.attempt);
  out.setFailures(job.failures);
  out.setLostLeases(job.lost_leases);
  out.setReleases(job.releases);
  out.setRequestBytes(job.request_bytes);
  out.setLogLines(job.log_lines);
  out.setAttemptLogLines(job.attempt_log_lines);
  out.setProgress(job.progress);
  out.setIsDelayed(job.is_delayed);
  out.setIsOutOfTurn(job.is_out_of_turn);
  out.setChanged(job.changed);
  out.setCancelSequence(job.cancel_sequence);
  out.setRequestNumber(job.request_number);
  out.setSubmittedAt(ms(job.submitted_at));
  out.setNotBefore(ms(job.not_before));
  out.setExpiresAt(ms(job.expires_at));
  out.setAcceptedAt(ms(job.accepted_at));
  out.setDeadline(ms(job.deadline));
  out.setAttemptUntil(ms(job.attempt_until));
  out.setCancelRequestedAt(ms(job.cancel_requested_at));
  out.setCancelUntil(ms(job.cancel_until));
  out.setFinishedAt(ms(job.finished_at));
}

void read_numbers(record::Job::Reader in, Job& job) {
  job.status = enumeration_of<Status>("status", in.getStatus(), kStatusCount);
  job.priority = in.getPriority();
  job.attempt = in.getAttempt();
  job.failures = in.getFailures();
  job.lost_leases = in.getLostLeases();
  job.releases = in.getReleases();
  job.request_bytes = in.getRequestBytes();
  job.log_lines = in.getLogLines();
  job.attempt_log_lines = in.getAttemptLogLines();
  job.progress = in.getProgress();
  job.is_delayed = in.getIsDelayed();
  job.is_out_of_turn = in.getIsOutOfTurn();
  job.changed = in.getChanged();
  job.cancel_sequence = in.getCancelSequence();
  job.request_number = in.getRequestNumber();
  job.submitted_at = time_of(in.getSubmittedAt());
  job.not_before = time_of(in.getNotBefore());
  job.expires_at = time_of(in.getExpiresAt());
  job.accepted_at = time_of(in.getAcceptedAt());
  job.deadline = time_of(in.getDeadline());
  job.attempt_until = time_of(in.getAttemptUntil());
  job.cancel_requested_at = time_of(in.getCancelRequestedAt());
  job.cancel_until = time_of(in.getCancelUntil());
  job.finished_at = time_of(in.getFinishedAt());
}

void fill_names(record::Job::Builder out, const JobTable& jobs, const Job& job) {
  out.setId(text(job.id));
  out.setClient(text(jobs.client_of(job)));
  const auto copy = [](std::string_view name, capnp::Text::Builder to) {
    std::copy(name.begin(), name.end(), to.begin());
  };
  if (const std::string_view worker = jobs.worker_of(job); !worker.empty()) {
    copy(worker, out.initWorker(static_cast<unsigned>(worker.size())));
  }
  if (const std::string_view function = jobs.function_of(job); !function.empty()) {
    copy(function, out.initFunction(static_cast<unsigned>(function.size())));
  }
  if (const std::string_view token = jobs.submit_token_of(job); !token.empty()) {
    copy(token, out.initSubmitToken(static_cast<unsigned>(token.size())));
  }
  if (const std::string_view token = jobs.accept_token_of(job); !token.empty()) {
    copy(token, out.initAcceptToken(static_cast<unsigned>(token.size())));
  }
  if (const auto& tags = jobs.tags_of(job); !tags.empty()) {
    fill_texts(out.initTags(static_cast<unsigned>(tags.size())), tags);
  }
  if (job.has_links) {
    const Links& links = jobs.links_of(job);
    out.setParent(text(links.parent));
    out.setChild(text(links.child));
  }
}

// A text that is there and empty is not null, so that the flags can be told from the record.
void fill_job_texts(record::Job::Builder out, const Job& job, const Texts& texts) {
  if (is_said(texts.response)) {
    out.setResponse(text(texts.response));
  }
  if (job.has_failure) {
    fill(out.initFailure(), texts.failure);
  }
  if (job.has_message) {
    out.setProgressMessage(text(texts.message));
  }
}

}  // namespace

std::string encode_job(const JobTable& jobs, const Job& job, const Texts& texts,
                       const Payload* payload) {
  // Mostly one segment, and not many more words than are needed.
  const std::size_t payload_bytes = payload == nullptr ? 0 : payload->request.size();
  capnp::MallocMessageBuilder message(
      static_cast<unsigned>(128 + (payload_bytes + texts.response.size()) / sizeof(capnp::word)));
  auto out = message.initRoot<record::Job>();
  fill_names(out, jobs, job);
  fill_numbers(out, job);
  fill(out.initTerms(), jobs.terms_of(job));
  if (is_said(job.content)) {
    out.setContentHash(data(job.content));
  }
  if (is_said(job.outcome)) {
    out.setOutcomeHash(data(job.outcome));
  }
  if (payload != nullptr) {
    fill(out.initGiven(), *payload);
  }
  fill_job_texts(out, job, texts);
  return bytes_of(message);
}

StoredJob decode_job(JobKey key, std::string_view record) {
  return decode<record::Job>("job record", record, [&](record::Job::Reader in) {
    StoredJob stored;
    Job& job = stored.job;
    job.id = text_of(in.getId());
    job.key = key;
    read_numbers(in, job);
    job.content = hash_of(in.getContentHash());
    job.outcome = hash_of(in.getOutcomeHash());
    job.has_failure = in.hasFailure();
    job.has_message = in.hasProgressMessage();
    stored.client = text_of(in.getClient());
    stored.worker = text_of(in.getWorker());
    stored.function = text_of(in.getFunction());
    stored.tags = texts_of(in.getTags());
    stored.terms = terms_of(in.getTerms());
    job.keep_for = stored.terms.keep_for;
    stored.links = {text_of(in.getParent()), text_of(in.getChild())};
    stored.submit_token = text_of(in.getSubmitToken());
    stored.accept_token = text_of(in.getAcceptToken());
    return stored;
  });
}

StoredTexts decode_job_texts(std::string_view record) {
  return decode<record::Job>("job record", record, [](record::Job::Reader in) {
    StoredTexts stored;
    stored.texts = {text_of(in.getResponse()), failure_of(in.getFailure()),
                    text_of(in.getProgressMessage())};
    if (in.hasGiven()) {
      stored.payload = payload_of(in.getGiven());
    }
    return stored;
  });
}

StoredNames decode_job_names(std::string_view record) {
  return decode<record::Job>("job record", record, [](record::Job::Reader in) {
    return StoredNames{text_of(in.getClient()), text_of(in.getFunction())};
  });
}

std::string encode_payload(const Payload& payload) {
  capnp::MallocMessageBuilder message;
  fill(message.initRoot<record::Payload>(), payload);
  return bytes_of(message);
}

Payload decode_payload(std::string_view record) {
  return decode<record::Payload>("request record", record,
                                 [](record::Payload::Reader in) { return payload_of(in); });
}

std::string encode_attempt(const EndedAttempt& ended) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<record::Attempt>();
  out.setAttempt(ended.attempt);
  out.setWorker(text(ended.worker));
  out.setAcceptedAt(ms(ended.accepted_at));
  out.setEndedAt(ms(ended.ended_at));
  out.setEnding(static_cast<std::uint8_t>(ended.ending));
  out.setCode(text(ended.code));
  out.setMessage(text(ended.message));
  return bytes_of(message);
}

EndedAttempt decode_attempt(std::string_view record) {
  return decode<record::Attempt>("attempt record", record, [](record::Attempt::Reader in) {
    return EndedAttempt{in.getAttempt(),
                        text_of(in.getWorker()),
                        time_of(in.getAcceptedAt()),
                        time_of(in.getEndedAt()),
                        enumeration_of<Ending>("ending", in.getEnding(), kEndingCount),
                        text_of(in.getCode()),
                        text_of(in.getMessage())};
  });
}

std::string encode_log_line(const LogLine& line) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<record::LogLine>();
  out.setNumber(line.number);
  out.setAttempt(line.attempt);
  out.setTime(ms(line.time));
  out.setLevel(static_cast<std::uint8_t>(line.level));
  out.setText(text(line.text));
  return bytes_of(message);
}

LogLine decode_log_line(std::string_view record) {
  return decode<record::LogLine>("log record", record, [](record::LogLine::Reader in) {
    return LogLine{in.getNumber(), in.getAttempt(), time_of(in.getTime()),
                   enumeration_of<LogLevel>("level", in.getLevel(), kLogLevelCount),
                   text_of(in.getText())};
  });
}

std::string encode_marker(const Marker& marker) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<record::Marker>();
  out.setTime(ms(marker.time));
  auto list = out.initDatasources(static_cast<unsigned>(marker.datasources.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    const Marker::Row& row = marker.datasources[i];
    list[i].setName(text(row.name));
    list[i].setLastSequence(row.last_sequence);
    list[i].setLastStamp(row.last_stamp);
    list[i].setOldestEvent(row.oldest_event);
  }
  return bytes_of(message);
}

Marker decode_marker(std::string_view record) {
  return decode<record::Marker>("marker", record, [](record::Marker::Reader in) {
    Marker marker{time_of(in.getTime()), {}};
    for (const auto row : in.getDatasources()) {
      marker.datasources.push_back({text_of(row.getName()), row.getLastSequence(),
                                    row.getLastStamp(), row.getOldestEvent()});
    }
    return marker;
  });
}

std::string encode_datasource(const DatasourceState& state) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<record::DatasourceState>();
  fill(out.initConfig(), state.config);
  out.setMode(static_cast<std::uint8_t>(state.mode));
  return bytes_of(message);
}

DatasourceState decode_datasource(std::string_view record) {
  return decode<record::DatasourceState>(
      "datasource record", record, [](record::DatasourceState::Reader in) {
        return DatasourceState{config_of(in.getConfig()),
                               enumeration_of<Mode>("mode", in.getMode(), kModeCount)};
      });
}

std::string encode_counters(const Counters& counters) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<record::FunctionCounters>();
  out.setSubmitted(counters.submitted);
  out.setRuns(counters.runs);
  out.setComplete(counters.complete);
  out.setFailed(counters.failed);
  out.setCancelled(counters.cancelled);
  out.setForbidden(counters.forbidden);
  out.setErrors(counters.errors);
  out.setReleases(counters.releases);
  out.setWaitMs(ms(counters.waited));
  out.setRunMs(ms(counters.ran));
  return bytes_of(message);
}

Counters decode_counters(std::string_view record) {
  return decode<record::FunctionCounters>(
      "counters record", record, [](record::FunctionCounters::Reader in) {
        return Counters{in.getSubmitted(),  in.getRuns(),      in.getComplete(),
                        in.getFailed(),     in.getCancelled(), in.getForbidden(),
                        in.getErrors(),     in.getReleases(),  Span(in.getWaitMs()),
                        Span(in.getRunMs())};
      });
}

std::string encode_rotation(const std::vector<Turns>& turns) {
  capnp::MallocMessageBuilder message;
  auto list = message.initRoot<record::Rotation>().initStamps(static_cast<unsigned>(turns.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    list[i].setPriority(turns[i].priority);
    list[i].setStamp(turns[i].stamp);
    list[i].setServed(turns[i].served);
  }
  return bytes_of(message);
}

std::vector<Turns> decode_rotation(std::string_view record) {
  return decode<record::Rotation>("rotation record", record, [](record::Rotation::Reader in) {
    std::vector<Turns> turns;
    for (const auto stamp : in.getStamps()) {
      turns.push_back({stamp.getPriority(), stamp.getStamp(), stamp.getServed()});
    }
    return turns;
  });
}

std::string encode_worker(const Worker& worker) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<record::Worker>();
  out.setRequestNumber(worker.request_number);
  out.setHeardAt(ms(worker.heard_at));
  return bytes_of(message);
}

Worker decode_worker(std::string_view record) {
  return decode<record::Worker>("worker record", record, [](record::Worker::Reader in) {
    Worker worker;
    worker.request_number = in.getRequestNumber();
    worker.heard_at = time_of(in.getHeardAt());
    return worker;
  });
}

}  // namespace store
