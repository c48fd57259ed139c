// Replies, jobs and events as JSON, for those who speak databox's Zest. All is filled in as for
// Cap'n Proto, and read from there, so that both say the same.
#include "codec.h"
#include "encode_reply_parts.h"
#include "hypercat.h"
#include "json_values.h"

namespace store {
namespace {

using Body = protocol::Reply::Body;

template <typename T>
T value_of(auto reader) {
  T value;
  jobq::wire::read(reader, value, [](std::string_view) {});
  return value;
}

template <typename T>
std::string json_of_one(auto reader) {
  std::string json;
  jobq::append_json(json, value_of<T>(reader));
  return json;
}

template <typename T>
std::vector<T> values_of(auto list) {
  std::vector<T> values;
  values.reserve(list.size());
  for (const auto item : list) {
    values.push_back(value_of<T>(item));
  }
  return values;
}

template <typename T>
std::string json_of_all(auto list) {
  std::string json;
  jobq::append_json(json, values_of<T>(list));
  return json;
}

// Of a list of items with codes of their own: the one where one was sent.
template <typename T>
std::string json_of_items(auto list) {
  return list.size() == 1 ? json_of_one<T>(list[0]) : json_of_all<T>(list);
}

// What became of a job that was submitted: the job, where it is one.
std::string json_of_submitted(auto list) {
  return list.size() == 1 ? json_of_one<jobq::JobStatus>(list[0].getJob())
                          : json_of_all<jobq::SubmitResult>(list);
}

std::string json_of(Body::Reader body) {
  switch (body.which()) {
    case Body::SUBMITTED: return json_of_submitted(body.getSubmitted());
    case Body::JOB: return json_of_one<jobq::JobStatus>(body.getJob());
    case Body::JOBS: return json_of_one<jobq::JobPage>(body.getJobs());
    case Body::ACCEPTED: return json_of_all<jobq::AcceptedJob>(body.getAccepted());
    case Body::RENEWED: return json_of_items<jobq::RenewResult>(body.getRenewed());
    case Body::UPDATED: return json_of_items<jobq::UpdateResult>(body.getUpdated());
    case Body::STORE: return json_of_one<jobq::StoreStatus>(body.getStore());
    case Body::STATS: return json_of_one<jobq::StoreStats>(body.getStats());
    case Body::LOG: return json_of_one<jobq::LogPage>(body.getLog());
    case Body::EXPLANATION: return json_of_one<jobq::Explanation>(body.getExplanation());
    case Body::REQUESTS: return json_of_one<jobq::RequestPage>(body.getRequests());
    case Body::CONFIG: return json_of_one<jobq::DatasourceConfig>(body.getConfig());
    case Body::CONFIGS:
      return jobq::catalogue_text(values_of<jobq::DatasourceConfig>(body.getConfigs()));
    case Body::DATASOURCES: return json_of_all<jobq::DatasourceStats>(body.getDatasources());
    case Body::WORKERS: return json_of_all<jobq::WorkerStatus>(body.getWorkers());
    case Body::REDRIVEN: return json_of_all<jobq::JobStatus>(body.getRedriven().getJobs());
    case Body::HISTORY: return json_of_one<jobq::HistoryPage>(body.getHistory());
    case Body::BULK_STEP: return json_of_one<jobq::BulkStep>(body.getBulkStep());
    case Body::STORE_MODE: return json_of_one<jobq::StoreMode>(body.getStoreMode());
    case Body::EVENTS: return json_of_all<jobq::Event>(body.getEvents().getEvents());
    case Body::TOKENS: return json_of_all<jobq::TokenUse>(body.getTokens().getTokens());
    case Body::COUNT: return json_of_one<jobq::JobCount>(body.getCount());
    case Body::BACKUP: return json_of_one<jobq::Backup>(body.getBackup());
    case Body::SCHEDULE: return json_of_one<jobq::ScheduleStatus>(body.getSchedule());
    case Body::SCHEDULES: return json_of_one<jobq::SchedulePage>(body.getSchedules());
    case Body::FUNCTION: return json_of_one<jobq::FunctionStatus>(body.getFunction());
    case Body::FUNCTIONS: return json_of_one<jobq::FunctionPage>(body.getFunctions());
    case Body::CODE: return json_of_one<jobq::CodeStatus>(body.getCode());
    case Body::CODES: return json_of_one<jobq::CodePage>(body.getCodes());
    case Body::STATES: return json_of_one<jobq::StatePage>(body.getStates());
    case Body::KEYS: {
      auto ids = jobq::Json::array();
      for (const auto key : body.getKeys()) {
        ids.push_back(std::string(jobq::wire::view(key.getId())));
      }
      return jobq::to_text(ids);
    }
    case Body::NONE:
    case Body::SUBSCRIPTION:  // of Cap'n Proto alone
    case Body::SNAPSHOT: break;
  }
  return {};
}

// As databox's clients know it: Node.js tells 128, 129 and 143 apart, and all that is left is an
// error; Go knows 141 and 163 too.
zest::Code refusal_of(Code code) {
  switch (code) {
    case Code::kUnauthorized:
    case Code::kForbidden: return zest::Code::kUnauthorized;
    case Code::kTooLarge: return zest::Code::kTooLarge;
    case Code::kUnsupported: return zest::Code::kUnsupportedFormat;
    case Code::kTooMany:
    case Code::kUnavailable:
    case Code::kFull: return zest::Code::kUnavailable;
    default: return zest::Code::kBadRequest;
  }
}

template <typename AnyReply>
std::string encode(zest::Code done, const AnyReply& reply, TextSource& texts) {
  jobq::wire::Message message;
  auto out = message.initRoot<protocol::Reply>();
  fill(out, reply, texts);
  const protocol::Reply::Reader filled = out.asReader();
  const auto code = static_cast<Code>(filled.getCode());
  if (code != Code::kOk && code != Code::kMultiStatus) {
    return zest::encode({.code = refusal_of(code),
                         .format = zest::Format::kText,
                         .payload = jobq::wire::view(filled.getError())});
  }
  const std::string payload = json_of(filled.getBody());
  return zest::encode(
      {.code = done,
       .format = payload.empty() ? std::optional<zest::Format>() : zest::Format::kJson,
       .payload = payload});
}

}  // namespace

std::string encode_zest_reply(zest::Code done, const Reply& reply, TextSource& texts) {
  return encode(done, reply, texts);
}

std::string encode_zest_reply(zest::Code done, const ServerReply& reply, TextSource& texts) {
  const auto* observed = std::get_if<Observed>(&reply);
  if (observed == nullptr) {
    return encode(done, reply, texts);
  }
  return zest::encode({.code = done,
                       .format = zest::Format::kText,
                       .public_key = observed->public_key,
                       .payload = observed->name});
}

std::string job_line(const JobView& job, TextSource& texts) {
  jobq::wire::Message message;
  auto out = message.initRoot<protocol::JobStatus>();
  fill_in_list(out, job, texts);
  return json_of_one<jobq::JobStatus>(out.asReader());
}

std::string event_line(const std::string& datasource, const Event& event,
                       const std::string& response) {
  jobq::wire::Message message;
  auto out = message.initRoot<protocol::Event>();
  fill(out, datasource, event, event.sequence - 1);
  std::string json = json_of_one<jobq::Event>(out.asReader());
  if (!response.empty()) {
    json.back() = ',';
    json += "\"response\":";
    jobq::append_raw(json, response);
    json += '}';
  }
  return json;
}

}  // namespace store
