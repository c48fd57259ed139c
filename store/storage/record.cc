#include "record.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <cstring>

#include "record.capnp.h"

namespace store {
namespace {

std::uint64_t ms(Time time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }
std::uint64_t ms(Span span) { return static_cast<std::uint64_t>(span.count()); }
Time time_of(std::uint64_t ms) { return Time(Span(ms)); }
capnp::Text::Reader text(const std::string& text) { return {text.c_str(), text.size()}; }
std::string text_of(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

std::string bytes_of(capnp::MessageBuilder& message) {
  std::string bytes(capnp::computeSerializedSizeInWords(message) * sizeof(capnp::word), '\0');
  kj::ArrayOutputStream out(kj::arrayPtr(reinterpret_cast<kj::byte*>(bytes.data()), bytes.size()));
  capnp::writeMessage(out, message);
  return bytes;
}

// Decodes with `read(root)`. Records are our own, so that anything unexpected is damage.
template <typename Root, typename Read>
auto decode(const char* what, std::string_view record, const Read& read) {
  try {
    std::vector<capnp::word> words(record.size() / sizeof(capnp::word));
    if (!words.empty()) {
      std::memcpy(words.data(), record.data(), words.size() * sizeof(capnp::word));
    }
    const capnp::ReaderOptions options{.traversalLimitInWords = UINT64_MAX, .nestingLimit = 16};
    capnp::FlatArrayMessageReader message(kj::arrayPtr(words.data(), words.size()), options);
    return read(message.getRoot<Root>());
  } catch (const kj::Exception& damage) {
    throw StorageError(std::string("damaged ") + what + ": " + damage.getDescription().cStr());
  }
}

void fill(record::Failure::Builder out, const Failure& failure) {
  out.setCode(text(failure.code));
  out.setMessage(text(failure.message));
  out.setDetail(text(failure.detail));
}
Failure failure_of(record::Failure::Reader in) {
  return {text_of(in.getCode()), text_of(in.getMessage()), text_of(in.getDetail())};
}

void fill(capnp::Data::Builder out, const Hash& hash) {
  std::memcpy(out.begin(), hash.data(), hash.size());
}
Hash hash_of(capnp::Data::Reader in) {
  Hash hash{};
  std::copy_n(in.begin(), std::min(in.size(), hash.size()), hash.begin());
  return hash;
}

// Writes one change into its entry. `accepted_before` is the change before if that is an accept.
struct ChangeWriter {
  record::Entry::Builder out;
  const Accepted* accepted_before;

  void operator()(const DatasourceAdded& added) { out.setDatasourceAdded(text(added.name)); }
  void operator()(const Submitted& submitted) {
    auto to = out.initSubmitted();
    to.setId(text(submitted.id));
    to.setClient(text(submitted.client));
    to.setRequest(text(submitted.request));
    to.setPriority(submitted.priority);
    to.setKeepFor(ms(submitted.keep_for));
  }
  void operator()(const Accepted& accepted) {
    auto to = out.initAccepted();
    if (accepted_before == nullptr || accepted_before->worker != accepted.worker) {
      to.setWorker(text(accepted.worker));
    }
    to.setRequestNumber(accepted.request_number);
    to.setDeadline(ms(accepted.deadline));
  }
  void operator()(const Renewed& renewed) { out.setRenewed(ms(renewed.deadline)); }
  void operator()(const Completed& completed) { out.setCompleted(text(completed.response)); }
  void operator()(const Failed& failed) { fill(out.initFailed(), failed.failure); }
  void operator()(const LeaseLost&) { out.setLeaseLost(); }
  void operator()(const LeaseLostLast& lost) { fill(out.initLeaseLostLast(), lost.failure); }
  void operator()(const Returned&) { out.setReturned(); }
  void operator()(const Removed&) { out.setRemoved(); }
  void operator()(const WorkerForgotten& forgotten) {
    out.setWorkerForgotten(text(forgotten.name));
  }
};

Change change_of(record::Entry::Reader in, const Accepted* accepted_before) {
  switch (in.which()) {
    case record::Entry::DATASOURCE_ADDED: return DatasourceAdded{text_of(in.getDatasourceAdded())};
    case record::Entry::SUBMITTED: {
      const auto from = in.getSubmitted();
      return Submitted{text_of(from.getId()), text_of(from.getClient()), text_of(from.getRequest()),
                       from.getPriority(), Span(from.getKeepFor())};
    }
    case record::Entry::ACCEPTED: {
      const auto from = in.getAccepted();
      std::string worker = text_of(from.getWorker());
      if (worker.empty() && accepted_before != nullptr) {
        worker = accepted_before->worker;
      }
      return Accepted{std::move(worker), from.getRequestNumber(), time_of(from.getDeadline())};
    }
    case record::Entry::RENEWED: return Renewed{time_of(in.getRenewed())};
    case record::Entry::COMPLETED: return Completed{text_of(in.getCompleted())};
    case record::Entry::FAILED: return Failed{failure_of(in.getFailed())};
    case record::Entry::LEASE_LOST: return LeaseLost{};
    case record::Entry::LEASE_LOST_LAST: return LeaseLostLast{failure_of(in.getLeaseLostLast())};
    case record::Entry::RETURNED: return Returned{};
    case record::Entry::REMOVED: return Removed{};
    case record::Entry::WORKER_FORGOTTEN: return WorkerForgotten{text_of(in.getWorkerForgotten())};
  }
  throw StorageError("a journal entry is of a kind that this version does not know");
}

void append_big_endian(std::string& key, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    key += static_cast<char>(number >> shift & 0xff);
  }
}

std::string key_of(char kind, DatasourceIndex datasource) {
  std::string key(1, kind);
  append_big_endian(key, datasource, 4);
  return key;
}

std::string key_of(char kind, JobKey job) {
  std::string key = key_of(kind, job.datasource);
  append_big_endian(key, job.sequence, 8);
  return key;
}

std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) {
    number = number << 8 | static_cast<unsigned char>(byte);
  }
  return number;
}

}  // namespace

