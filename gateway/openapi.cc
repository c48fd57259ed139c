#include "openapi.h"

#include <map>
#include <set>
#include <utility>

#include "answers.h"
#include "operations.h"
#include "protocol.capnp.h"
#include "rest.h"
#include "schemas.h"
#include "tables.h"

namespace gateway {
namespace {

using jobq::Json;
using Member = protocol::Request::Body::Which;
using Answered = protocol::Reply::Body::Which;
using store::Operation;

constexpr std::string_view kOperationNames[] = {
#define GATEWAY_NAME(name, ...) #name,
    STORE_OPERATIONS(GATEWAY_NAME)
#undef GATEWAY_NAME
};

// "getJob" of kGetJob.
std::string name_of(Operation operation) {
  return jobq::schema_name(kOperationNames[static_cast<std::size_t>(operation)].substr(1));
}

// The member of a reply that answers it.
Answered answer_to(Operation operation) {
  using enum Operation;
  switch (operation) {
    case kSubmit:
    case kRunSchedule:
    case kRestart:
    case kImport: return Answered::SUBMITTED;
    case kGetJob:
    case kCancel:
    case kRemove:
    case kEdit: return Answered::JOB;
    case kListJobs:
    case kExport: return Answered::JOBS;
    case kCountJobs: return Answered::COUNT;
    case kReadLog: return Answered::LOG;
    case kSubscribe: return Answered::SUBSCRIPTION;
    case kReadEvents: return Answered::EVENTS;
    case kExplain: return Answered::EXPLANATION;
    case kPutSchedule:
    case kGetSchedule:
    case kPauseSchedule:
    case kResumeSchedule:
    case kRemoveSchedule: return Answered::SCHEDULE;
    case kListSchedules: return Answered::SCHEDULES;
    case kPutFunction:
    case kRemoveFunction: return Answered::FUNCTION;
    case kListFunctions: return Answered::FUNCTIONS;
    case kGetState:
    case kChangeState: return Answered::STATES;
    case kAccept: return Answered::ACCEPTED;
    case kRenew: return Answered::RENEWED;
    case kUpdate:
    case kUpdateOne: return Answered::UPDATED;
    case kPeek:
    case kLatest:
    case kSince: return Answered::REQUESTS;
    case kGetConfig:
    case kConfigure:
    case kPause:
    case kResume:
    case kDrain:
    case kDropDatasource: return Answered::CONFIG;
    case kOrderWorkers: return Answered::STORE_MODE;
    case kListConfigs: return Answered::CONFIGS;
    case kDatasourceStats: return Answered::DATASOURCES;
    case kGetHistory: return Answered::HISTORY;
    case kListWorkers: return Answered::WORKERS;
    case kAddCode:
    case kGetCode:
    case kRemoveCode: return Answered::CODE;
    case kListCode: return Answered::CODES;
    case kRedrive: return Answered::REDRIVEN;
    case kCancelAll:
    case kEditAll:
    case kRemoveAll:
    case kRestartAll: return Answered::BULK_STEP;
    case kListTokens:
    case kRevokeToken: return Answered::TOKENS;
    case kPauseStore:
    case kResumeStore: return Answered::STORE_MODE;
    case kListKeys:
    case kNewKey:
    case kRetireKey: return Answered::KEYS;
    case kMakeBackup: return Answered::BACKUP;
    case kStoreStatus: return Answered::STORE;
    case kStoreStats: return Answered::STATS;
  }
  return Answered::NONE;
}

const char* word_of(store::Access access) {
  switch (access) {
    case store::Access::kOpen: return "anyone";
    case store::Access::kClient: return "client";
    case store::Access::kDriver: return "driver";
    case store::Access::kOperator: return "operator";
  }
  return "";
}

Json with_properties(Json reference, Json properties) {
  return {{"allOf", {std::move(reference), {{"type", "object"}, {"properties", properties}}}}};
}

Json text_parameter(const char* in, std::string name, const char* about) {
  return {{"name", std::move(name)},
          {"in", in},
          {"required", std::string_view(in) == "path"},
          {"schema", {{"type", "string"}}},
          {"description", about}};
}

class Document {
 public:
  std::string text();

 private:
  void add_path(const store::PathRow& row);
  Json operation_of(const store::PathRow& row, bool has_datasource);
  void add_query(Json& parameters, const store::PathRow& row);
  void add_headers(Json& parameters, const store::PathRow& row);
  Json body_schema(Member member);
  Json answer_schema(Operation operation, bool has_datasource);
  template <class T>
  Json list_schema(const char* name, bool is_one);
  Json responses(const store::PathRow& row, bool has_datasource);

