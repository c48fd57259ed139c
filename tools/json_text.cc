#include "json_text.h"

#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

// Keeps nothing of a text but its first error.
class Checker : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::json::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
    std::string_view text = error.what();
    if (const auto end = text.find("] "); end != std::string_view::npos)
      text.remove_prefix(end + 2);
    constexpr std::string_view kPrefix = "parse error at ";
    if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
    problem_ = printable(text);
    return false;
  }

  const std::string& problem() const { return problem_; }

 private:
  std::string problem_;
};

void set_time(Json& json, const char* name, jobq::Time time) {
  if (time != jobq::Time{}) json[name] = rfc3339(time);
}

}  // namespace

std::optional<std::string> json_problem(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) return "line 1, column 1: a byte order mark is not JSON";
  if (trimmed(text).empty()) return "it is empty";
  Checker checker;
  if (nlohmann::json::sax_parse(text, &checker)) return std::nullopt;
  return checker.problem();
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Json fields_of(const jobq::JobStatus& job) {
  Json json;
  json["job"] = job.job;
  json["client"] = job.client;
  json["status"] = jobq::to_string(job.status);
  json["sequence"] = job.sequence;
  json["changed"] = job.changed;
  json["priority"] = job.priority;
  json["attempt"] = job.attempt;
  json["lostLeases"] = job.lost_leases;
  if (!job.worker.empty()) json["worker"] = job.worker;
  set_time(json, "submittedAt", job.submitted_at);
  set_time(json, "acceptedAt", job.accepted_at);
  set_time(json, "leaseUntil", job.lease_until);
  set_time(json, "finishedAt", job.finished_at);
  if (!job.error.code.empty()) {
    Json& error = json["error"];
    error["code"] = job.error.code;
    error["message"] = job.error.message;
    if (!job.error.detail.empty()) error["detail"] = job.error.detail;
  }
  return json;
}

Json fields_of(const jobq::StoreStatus& store) {
  Json json;
  json["version"] = store.version;
  json["name"] = store.name;
  json["uptimeMs"] = store.uptime.count();
  set_time(json, "now", store.now);
  json["durability"] = store.durability;
  json["requestEndpoints"] = store.request_endpoints;
  json["driverEndpoints"] = store.driver_endpoints;
  json["statusEndpoints"] = store.status_endpoints;
  return json;
}

Json fields_of(const jobq::StoreStats& stats) {
  Json json;
  json["requests"] = stats.requests;
  json["refusals"] = stats.refusals;
  json["repliesDropped"] = stats.replies_dropped;
  json["turns"] = stats.turns;
  json["commits"] = stats.commits;
  json["syncs"] = stats.syncs;
  json["journalBytes"] = stats.journal_bytes;
  json["derivedBytes"] = stats.derived_bytes;
  json["walBytes"] = stats.wal_bytes;
  json["flushBytes"] = stats.flush_bytes;
  json["compactionBytes"] = stats.compaction_bytes;
  json["jobsLive"] = stats.jobs_live;
  json["jobsFinished"] = stats.jobs_finished;
  json["waitersParked"] = stats.waiters_parked;
  return json;
}

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_text(const Json& fields, const std::string& response) {
  std::string text = to_text(fields);
  if (response.empty()) return text;
  text.pop_back();  // the closing brace
  return text + ",\"response\":" + response + "}";
}

}  // namespace tools