std::string encode_turn(Time time, const std::vector<Entry>& entries) {
  capnp::MallocMessageBuilder message;
  auto turn = message.initRoot<record::Turn>();
  turn.setTime(ms(time));
  auto list = turn.initEntries(static_cast<unsigned>(entries.size()));
  const Accepted* accepted_before = nullptr;
  for (unsigned i = 0; i < list.size(); ++i) {
    const Entry& entry = entries[i];
    list[i].setDatasource(entry.job.datasource);
    list[i].setSequence(entry.sequence);
    list[i].setJob(entry.job.sequence);
    std::visit(ChangeWriter{list[i], accepted_before}, entry.change);
    accepted_before = std::get_if<Accepted>(&entry.change);
  }
  return bytes_of(message);
}

DecodedTurn decode_turn(std::string_view record) {
  return decode<record::Turn>("journal record", record, [](record::Turn::Reader in) {
    DecodedTurn turn{time_of(in.getTime()), {}};
    turn.entries.reserve(in.getEntries().size());
    for (const auto entry : in.getEntries()) {
      const Accepted* accepted_before =
          turn.entries.empty() ? nullptr : std::get_if<Accepted>(&turn.entries.back().change);
      turn.entries.push_back({.sequence = entry.getSequence(),
                              .job = {entry.getDatasource(), entry.getJob()},
                              .change = change_of(entry, accepted_before)});
    }
    return turn;
  });
}

std::string encode_marker(const Marker& marker) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<record::Marker>();
  out.setTime(ms(marker.time));
  auto list = out.initDatasources(static_cast<unsigned>(marker.datasources.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    list[i].setName(text(marker.datasources[i].first));
    list[i].setLastSequence(marker.datasources[i].second);
  }
  return bytes_of(message);
}

Marker decode_marker(std::string_view record) {
  return decode<record::Marker>("marker", record, [](record::Marker::Reader in) {
    Marker marker{time_of(in.getTime()), {}};
    for (const auto datasource : in.getDatasources()) {
      marker.datasources.emplace_back(text_of(datasource.getName()), datasource.getLastSequence());
    }
    return marker;
  });
}

std::string encode_rotation(const Stamps& stamps) {
  capnp::MallocMessageBuilder message;
  auto list = message.initRoot<record::Rotation>().initStamps(static_cast<unsigned>(stamps.size()));
  for (unsigned i = 0; i < list.size(); ++i) {
    list[i].setPriority(stamps[i].first);
    list[i].setSequence(stamps[i].second);
  }
  return bytes_of(message);
}

