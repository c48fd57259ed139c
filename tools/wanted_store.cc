#include "wanted_store.h"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <utility>

#include "connection_options.h"
#include "failure.h"
#include "json_values.h"
#include "text_rules.h"
#include "utf8.h"
#include "yaml_text.h"

namespace tools {
namespace {

constexpr std::size_t kUserNameBytesMax = 128;

constexpr const char* kDefaultFile = R"(version: 1
port: 6010
job_keep_minutes: 60
job_timeout_minutes: 10
queues: {}
)";

[[noreturn]] void wrong(const std::string& where, const std::string& what) {
  throw WrongYaml(where + ": " + what);
}

// Names with values; null is none.
const Json& object_in(const std::string& where, const Json& value) {
  static const Json kNone = Json::object();
  if (value.is_null()) return kNone;
  if (!value.is_object()) wrong(where, "must be names with values");
  return value;
}

// What stands there under that name, which is taken off.
std::optional<Json> taken(Json& object, const char* name) {
  if (!object.contains(name)) return std::nullopt;
  Json value = object.at(name);
  object.erase(name);
  return value;
}

template <class Value>
void read(const std::string& where, const Json& object, Value& value,
          const jobq::JsonReading& reading = {}) {
  try {
    jobq::read_json(to_text(object), value, reading, where);
  } catch (const jobq::WrongField& error) {
    wrong(error.field, error.wrong);
  }
}

void check_datasource(const std::string& where, const std::string& name) {
  const std::string problem = jobq::wrong_with_datasource_id(name);
  if (!problem.empty()) wrong(where, problem);
}

void check_name(const std::string& where, const std::string& name) {
  const std::string problem = jobq::wrong_with_name(name, kUserNameBytesMax);
  if (!problem.empty()) wrong(where, problem);
}

// ------------------------------------------------------------------------------------ our words

std::vector<jobq::Function> functions_of(const std::string& where, const Json& value) {
  std::vector<jobq::Function> functions;
  for (const auto& [name, fields] : object_in(where, value).items()) {
    jobq::Function& function = functions.emplace_back();
    const std::string at = where + "." + name;
    read(at, object_in(at, fields), function, {.is_zero_by_default = true});
    if (!function.name.empty() && function.name != name) wrong(at, "has another name inside");
    function.name = name;
  }
  return functions;
}

std::map<std::string, jobq::Schedule> schedules_of(const std::string& where, const Json& value) {
  std::map<std::string, jobq::Schedule> schedules;
  for (const auto& [name, fields] : object_in(where, value).items()) {
    const std::string at = where + "." + name;
    const std::string problem = jobq::wrong_with_id(name);
    if (!problem.empty()) wrong(at, problem);
    jobq::Schedule& schedule = schedules[name];
    read(at, object_in(at, fields), schedule);
    if (schedule.job.client.empty()) wrong(at + ".job.client", "is missing: whose its jobs are");
    if (schedule.job.request.empty()) wrong(at + ".job.request", "is missing");
  }
  return schedules;
}

WantedDatasource datasource_of(const std::string& where, Json fields) {
  WantedDatasource wanted;
  if (const auto value = taken(fields, "functions")) {
    wanted.functions = functions_of(where + ".functions", *value);
  }
  if (const auto value = taken(fields, "schedules")) {
    wanted.schedules = schedules_of(where + ".schedules", *value);
  }
  for (const char* other : {"datasource", "item", "mode"}) {
    if (fields.contains(other)) wrong(where + "." + other, "there is no such field");
  }
  read(where, fields, wanted.config);
  return wanted;
}

std::set<NameRight> rights_of(const std::string& where, const Json& words) {
  std::set<NameRight> rights;
  for (const Json& word : words) {
    const auto right = jobq::find_named<NameRight>(word.is_string() ? word.get<std::string>() : "");
    if (!right) wrong(where, "must be a list of submit, work, update, edit and operate");
    rights.insert(*right);
  }
  return rights;
}

std::map<std::string, WantedRights> names_of(const Json& value) {
  std::map<std::string, WantedRights> names;
  for (const auto& [name, datasources] : object_in("names", value).items()) {
    const std::string at = "names." + name;
    check_name(at, name);
    WantedRights& rights = names[name];
    for (const auto& [datasource, words] : object_in(at, datasources).items()) {
      check_datasource(at + "." + datasource, datasource);
      rights[datasource] = rights_of(at + "." + datasource, words);
    }
  }
  return names;
}

WantedStore own(Json file) {
  WantedStore wanted;
  if (const auto value = taken(file, "datasources")) {
    auto& datasources = wanted.datasources.emplace();
    for (const auto& [name, fields] : object_in("datasources", *value).items()) {
      const std::string at = "datasources." + name;
      check_datasource(at, name);
      WantedDatasource& made = datasources[name];
      made = datasource_of(at, object_in(at, fields));
      made.config.datasource = name;
    }
  }
  if (const auto names = taken(file, "names")) wanted.names = names_of(*names);
  if (!file.empty()) wrong(file.begin().key(), "is none; datasources and names are");
  return wanted;
}

// ------------------------------------------------------------------------------------ JobEngine

jobq::Span minutes_of(Json& file, const char* name, unsigned otherwise, unsigned max) {
  const Json value = taken(file, name).value_or(otherwise);
  const bool is_number = value.is_number_unsigned() && value >= 1U && value <= max;
  if (!is_number) wrong(name, fmt::format("must be 1 to {} minutes", max));
  return std::chrono::minutes(value.get<unsigned>());
}

// Who reads takes jobs and says what became of them; who writes makes them, and may change them.
void add_names(const std::string& where, const Json& names, const std::string& queue,
               const std::set<NameRight>& rights, std::map<std::string, WantedRights>& all) {
  if (!names.is_null() && !names.is_array()) wrong(where, "must be a list of names");
  for (const Json& name : names) {
    if (!name.is_string()) wrong(where, "must be a list of names");
    check_name(where, name.get<std::string>());
    all[name.get<std::string>()][queue].insert(rights.begin(), rights.end());
  }
}

WantedStore job_engine(Json file) {
  using enum NameRight;
  constexpr unsigned kKeepMax = 365 * 24 * 60;
  constexpr unsigned kLeaseMax = 60;
  WantedStore wanted;
  const Json version = taken(file, "version").value_or(1);
  if (version != 1) wrong("version", "must be 1");
  if (const auto port = taken(file, "port")) {
    wanted.notes.push_back("port " + port->dump() + " is for `jobq-http --listen`");
  }
  const jobq::Span keep = minutes_of(file, "job_keep_minutes", 60, kKeepMax);
  const jobq::Span lease = minutes_of(file, "job_timeout_minutes", 10, kLeaseMax);
  const auto queues = taken(file, "queues");
  if (!file.empty()) wrong(file.begin().key(), "is none of JobEngine's names");
  if (!queues) return wanted;
  auto& names = wanted.names.emplace();
  auto& datasources = wanted.datasources.emplace();
  for (const auto& [queue, value] : object_in("queues", *queues).items()) {
    const std::string at = "queues." + queue;
    check_datasource(at, queue);
    Json lists = object_in(at, value);
    jobq::DatasourceConfig& config = datasources[queue].config;
    config.datasource = queue;
    config.lease = lease;
    config.terms.keep_for = keep;
    // A job that is in progress for too long has failed, and is not tried again.
    config.terms.lost_leases_max = 1;
    add_names(at + ".read", taken(lists, "read").value_or(Json()), queue, {kWork, kEdit}, names);
    add_names(at + ".write", taken(lists, "write").value_or(Json()), queue,
              {kSubmit, kUpdate, kEdit}, names);
    if (!lists.empty()) wrong(at + "." + lists.begin().key(), "is none; read and write are");
  }
  return wanted;
}

}  // namespace

WantedStore read_wanted_store(const std::string& file, const std::string& text) {
  try {
    const Json yaml = object_in("the file", json_of_yaml(text));
    return yaml.contains("queues") || yaml.contains("version") ? job_engine(yaml) : own(yaml);
  } catch (const WrongYaml& error) {
    throw UsageError(printable(file + ": " + error.what()));
  }
}

void write_default_store_file(const std::string& file) {
  std::ofstream out(file);
  out << kDefaultFile;
  out.close();
  if (!out) throw UsageError(file + ": cannot be written");
}

}  // namespace tools