  Schemas schemas_;
  Json paths_ = Json::object();
  std::map<std::string, int> names_;
};

// One item may stand for the list of it.
Json Document::body_schema(Member member) {
  switch (member) {
    case Member::SUBMIT: return {{"anyOf", {schemas_.of<jobq::NewJob>(), schemas_.of<Submit>()}}};
    case Member::UPDATE: return {{"anyOf", {schemas_.of<Outcome>(), schemas_.of<Update>()}}};
    case Member::NONE: break;
    default:
      switch (member) {
#define GATEWAY_CASE(WHICH, Name, T) \
  case Member::WHICH: return schemas_.of<T>();
        GATEWAY_BODIES(GATEWAY_CASE)
#undef GATEWAY_CASE
        case Member::NONE: break;
      }
  }
  return nullptr;
}

template <class T>
Json Document::list_schema(const char* name, bool is_one) {
  Json properties = {{name, schemas_.of<std::vector<T>>()}};
  if constexpr (std::is_same_v<T, jobq::AcceptedJob> || std::is_same_v<T, jobq::RenewResult>) {
    properties["cancels"] = schemas_.of<std::vector<jobq::CancelRequest>>();
    properties["order"] = schemas_.of<jobq::WorkerOrder>();
  }
  Json list = {{"type", "object"}, {"properties", std::move(properties)}};
  if (std::is_same_v<T, jobq::SubmitResult>) {
    Json one =
        with_properties(schemas_.of<jobq::JobStatus>(),
                        {{"created", schemas_.of<bool>()}, {"ticket", schemas_.of<std::string>()}});
    return is_one ? one : Json{{"anyOf", {std::move(one), std::move(list)}}};
  }
  if (std::is_same_v<T, jobq::UpdateResult> && !is_one) {
    return {{"anyOf", {schemas_.of<T>(), std::move(list)}}};
  }
  return is_one ? schemas_.of<T>() : list;
}

Json Document::answer_schema(Operation operation, bool has_datasource) {
  const bool is_one = answers_one(operation, has_datasource);
  if (operation == Operation::kListJobs) {
    return with_properties(schemas_.of<jobq::JobPage>(), {{"total", schemas_.of<std::uint64_t>()}});
  }
  if (operation == Operation::kRevokeToken) return schemas_.of<jobq::TokenUse>();
  if (operation == Operation::kSubscribe) {
    return with_properties(schemas_.of<Subscription>(), {{"key", schemas_.of<std::string>()}});
  }
  switch (answer_to(operation)) {
#define GATEWAY_CASE(WHICH, Name, T) \
  case Answered::WHICH: return schemas_.of<T>();
    GATEWAY_VALUES(GATEWAY_CASE)
#undef GATEWAY_CASE
#define GATEWAY_CASE(WHICH, Name, name, T) \
  case Answered::WHICH: return list_schema<T>(name, is_one);
    GATEWAY_LISTS(GATEWAY_CASE)
#undef GATEWAY_CASE
    case Answered::NONE: break;
  }
  return Json::object();
}

Json Document::responses(const store::PathRow& row, bool has_datasource) {
  Json content = {{"application/json", {{"schema", answer_schema(row.operation, has_datasource)}}}};
  if (row.operation == Operation::kReadEvents) {
    content["text/event-stream"] = {{"schema", {{"type", "string"}}}};
    content["application/x-ndjson"] = {{"schema", {{"type", "string"}}}};
  }
  Json all = {{"200", {{"description", "done, and on disk"}, {"content", content}}}};
  if (answer_to(row.operation) == Answered::SUBMITTED) {
    all["201"] = {{"description", "a job that is new; its place is in Location"},
                  {"content", content}};
    all["207"] = {{"description", "each item has a code of its own"}, {"content", content}};
  }
  if (row.operation == Operation::kGetJob) {
    all["304"] = {{"description", "it is as If-None-Match has it"}};
  }
  all["default"] = {{"$ref", "#/components/responses/Problem"}};
  return all;
}

// The fields of the body that the path takes.
void Document::add_query(Json& parameters, const store::PathRow& row) {
  const auto add = [&](const std::string& name, Json schema) {
    Json one = {{"name", name}, {"in", "query"}};
    if (schema.contains("$ref")) {
      one["content"] = {{"application/json", {{"schema", std::move(schema)}}}};
    } else {
      if (schema["type"] == "array") one["explode"] = false;
      one["schema"] = std::move(schema);
    }
    parameters.push_back(std::move(one));
  };
  switch (static_cast<Member>(store::traits_of(row.operation).body.member)) {
#define GATEWAY_CASE(WHICH, Name, T) \
  case Member::WHICH: schemas_.each_property<T>(add); break;
    GATEWAY_BODIES(GATEWAY_CASE)
#undef GATEWAY_CASE
    case Member::NONE: break;
  }
  if (row.operation == Operation::kListJobs) add("total", schemas_.of<bool>());
  if (row.operation == Operation::kReadEvents) add("noSnapshot", schemas_.of<bool>());
}

void Document::add_headers(Json& parameters, const store::PathRow& row) {
  const auto add = [&](const char* name, const char* about) {
    parameters.push_back(text_parameter("header", name, about));
  };
  if (row.operation == Operation::kSubmit) add("Idempotency-Key", "the id of the one job");
  if (row.operation == Operation::kSubmit || row.operation == Operation::kGetJob) {
    add("Prefer", "wait=30: answered at the end of the job, in so many seconds at most");
  }
  if (row.operation == Operation::kGetJob) add("If-None-Match", "what the caller has of it");
  if (row.operation == Operation::kReadEvents) {
    add("Last-Event-ID", "a stream goes on behind this event");
  }
}

Json Document::operation_of(const store::PathRow& row, bool has_datasource) {
  const std::string name = std::string(word_of(row.access)) + "." + name_of(row.operation);
  const int times = ++names_[name];
  Json operation = {{"operationId", times == 1 ? name : name + std::to_string(times)},
                    {"tags", {word_of(row.access)}},
                    {"parameters", Json::array()}};
  if (row.access == store::Access::kOpen) operation["security"] = Json::array();
  add_headers(operation["parameters"], row);
  if (row.method == store::Method::kGet) {
    add_query(operation["parameters"], row);
  } else {
    const store::ExpectedBody& body = store::traits_of(row.operation).body;
    Json schema = body_schema(static_cast<Member>(body.member));
    if (!schema.is_null()) {
      operation["requestBody"] = {
          {"required", !body.or_none},
          {"content", {{"application/json", {{"schema", std::move(schema)}}}}}};
    }
  }
  operation["responses"] = responses(row, has_datasource);
  return operation;
}

void Document::add_path(const store::PathRow& row) {
  std::string path(kPrefix);
  Json parameters = Json::array();
  std::string word;  // before a name
  std::string_view rest = row.pattern;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string part(rest.substr(0, rest.find('/')));
    rest.remove_prefix(part.size());
    std::string name;
    if (part == "*") name = "datasource";
    if (part == "#") name = "since";
    if (part == "+") name = word.ends_with('s') ? word.substr(0, word.size() - 1) : word;
    path += name.empty() ? "/" + part : "/{" + name + "}";
    if (!name.empty()) parameters.push_back(text_parameter("path", name, "an id, or a number"));
    word = part;
  }
  const bool has_datasource = row.pattern.find('*') != row.pattern.npos;
  Json& item = paths_[path];
  if (!parameters.empty()) item["parameters"] = parameters;
  std::string method(to_string(row.method));
  for (char& c : method) c = static_cast<char>(c | 0x20);
  item[method] = operation_of(row, has_datasource);
}

std::string Document::text() {
  for (const store::PathRow& row : store::path_rows()) add_path(row);
  Json problem = {{"type", "object"},
                  {"properties",
                   {{"type", schemas_.of<std::string>()},
                    {"title", schemas_.of<std::string>()},
                    {"status", schemas_.of<unsigned>()},
                    {"detail", schemas_.of<std::string>()},
                    {"field", schemas_.of<std::string>()}}}};
  const Json document = {
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "store-jobqueue"},
        {"version", JOBQ_VERSION},
        {"description", "Names and limits are those of docs/protocol.md."}}},
      {"security", {{{"token", Json::array()}}, {{"page", Json::array()}}}},
      {"paths", std::move(paths_)},
      {"components",
       {{"schemas", std::move(schemas_.components())},
        {"responses",
         {{"Problem",
           {{"description", "refused: problem details (RFC 9457)"},
            {"content", {{"application/problem+json", {{"schema", std::move(problem)}}}}}}}}},
        {"securitySchemes",
         {{"token", {{"type", "http"}, {"scheme", "bearer"}}},
          {"page", {{"type", "apiKey"}, {"in", "cookie"}, {"name", "jobq"}}}}}}}};
  return jobq::to_text(document);
}

}  // namespace

std::string openapi_text() { return Document().text(); }

}  // namespace gateway
