#include "json_fields.h"

#include <cmath>

#include "time_text.h"

namespace tools {
namespace {

void set_time(Json& json, const char* name, jobq::Time time) {
  if (time != jobq::Time{}) json[name] = rfc3339(time);
}

void set_span(Json& json, const char* name, jobq::Span span) {
  if (span != jobq::Span{}) json[name] = span.count();
}

template <class Number>
void set_number(Json& json, const char* name, Number number) {
  if (number != Number{}) json[name] = number;
}

// The store keeps seven digits: 0.7 is not to be shown as 0.699999988.
double share(double value) { return std::round(value * 1e6) / 1e6; }

void set_text(Json& json, const char* name, const std::string& text) {
  if (!text.empty()) json[name] = text;
}

void set_error(Json& json, const jobq::JobError& error) {
  if (error.code.empty() && error.message.empty()) return;
  Json& fields = json["error"];
  set_text(fields, "code", error.code);
  fields["message"] = error.message;
  set_text(fields, "detail", error.detail);
}

Json fields_of(const jobq::Attempt& attempt) {
  Json json;
  json["attempt"] = attempt.attempt;
  json["worker"] = attempt.worker;
  set_time(json, "acceptedAt", attempt.accepted_at);
  set_time(json, "endedAt", attempt.ended_at);
  json["ending"] = jobq::to_string(attempt.ending);
  set_error(json, attempt.error);
  return json;
}

Json fields_of(const jobq::Counters& counters) {
  Json json;
  json["submitted"] = counters.submitted;
  json["runs"] = counters.runs;
  json["complete"] = counters.complete;
  json["failed"] = counters.failed;
  json["cancelled"] = counters.cancelled;
  json["forbidden"] = counters.forbidden;
  json["errors"] = counters.errors;
  json["releases"] = counters.releases;
  json["waitMs"] = counters.waited.count();
  json["runMs"] = counters.ran.count();
  return json;
}

Json fields_of(const jobq::FunctionStats& stats) {
  Json json;
  json["function"] = stats.function;
  json["waiting"] = stats.waiting;
  json["running"] = stats.running;
  set_time(json, "oldestReadyAt", stats.oldest_ready_at);
  json["total"] = fields_of(stats.total);
  return json;
}

Json fields_of(const jobq::RunningJob& job) {
  Json json;
  json["job"] = job.lease.job;
  json["attempt"] = job.lease.attempt;
  set_text(json, "function", job.function);
  set_time(json, "acceptedAt", job.accepted_at);
  set_time(json, "leaseUntil", job.lease_until);
  json["progress"] = share(job.progress);
  return json;
}

}  // namespace

Json fields_of(const jobq::Backoff& backoff) {
  Json json;
  json["initialMs"] = backoff.initial.count();
  json["factorPercent"] = backoff.factor_percent;
  json["maxMs"] = backoff.max.count();
  json["jitterPercent"] = backoff.jitter_percent;
  return json;
}

Json fields_of(const jobq::Terms& terms) {
  Json json = Json::object();
  set_span(json, "keepForMs", terms.keep_for);
  set_span(json, "validForMs", terms.valid_for);
  set_span(json, "timeoutMs", terms.timeout);
  set_number(json, "failuresMax", terms.failures_max);
  set_number(json, "lostLeasesMax", terms.lost_leases_max);
  set_number(json, "releasesMax", terms.releases_max);
  if (terms.backoff) json["backoff"] = fields_of(*terms.backoff);
  return json;
}

Json fields_of(const jobq::JobStatus& job) {
  Json json;
  json["job"] = job.job;
  json["client"] = job.client;
  json["status"] = jobq::to_string(job.status);
  json["sequence"] = job.sequence;
  json["changed"] = job.changed;
  json["priority"] = job.priority;
  set_text(json, "function", job.function);
  if (!job.tags.empty()) json["tags"] = job.tags;
  json["attempt"] = job.attempt;
  json["failures"] = job.failures;
  json["lostLeases"] = job.lost_leases;
  json["releases"] = job.releases;
  set_text(json, "worker", job.worker);
  set_time(json, "submittedAt", job.submitted_at);
  set_time(json, "notBefore", job.not_before);
  set_time(json, "expiresAt", job.expires_at);
  set_time(json, "acceptedAt", job.accepted_at);
  set_time(json, "leaseUntil", job.lease_until);
  set_time(json, "attemptUntil", job.attempt_until);
  set_time(json, "cancelRequestedAt", job.cancel_requested_at);
  set_time(json, "cancelUntil", job.cancel_until);
  set_time(json, "finishedAt", job.finished_at);
  set_number(json, "progress", share(job.progress));
  set_text(json, "progressMessage", job.progress_message);
  set_text(json, "parent", job.parent);
  set_text(json, "child", job.child);
  set_number(json, "logLines", job.log_lines);
  set_number(json, "requestBytes", job.request_bytes);
  set_text(json, "trace", job.trace);
  if (job.terms) json["terms"] = fields_of(*job.terms);
  for (const jobq::Attempt& attempt : job.attempts) json["attempts"].push_back(fields_of(attempt));
  set_error(json, job.error);
  return json;
}

std::string job_text(const jobq::JobStatus& job) {
  return to_text(fields_of(job), {{"request", job.request}, {"response", job.response}});
}

Json fields_of(const jobq::LogLine& line) {
  Json json;
  json["number"] = line.number;
  set_time(json, "time", line.time);
  json["attempt"] = line.attempt;
  json["level"] = jobq::to_string(line.level);
  json["text"] = line.text;
  return json;
}

Json fields_of(const jobq::Explanation& explanation) {
  Json json;
  json["status"] = jobq::to_string(explanation.status);
  json["reasons"] = Json::array();
  for (const jobq::Reason& reason : explanation.reasons) {
    Json fields;
    fields["kind"] = jobq::to_string(reason.kind);
    fields["text"] = reason.text;
    set_time(fields, "until", reason.until);
    set_number(fields, "count", reason.count);
    json["reasons"].push_back(fields);
  }
  set_time(json, "earliest", explanation.earliest);
  return json;
}

Json fields_of(const jobq::AcceptedJob& job) {
  Json json;
  json["job"] = job.lease.job;
  json["attempt"] = job.lease.attempt;
  set_text(json, "leaseToken", job.lease.token);
  set_time(json, "leaseUntil", job.lease_until);
  json["client"] = job.client;
  json["sequence"] = job.sequence;
  json["priority"] = job.priority;
  set_time(json, "submittedAt", job.submitted_at);
  set_text(json, "function", job.function);
  if (!job.tags.empty()) json["tags"] = job.tags;
  set_text(json, "trace", job.trace);
  set_time(json, "attemptUntil", job.attempt_until);
  json["failures"] = job.failures;
  json["lostLeases"] = job.lost_leases;
  json["releases"] = job.releases;
  return json;
}

std::string record_text(const jobq::RequestRecord& record) {
  Json json;
  json["sequence"] = record.sequence;
  set_time(json, "time", record.time);
  json["kind"] = jobq::to_string(record.kind);
  const std::string job = job_text(record.job);
  return to_text(json, {{"job", job}});
}

Json fields_of(const jobq::Event& event) {
  Json json;
  json["event"] = jobq::to_string(event.kind);
  json["sequence"] = event.sequence;
  json["job"] = event.job;
  json["client"] = event.client;
  json["status"] = jobq::to_string(event.status);
  json["attempt"] = event.attempt;
  set_time(json, "time", event.time);
  set_text(json, "datasource", event.datasource);
  set_number(json, "jobSequence", event.job_sequence);
  set_text(json, "function", event.function);
  set_text(json, "worker", event.worker);
  if (event.kind == jobq::EventKind::kProgress) json["progress"] = share(event.progress);
  set_text(json, "message", event.message);
  if (event.log) json["log"] = fields_of(*event.log);
  set_time(json, "notBefore", event.not_before);
  set_time(json, "until", event.until);
  set_number(json, "priority", event.priority);
  set_text(json, "parent", event.parent);
  set_error(json, event.error);
  return json;
}

Json fields_of(const jobq::WatchSnapshot& snapshot) {
  Json json;
  json["event"] = snapshot.is_after_loss ? "lost" : "snapshot";
  json["cursor"] = snapshot.cursor;
  json["jobs"] = Json::array();
  for (const jobq::JobStatus& job : snapshot.jobs) json["jobs"].push_back(fields_of(job));
  return json;
}

Json fields_of(const jobq::WatchRepair& repair) {
  Json json;
  json["event"] = "repair";
  json["reason"] = jobq::to_string(repair.reason);
  json["cursor"] = repair.cursor;
  return json;
}

Json fields_of(const jobq::DatasourceConfig& config) {
  Json json;
  json["datasource"] = config.datasource;
  set_text(json, "description", config.description);
  json["mode"] = jobq::to_string(config.mode);
  set_number(json, "priority", config.priority);
  json["terms"] = fields_of(config.terms);
  set_span(json, "leaseMs", config.lease);
  set_span(json, "cancelGraceMs", config.cancel_grace);
  set_number(json, "waitingMax", config.waiting_max);
  set_number(json, "waitingPerClientMax", config.waiting_per_client_max);
  set_number(json, "runningMax", config.running_max);
  for (const jobq::Weight& weight : config.weights) {
    Json fields;
    fields["client"] = weight.client;
    fields["weight"] = weight.weight;
    json["weights"].push_back(fields);
  }
  for (const jobq::Cost& cost : config.costs) {
    Json fields;
    fields["function"] = cost.function;
    fields["cost"] = cost.cost;
    json["costs"].push_back(fields);
  }
  return json;
}

Json fields_of(const jobq::DatasourceStats& stats) {
  Json json;
  json["datasource"] = stats.datasource;
  json["mode"] = jobq::to_string(stats.mode);
  json["ready"] = stats.ready;
  json["delayed"] = stats.delayed;
  json["running"] = stats.running;
  json["finished"] = stats.finished;
  json["clients"] = stats.clients;
  json["workersWaiting"] = stats.workers_waiting;
  set_time(json, "oldestReadyAt", stats.oldest_ready_at);
  json["total"] = fields_of(stats.total);
  for (const jobq::FunctionStats& function : stats.functions) {
    json["functions"].push_back(fields_of(function));
  }
  return json;
}

Json fields_of(const jobq::WorkerStatus& worker) {
  Json json;
  json["worker"] = worker.worker;
  set_time(json, "heardAt", worker.heard_at);
  json["isWaiting"] = worker.is_waiting;
  json["running"] = worker.running;
  json["leases"] = Json::array();
  for (const jobq::RunningJob& job : worker.leases) json["leases"].push_back(fields_of(job));
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
  json["topics"] = stats.topics;
  json["subscribers"] = stats.subscribers;
  json["framesSent"] = stats.frames_sent;
  json["framesLost"] = stats.frames_lost;
  json["repairs"] = stats.repairs;
  json["subscriptionsIgnored"] = stats.subscriptions_ignored;
  return json;
}

}  // namespace tools
