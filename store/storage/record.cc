#include "record.h"

#include <algorithm>

#include "record_fields.h"

namespace store {
namespace {

void write_names(const State& state, const Job& job, record::Job::Builder out) {
  // Copied, since these need not end with a zero byte.
  const auto put = [](std::string_view name, const auto& init) {
    if (!name.empty()) {
      std::copy(name.begin(), name.end(), init(static_cast<unsigned>(name.size())).begin());
    }
  };
  out.setId(text(job.id));
  out.setClient(text(state.names.client_of(job)));
  put(state.names.worker_of(job), [&](unsigned size) { return out.initWorker(size); });
  put(state.names.function_of(job), [&](unsigned size) { return out.initFunction(size); });
  put(state.names.turn_key_of(job), [&](unsigned size) { return out.initKey(size); });
  put(state.names.unique_of(job), [&](unsigned size) { return out.initUnique(size); });
  put(state.names.group_of(job), [&](unsigned size) { return out.initGroup(size); });
  put(state.names.after_group_of(job), [&](unsigned size) { return out.initAfterGroup(size); });
  put(state.names.caveats_of(job), [&](unsigned size) { return out.initCaveats(size); });
  put(state.tokens.submit_token_of(job), [&](unsigned size) { return out.initSubmitToken(size); });
  put(state.tokens.accept_token_of(job), [&](unsigned size) { return out.initAcceptToken(size); });
  if (const auto& tags = state.names.tags_of(job); !tags.empty()) {
    write_list(tags, out.initTags(static_cast<unsigned>(tags.size())));
  }
  if (job.has_links) {
    const Links& links = state.links.of(job);
    out.setParent(text(links.parent));
    out.setChild(text(links.child));
  }
  if (job.has_after) {
    const std::vector<Dependency>& after = state.dependencies.of(job);
    write_list(after, out.initAfter(static_cast<unsigned>(after.size())));
  }
  put(state.follow_ups.follows(job), [&](unsigned size) { return out.initFollows(size); });
  if (job.has_code) {
    out.setCode(text(state.codes.of(job).hash));
    out.setMethod(text(state.codes.of(job).method));
  }
  if (const FollowUps::Followed* followed = state.follow_ups.of(job)) {
    write(*followed, out.initThen());
  }
}

// A text that is there and empty is not null, so that the flags can be told from the record.
void write_texts(const Job& job, const Texts& texts, record::Job::Builder out) {
  if (is_set(texts.response)) {
    out.setResponse(text(texts.response));
  }
  if (job.has_failure) {
    write(texts.failure, out.initFailure());
  }
  if (job.has_message) {
    out.setProgressMessage(text(texts.message));
  }
  if (is_set(texts.checkpoint)) {
    out.setCheckpoint(text(texts.checkpoint));
  }
  if (job.has_grants) {
    out.setGrants(text(texts.grants));
  }
}

}  // namespace

std::string encode_job(const State& state, const Job& job, const Texts& texts,
                       const Payload* payload) {
  jobq::wire::Message message;
  auto out = message.initRoot<record::Job>();
  write_names(state, job, out);
  write(state.names.terms_of(job), out.initTerms());
  write(job, out);
  if (payload != nullptr) {
    write(*payload, out.initGiven());
  }
  write_texts(job, texts, out);
  return bytes_of(message);
}

StoredJob decode_job(JobKey key, std::string_view record) {
  return decode<record::Job>("job record", record, [&](record::Job::Reader in) {
    StoredJob stored;
    Job& job = stored.job;
    job.id = text_of(in.getId());
    job.key = key;
    read(in, job);
    job.has_failure = in.hasFailure();
    job.has_message = in.hasProgressMessage();
    job.has_grants = in.hasGrants();
    stored.client = text_of(in.getClient());
    stored.worker = text_of(in.getWorker());
    stored.function = text_of(in.getFunction());
    read_list(in.getTags(), stored.tags);
    read(in.getTerms(), stored.terms);
    job.keep_for = kept_for(stored.terms, job.status);
    stored.turn_key = text_of(in.getKey());
    stored.unique = text_of(in.getUnique());
    stored.group = text_of(in.getGroup());
    stored.after_group = text_of(in.getAfterGroup());
    stored.caveats = text_of(in.getCaveats());
    stored.links = {text_of(in.getParent()), text_of(in.getChild())};
    read_list(in.getAfter(), stored.after);
    stored.follows = text_of(in.getFollows());
    if (in.hasThen()) {
      read(in.getThen(), stored.then);
    }
    stored.code = {text_of(in.getCode()), text_of(in.getMethod())};
    stored.submit_token = text_of(in.getSubmitToken());
    stored.accept_token = text_of(in.getAcceptToken());
    return stored;
  });
}

StoredTexts decode_job_texts(std::string_view record) {
  return decode<record::Job>("job record", record, [](record::Job::Reader in) {
    StoredTexts stored{{text_of(in.getResponse()), {}, text_of(in.getProgressMessage()), {}},
                       std::nullopt};
    read(in.getFailure(), stored.texts.failure);
    stored.texts.checkpoint = text_of(in.getCheckpoint());
    stored.texts.grants = text_of(in.getGrants());
    if (in.hasGiven()) {
      read(in.getGiven(), stored.payload.emplace());
    }
    return stored;
  });
}

StoredNames decode_job_names(std::string_view record) {
  return decode<record::Job>("job record", record, [](record::Job::Reader in) {
    return StoredNames{text_of(in.getClient()), text_of(in.getFunction())};
  });
}

#define RECORD_KIND(T, Root, what)                          \
  template <>                                               \
  std::string encode_record(const T& value) {               \
    jobq::wire::Message message;                            \
    write(value, message.initRoot<record::Root>());         \
    return bytes_of(message);                               \
  }                                                         \
  template <>                                               \
  T decode_record<T>(std::string_view record) {             \
    return decode<record::Root>(what, record, [](auto in) { \
      T value;                                              \
      read(in, value);                                      \
      return value;                                         \
    });                                                     \
  }

RECORD_KIND(Marker, Marker, "marker")
RECORD_KIND(DatasourceState, DatasourceState, "datasource record")
RECORD_KIND(Counters, FunctionCounters, "counters record")
template <>
std::string encode_record(const FunctionCounts& counts) {
  jobq::wire::Message message;
  auto out = message.initRoot<record::FunctionCounters>();
  write(counts.total, out);
  out.setWaiting(counts.waiting);
  out.setRunning(counts.running);
  const auto size = [](const Distribution& spans) {
    return static_cast<unsigned>(spans.classes().size());
  };
  write_list(counts.waits.classes(), out.initWaitTimes(size(counts.waits)));
  write_list(counts.runs.classes(), out.initRunTimes(size(counts.runs)));
  return bytes_of(message);
}
template <>
FunctionCounts decode_record<FunctionCounts>(std::string_view record) {
  return decode<record::FunctionCounters>("counters record", record,
                                          [](record::FunctionCounters::Reader in) {
                                            FunctionCounts counts;
                                            read(in, counts.total);
                                            counts.waiting = in.getWaiting();
                                            counts.running = in.getRunning();
                                            std::vector<Distribution::Class> classes;
                                            read_list(in.getWaitTimes(), classes);
                                            counts.waits.restore(std::move(classes));
                                            classes.clear();
                                            read_list(in.getRunTimes(), classes);
                                            counts.runs.restore(std::move(classes));
                                            return counts;
                                          });
}

RECORD_KIND(std::vector<Rotation>, Rotation, "rotation record")
RECORD_KIND(Payload, Payload, "request record")
RECORD_KIND(Attempt, Attempt, "attempt record")
RECORD_KIND(LogLine, LogLine, "log record")
RECORD_KIND(Worker, Worker, "worker record")
RECORD_KIND(ScheduleState, Schedule, "record of a schedule")
RECORD_KIND(FunctionState, Function, "record of a function")
RECORD_KIND(FunctionValues, FunctionValues, "record of a function's values")
RECORD_KIND(CodeState, Code, "record of code")
RECORD_KIND(TokenUse, TokenUse, "record of a token")

}  // namespace store
