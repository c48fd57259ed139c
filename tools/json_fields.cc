#include "json_fields.h"

#include "json_values.h"

namespace tools {

using jobq::json_of;
using jobq::object_of;

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
template Json fields_of(const jobq::StoreMode&);
template Json fields_of(const jobq::HistoryRow&);
template Json fields_of(const jobq::ScheduleStatus&);
template Json fields_of(const jobq::ScheduledTime&);
template Json fields_of(const jobq::FunctionStatus&);
template Json fields_of(const jobq::CodeStatus&);
template Json fields_of(const jobq::StateOfFunction&);

std::string job_text(const jobq::JobStatus& job, std::optional<bool> created) {
  std::string text;
  jobq::append_json(text, job);
  if (created) text.insert(text.size() - 1, *created ? ",\"created\":true" : ",\"created\":false");
  return text;
}

std::string record_text(const jobq::RequestRecord& record) {
  const std::string job = job_text(record.job);
  return to_text(object_of(record, {"job"}), {{"job", job}});
}

Json fields_of(const jobq::Event& event) {
  Json json = {{"event", to_string(event.kind)},
               {"sequence", event.sequence},
               {"job", event.job},
               {"client", event.client},
               {"status", to_string(event.status)},
               {"attempt", event.attempt}};
  if (event.time != jobq::Time()) json["time"] = json_of(event.time);
  json.update(object_of(event, {"kind"}));
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
  if (!config.description.empty()) json["description"] = config.description;
  json["mode"] = to_string(config.mode);
  json.update(object_of(config, {"datasource", "description", "mode"}));
  return json;
}

Json fields_of(const jobq::TokenUse& use) {
  Json json = {{"token", use.id}, {"waiting", use.waiting}, {"running", use.running}};
  for (const auto& [unit, used] : use.rates) json["used"][unit] = used;
  if (use.is_revoked) json["revoked"] = true;
  if (use.revoked_until != jobq::Time()) json["revokedUntil"] = json_of(use.revoked_until);
  return json;
}

}  // namespace tools
