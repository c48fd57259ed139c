#include "core4_text.h"

#include <algorithm>
#include <ctime>

#include "jobq/connection.h"
#include "problem.h"
#include "time_text.h"
#include "timestamp.h"

namespace gateway {
namespace {

using jobq::Json;
using jobq::Status;

Json time_of(jobq::Time time) {
  return time == jobq::Time{} ? Json(nullptr) : Json(jobq::rfc3339(time));
}

double seconds(jobq::Span span) { return static_cast<double>(span.count()) / 1000; }

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json around(unsigned code, const char* message) {
  return {{"_id", new_core4_id()},
          {"code", code},
          {"message", message},
          {"timestamp", jobq::rfc3339(tools::system_now())}};
}

Json high_state(const jobq::JobStatus& job) {
  switch (job.status) {
    case Status::kSubmitted:
    case Status::kRetrying: return "waiting";
    case Status::kAccepted: return "running";
    case Status::kFailed:
    case Status::kForbidden:
    case Status::kCancelled: return "stopped";
    case Status::kComplete: break;
  }
  return nullptr;
}

Json killed_at(const jobq::JobStatus& job) {
  if (job.cancel_requested_at != jobq::Time{}) return time_of(job.cancel_requested_at);
  return job.status == Status::kCancelled ? time_of(job.finished_at) : Json(nullptr);
}

Json locked(const jobq::JobStatus& job) {
  if (job.status != Status::kAccepted) return nullptr;
  return {{"at", time_of(job.accepted_at)},
          {"worker", job.worker},
          {"hostname", nullptr},
          {"pid", nullptr}};
}

double runtime(const jobq::JobStatus& job) {
  if (job.accepted_at == jobq::Time{}) return 0;
  const jobq::Time end = job.finished_at != jobq::Time{}   ? job.finished_at
                         : job.status == Status::kAccepted ? tools::system_now()
                                                           : job.accepted_at;
  return seconds(std::max(end - job.accepted_at, jobq::Span{}));
}

Json last_error(const jobq::JobStatus& job) {
  if (job.error.code.empty()) return nullptr;
  return {{"exception", job.error.code + ": " + job.error.message},
          {"traceback", job.error.detail},
          {"timestamp", time_of(job.finished_at)}};
}

}  // namespace

Reply core4_reply(std::string_view data) {
  return {.body = jobq::to_text(around(200, "OK"), {{"data", data}})};
}

Reply core4_reply(const std::vector<std::string>& items, const Core4Page& page) {
  Json json = around(200, "OK");
  json["total_count"] = page.total;
  json["count"] = items.size();
  json["page"] = page.page;
  json["page_count"] = (page.total + page.per_page - 1) / page.per_page;
  json["per_page"] = page.per_page;
  std::string data = "[";
  for (const std::string& item : items) data += (data.size() > 1 ? "," : "") + item;
  data += ']';
  return {.body = jobq::to_text(json, {{"data", data}})};
}

Reply core4_refusal(Reply refused) {
  const Json problem = Json::parse(refused.body, nullptr, /*allow_exceptions=*/false);
  Json json = around(refused.code, words_of_code(refused.code));
  json["error"] = problem.is_object() ? problem.value("detail", "") : "";
  refused.type = kJson;
  refused.body = jobq::to_text(json);
  return refused;
}

std::string core4_state(const jobq::JobStatus& job) {
  switch (job.status) {
    case Status::kSubmitted: return job.releases > 0 ? "deferred" : "pending";
    case Status::kAccepted: return "running";
    case Status::kRetrying: return "failed";
    case Status::kComplete: return "complete";
    case Status::kCancelled: return "killed";
    case Status::kFailed: return job.error.code == "deferred" ? "inactive" : "error";
    case Status::kForbidden: break;
  }
  return "error";
}

bool is_journaled(const jobq::JobStatus& job) {
  return job.status == Status::kComplete || !job.child.empty();
}

jobq::JobStatus masked(const jobq::JobStatus& job) {
  jobq::JobStatus shown;
  shown.sequence = job.sequence;
  shown.job = job.job;
  shown.function = "UnauthorizedJob";
  shown.request = "null";
  shown.status = job.status;
  shown.priority = job.priority;
  shown.attempt = job.attempt;
  shown.releases = job.releases;
  shown.submitted_at = job.submitted_at;
  shown.accepted_at = job.accepted_at;
  shown.finished_at = job.finished_at;
  shown.not_before = job.not_before;
  return shown;
}

std::string core4_job(const jobq::JobStatus& job, bool with_journal) {
  const Json killed = killed_at(job);
  Json json = {{"_id", job.job}, {"qual_name", job.function}, {"state", core4_state(job)}};
  json["highstate"] = high_state(job);
  json["flag"] = {{"zombie", job.is_stalled},
                  {"killed", !killed.is_null()},
                  {"removed", false},
                  {"nonstop", job.is_slow}};
  if (with_journal) json["journal"] = is_journaled(job);
  json["priority"] = job.priority;
  json["attempts"] = job.terms ? Json(job.terms->failures_max) : Json(nullptr);
  json["attempts_left"] =
      job.terms ? Json(job.terms->failures_max - std::min(job.failures, job.terms->failures_max))
                : Json(nullptr);
  json["trial"] = job.attempt;
  json["prog"] = {{"value", job.progress}, {"message", or_null(job.progress_message)}};
  json["enqueued"] = {{"at", time_of(job.submitted_at)},
                      {"username", or_null(job.client)},
                      {"hostname", nullptr},
                      {"parent_id", or_null(job.parent)},
                      {"child_id", or_null(job.child)}};
  json["locked"] = locked(job);
  json["started_at"] = time_of(job.accepted_at);
  json["finished_at"] = time_of(job.finished_at);
  json["runtime"] = runtime(job);
  json["query_at"] = time_of(job.not_before);
  json["killed_at"] = killed;
  json["removed_at"] = nullptr;
  json["last_error"] = last_error(job);
  json["age"] = seconds(std::max(tools::system_now() - job.submitted_at, jobq::Span{}));
  return jobq::to_text(json, {{"args", job.request}});
}

std::string core4_log_line(const std::string& job, const std::string& kind,
                           const jobq::LogLine& line) {
  std::string level(to_string(line.level));
  std::transform(level.begin(), level.end(), level.begin(),
                 [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  return jobq::to_text(Json{{"_id", job + "-" + std::to_string(line.number)},
                            {"identifier", job},
                            {"qual_name", kind},
                            {"created", time_of(line.time)},
                            {"level", level},
                            {"message", line.text},
                            {"trial", line.attempt}});
}

std::string core4_function(const jobq::FunctionStatus& status, const std::string& schedule) {
  const jobq::Function& function = status.function;
  return jobq::to_text(Json{{"_id", function.name},
                            {"qual_name", function.name},
                            {"author", function.author},
                            {"created_at", time_of(status.registered_at)},
                            {"updated_at", time_of(status.changed_at)},
                            {"doc", function.documentation},
                            {"schedule", or_null(schedule)},
                            {"tag", function.tags}});
}

std::optional<Json> core4_field(const jobq::JobStatus& job, std::string_view name) {
  if (name == "_id" || name == "enqueued.at") return job.sequence;
  if (name == "qual_name" || name == "name") return job.function;
  if (name == "state") return core4_state(job);
  if (name == "highstate") return high_state(job);
  if (name == "priority") return job.priority;
  if (name == "trial") return job.attempt;
  if (name == "started_at") return time_of(job.accepted_at);
  if (name == "finished_at") return time_of(job.finished_at);
  if (name == "prog.value") return job.progress;
  if (name == "enqueued.username") return job.client;
  return std::nullopt;
}

std::optional<Json> core4_field(const jobq::FunctionStatus& status, std::string_view name) {
  if (name == "_id" || name == "qual_name") return status.function.name;
  if (name == "author") return status.function.author;
  if (name == "created_at") return time_of(status.registered_at);
  if (name == "updated_at") return time_of(status.changed_at);
  return std::nullopt;
}

std::string new_core4_id() {
  const auto seconds_now = static_cast<std::uint32_t>(std::time(nullptr));
  std::string id;
  for (int shift = 28; shift >= 0; shift -= 4) {
    id += "0123456789abcdef"[(seconds_now >> shift) & 15U];
  }
  // Its first 16 digits but the one that tells its version.
  for (const char c : jobq::new_guid()) {
    if (c != '-' && id.size() < 24) id += c;
  }
  return id;
}

}  // namespace gateway
