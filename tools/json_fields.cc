#include "json_fields.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <type_traits>

#include "field_tables.h"
#include "time_text.h"

namespace tools {
namespace {

using Names = std::initializer_list<std::string_view>;

// Shown also when they say nothing: sums of time, and lists that are what was asked for.
const Names kAlways = {"WaitMs",           "RunMs",           "UptimeMs",       "Reasons", "Leases",
                       "RequestEndpoints", "DriverEndpoints", "StatusEndpoints"};
// Not shown when they are zero; nor is a limit, "FailuresMax". All other numbers are counts, of
// which zero is one.
const Names kNotZero = {"Progress", "LogLines", "RequestBytes", "JobSequence", "Count", "Priority"};
// Texts that somebody wrote as JSON: they are added as they are.
const Names kRaw = {"Request", "Response"};

bool has(Names names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

template <class T>
constexpr bool kIsList = false;
template <class T>
constexpr bool kIsList<std::vector<T>> = true;

template <class Owner>
bool is_always_shown(std::string_view name) {
  if (std::is_same_v<Owner, jobq::FunctionStats> && name == "Function") return true;
  return has(kAlways, name) || (std::is_same_v<Owner, jobq::JobError> && name == "Message");
}

template <class T>
bool is_unset(std::string_view name, const T& value) {
  if constexpr (std::is_same_v<T, std::string> || kIsList<T>) return value.empty();
  if constexpr (std::is_same_v<T, jobq::JobError>) return says_nothing(value);
  if constexpr (std::is_same_v<T, jobq::Span> || std::is_same_v<T, jobq::Time>) return value == T{};
  if constexpr (std::is_arithmetic_v<T>)
    return value == T{} && (has(kNotZero, name) || name.ends_with("Max"));
  return false;
}

template <jobq::HasFields T>
Json object_of(const T& value, Names but = {});

template <class T>
Json json_of(const T& value) {
  if constexpr (jobq::HasFields<T>) {
    return object_of(value);
  } else if constexpr (kIsList<T>) {
    Json list = Json::array();
    for (const auto& item : value) list.push_back(json_of(item));
    return list;
  } else if constexpr (std::is_same_v<T, jobq::Span>) {
    return value.count();
  } else if constexpr (std::is_same_v<T, jobq::Time>) {
    return rfc3339(value);
  } else if constexpr (std::is_same_v<T, double>) {
    return std::round(value * 1e6) / 1e6;  // the store keeps seven digits of 0.7
  } else if constexpr (jobq::Named<T>) {
    return to_string(value);
  } else {
    return value;
  }
}

template <class Owner, class T>
void put(Json& json, std::string_view name, const T& value) {
  if (is_always_shown<Owner>(name) || !is_unset(name, value)) {
    json[jobq::schema_name(name)] = json_of(value);
  }
}
template <class Owner, class T>
void put(Json& json, std::string_view name, const std::optional<T>& value) {
  if (value) put<Owner>(json, name, *value);
}
template <class Owner>
void put(Json& json, std::string_view, const jobq::Lease& lease) {
  json["job"] = lease.job;
  json["attempt"] = lease.attempt;
  if (!lease.token.empty()) json["leaseToken"] = lease.token;
}

// Its fields but those of `but`.
template <jobq::HasFields T>
Json object_of(const T& value, Names but) {
  Json json = Json::object();
  jobq::each_field(value, [&](const auto& member, const auto& access) {
    if (!has(kRaw, access.name) && !has(but, access.name)) put<T>(json, access.name, member);
  });
  return json;
}

}  // namespace

template <class Value>
Json fields_of(const Value& value) {
  return object_of(value);
}
template Json fields_of(const jobq::JobStatus&);
template Json fields_of(const jobq::LogLine&);
template Json fields_of(const jobq::Explanation&);
template Json fields_of(const jobq::AcceptedJob&);
template Json fields_of(const jobq::DatasourceStats&);
template Json fields_of(const jobq::WorkerStatus&);
template Json fields_of(const jobq::StoreStatus&);
template Json fields_of(const jobq::StoreStats&);
template Json fields_of(const jobq::Backup&);

std::string job_text(const jobq::JobStatus& job, std::optional<bool> created) {
  Json fields = fields_of(job);
  if (created) fields["created"] = *created;
  return to_text(fields, {{"request", job.request}, {"response", job.response}});
}

std::string record_text(const jobq::RequestRecord& record) {
  const std::string job = job_text(record.job);
  return to_text(object_of(record, {"Job"}), {{"job", job}});
}

Json fields_of(const jobq::Event& event) {
  Json json = {{"event", to_string(event.kind)},
               {"sequence", event.sequence},
               {"job", event.job},
               {"client", event.client},
               {"status", to_string(event.status)},
               {"attempt", event.attempt}};
  put<jobq::Event>(json, "Time", event.time);
  json.update(object_of(event, {"Kind"}));
  if (event.kind == jobq::EventKind::kProgress) json["progress"] = json_of(event.progress);
  return json;
}

Json fields_of(const jobq::WatchSnapshot& snapshot) {
  return {{"event", snapshot.is_after_loss ? "lost" : "snapshot"},
          {"cursor", snapshot.cursor},
          {"jobs", json_of(snapshot.jobs)}};
}

Json fields_of(const jobq::WatchRepair& repair) {
  return {{"event", "repair"}, {"reason", to_string(repair.reason)}, {"cursor", repair.cursor}};
}

Json fields_of(const jobq::DatasourceConfig& config) {
  Json json = {{"datasource", config.datasource}};
  put<jobq::DatasourceConfig>(json, "Description", config.description);
  json["mode"] = to_string(config.mode);
  json.update(object_of(config, {"Datasource", "Description", "Mode"}));
  return json;
}

Json fields_of(const jobq::TokenUse& use) {
  Json json = {{"token", use.id}, {"waiting", use.waiting}, {"running", use.running}};
  for (const auto& [unit, used] : use.rates) json["used"][unit] = used;
  if (use.is_revoked) json["revoked"] = true;
  put<jobq::TokenUse>(json, "RevokedUntil", use.revoked_until);
  return json;
}

}  // namespace tools