Stamps decode_rotation(std::string_view record) {
  return decode<record::Rotation>("rotation record", record, [](record::Rotation::Reader in) {
    Stamps stamps;
    for (const auto stamp : in.getStamps()) {
      stamps.emplace_back(stamp.getPriority(), stamp.getSequence());
    }
    return stamps;
  });
}

std::string encode_job(const JobTable& jobs, const Job& job, const Texts& texts,
                       bool request_apart) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<record::Job>();
  out.setId(text(job.id));
  out.setClient(text(jobs.client_of(job)));
  out.setStatus(static_cast<std::uint8_t>(job.status));
  out.setPriority(job.priority);
  out.setAttempt(job.attempt);
  out.setLostLeases(job.lost_leases);
  out.setChanged(job.changed);
  out.setSubmittedAt(ms(job.submitted_at));
  out.setAcceptedAt(ms(job.accepted_at));
  out.setDeadline(ms(job.deadline));
  out.setFinishedAt(ms(job.finished_at));
  out.setKeepFor(ms(job.keep_for));
  const std::string_view worker = jobs.worker_of(job);
  out.initWorker(static_cast<unsigned>(worker.size()));
  std::copy(worker.begin(), worker.end(), out.getWorker().begin());
  out.setRequestNumber(job.request_number);
  fill(out.initContentHash(sizeof(Hash)), job.content);
  if (job.outcome != Hash{}) {
    fill(out.initOutcomeHash(sizeof(Hash)), job.outcome);
  }
  out.setRequestBytes(job.request_bytes);
  out.setRequestApart(request_apart);
  if (!request_apart) {
    out.setRequest(text(texts.request));
  }
  if (!texts.response.empty()) {
    out.setResponse(text(texts.response));
  }
  if (!texts.failure.code.empty()) {
    fill(out.initFailure(), texts.failure);
  }
  return bytes_of(message);
}

DecodedJob decode_job(JobKey key, std::string_view record, bool with_texts) {
  return decode<record::Job>("job record", record, [&](record::Job::Reader in) {
    DecodedJob decoded;
    Job& job = decoded.job.job;
    job.id = text_of(in.getId());
    job.key = key;
    decoded.job.client = text_of(in.getClient());
    decoded.job.worker = text_of(in.getWorker());
    if (in.getStatus() >= kStatusCount) {
      throw StorageError("damaged job record: status " + std::to_string(in.getStatus()));
    }
    job.status = static_cast<Status>(in.getStatus());
    job.priority = in.getPriority();
    job.attempt = in.getAttempt();
    job.lost_leases = in.getLostLeases();
    job.changed = in.getChanged();
    job.submitted_at = time_of(in.getSubmittedAt());
    job.accepted_at = time_of(in.getAcceptedAt());
    job.deadline = time_of(in.getDeadline());
    job.finished_at = time_of(in.getFinishedAt());
    job.keep_for = Span(in.getKeepFor());
    job.request_number = in.getRequestNumber();
    job.content = hash_of(in.getContentHash());
    job.outcome = hash_of(in.getOutcomeHash());
    job.request_bytes = in.getRequestBytes();
    decoded.request_apart = in.getRequestApart();
    if (with_texts) {
      decoded.texts = {text_of(in.getRequest()), text_of(in.getResponse()),
                       failure_of(in.getFailure())};
    }
    return decoded;
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
    return Worker{in.getRequestNumber(), time_of(in.getHeardAt()), {}};
  });
}

std::string rotation_key(DatasourceIndex datasource, std::string_view client) {
  return key_of('c', datasource).append(client);
}
std::string job_key(JobKey job) { return key_of('j', job); }
std::string request_key(JobKey job) { return key_of('r', job); }
std::string worker_key(DatasourceIndex datasource, std::string_view worker) {
  return key_of('w', datasource).append(worker);
}

DatasourceIndex datasource_of_key(std::string_view key) {
  return static_cast<DatasourceIndex>(read_big_endian(key.substr(1, 4)));
}
JobKey job_of_key(std::string_view key) {
  return {datasource_of_key(key), read_big_endian(key.substr(5, 8))};
}
std::string_view name_of_key(std::string_view key) { return key.substr(5); }

}  // namespace store
