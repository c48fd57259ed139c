#include "matrix_rows.h"

namespace wire {
namespace {

constexpr Method kGet = Method::GET;
constexpr Method kPost = Method::POST;

constexpr Codes kFine = {200, 200, 200};
// Of a client who asks for a job: its own, another's, none.
constexpr Codes kOwn = {200, 403, 404};
constexpr Codes kUnknown = {404, 404, 404};
constexpr Codes kNoHash = {400, 400, 400};
// Who sees the jobs of all.
constexpr Codes kAll = {200, 200, 404};

std::string bare(const Head& head, const std::string& /*job*/) { return bare_frame(head); }
std::string job_query(const Head& head, const std::string& job) {
  return job_query_frame(head, {.job = job});
}
std::string list_query(const Head& head, const std::string& /*job*/) {
  return list_query_frame(head, {.client = "alice"});
}
std::string log_query(const Head& head, const std::string& /*job*/) {
  return log_query_frame(head, {});
}
std::string subscribe(const Head& head, const std::string& job) {
  return subscribe_frame(head, {.job = job});
}
std::string event_query(const Head& head, const std::string& job) {
  return event_query_frame(head, {.job = job});
}
// Of all clients.
std::string list_all(const Head& head, const std::string& /*job*/) {
  return list_query_frame(head, {});
}
std::string subscribe_all(const Head& head, const std::string& job) {
  return subscribe_frame(head, {.client = "", .job = job});
}
std::string event_query_all(const Head& head, const std::string& job) {
  return event_query_frame(head, {.client = "", .job = job});
}
// The same job as the one that is there already, if it is alice's.
std::string submit(const Head& head, const std::string& job) {
  return submit_frame(head, {{.job = job}});
}
std::string accept(const Head& head, const std::string& /*job*/) { return accept_frame(head, {}); }
std::string renew(const Head& head, const std::string& job) {
  return renew_frame(head, {.leases = {{job, 1}}});
}
std::string update(const Head& head, const std::string& job) {
  return update_frame(head, {{{job, 1}, {}}});
}
std::string peek(const Head& head, const std::string& /*job*/) { return peek_frame(head, {}); }
// The datasource is in the head's path, but for /cat.
std::string config(const Head& head, const std::string& /*job*/) {
  return config_frame(head, {.datasource = head.path == "/cat" ? "catalogue" : ""});
}
std::string redrive(const Head& head, const std::string& /*job*/) {
  return redrive_frame(head, {});
}
// Of jobs that have a tag which none has.
std::string bulk(const Head& head, const std::string& /*job*/) {
  return bulk_frame(head, {.where = {.tag = "none"}, .edit = {.priority = 7}});
}
std::string import(const Head& head, const std::string& /*job*/) {
  return import_frame(head, {imported_job("imported")});
}
std::string edit(const Head& head, const std::string& /*job*/) {
  return edit_frame(head, {.priority = 7});
}

// Of alice's, each hour; the name is in the path.
std::string schedule(const Head& head, const std::string& /*job*/) {
  return schedule_frame(
      head, {.every = std::chrono::hours(1), .job = {.request = "1", .client = "alice"}});
}
std::string schedule_query(const Head& head, const std::string& /*job*/) {
  return schedule_query_frame(head, "alice", "run");
}

std::string function(const Head& head, const std::string& /*job*/) {
  return function_frame(head, {.name = "ocr", .version = "1"});
}
// Of none that there is.
std::string function_query(const Head& head, const std::string& /*job*/) {
  return function_query_frame(head, {.name = "unknown"});
}

std::string order_workers(const Head& head, const std::string& /*job*/) {
  return request_frame(head, [](protocol::Request::Builder request) {
    request.getBody().initOrderWorkers().setOrder(protocol::WorkerOrder::WORK);
  });
}
std::string new_code(const Head& head, const std::string& /*job*/) {
  return new_code_frame(head, "python3", "abc");
}
std::string code_query(const Head& head, const std::string& /*job*/) {
  return code_query_frame(head, {});
}

std::string state_query(const Head& head, const std::string& /*job*/) {
  return state_query_frame(head, {.function = "ocr"});
}
std::string change_state(const Head& head, const std::string& /*job*/) {
  return change_state_frame(head, {.function = "ocr", .changes = {{.name = "page", .value = "7"}}});
}

void add_client_rows(std::vector<MatrixRow>& rows) {
  using enum Place;
  using enum Names;
  using enum Effect;
  const std::vector<MatrixRow> own = {
      {kPost, "/*/job", kClient, kInBody, kDoes, {200, 409, 200}, submit},
      {kGet, "/*/job", kClient, kInBody, kTells, kOwn, job_query},
      {kGet, "/*/job/list", kClient, kNone, kTells, kFine, list_query},
      {kGet, "/*/job/count", kClient, kNone, kTells, kFine, list_query},
      {kPost, "/*/job/cancel", kClient, kInBody, kCancels, kOwn, job_query},
      {kGet, "/*/job/+", kClient, kInPath, kTells, kOwn, job_query},
      {kPost, "/*/job/+/cancel", kClient, kInPath, kCancels, kOwn, job_query},
      {kGet, "/*/job/+/log", kClient, kInPath, kTells, kOwn, log_query},
      {kGet, "/*/job/+/explain", kClient, kInPath, kTells, kOwn, job_query},
      // No schedules of these names: the ids are those of jobs.
      {kGet, "/*/job/schedules", kClient, kNone, kTells, kFine, schedule_query},
      {kGet, "/*/job/schedules/+", kClient, kNone, kTells, kUnknown, schedule_query},
      {kPost, "/*/job/schedules/+/pause", kClient, kNone, kDoes, kUnknown, schedule_query},
      {kPost, "/*/job/schedules/+/resume", kClient, kNone, kDoes, kUnknown, schedule_query},
      {kPost, "/*/job/schedules/+/run", kClient, kNone, kDoes, kUnknown, schedule_query},
      {kPost, "/*/job/schedules/+/remove", kClient, kNone, kDoes, kUnknown, schedule_query},
      {kPost, "/*/job/schedules/+", kClient, kNone, kDoes, kFine, schedule},
      {kGet, "/*/job/functions", kClient, kNone, kTells, kFine, function_query},
      {kPost, "/*/job/events", kClient, kNone, kTells, kFine, subscribe},
      {kPost, "/*/job/events", kClient, kInBody, kTells, kOwn, subscribe},
      {kPost, "/sub/*/job", kClient, kNone, kTells, kFine, subscribe},
      {kPost, "/sub/*/job", kClient, kInBody, kTells, kOwn, subscribe},
      {kPost, "/*/job/+/events", kClient, kInPath, kTells, kOwn, subscribe},
      {kGet, "/*/job/events", kClient, kNone, kTells, kFine, event_query},
      {kGet, "/*/job/events", kClient, kInBody, kTells, kOwn, event_query},
      {kGet, "/*/job/+/events", kClient, kInPath, kTells, kOwn, event_query},
  };
  rows.insert(rows.end(), own.begin(), own.end());
}

void add_driver_rows(std::vector<MatrixRow>& rows) {
  using enum Place;
  using enum Names;
  using enum Effect;
  const Codes unheld = {kNoLease, kNoLease, kNoLease};
  const std::vector<MatrixRow> drivers = {
      {kPost, "/jobs/*/accept", kDriver, kNone, kDoes, kFine, accept},
      {kPost, "/jobs/*/renew", kDriver, kInBody, kChanges, {409, 409, 409}, renew},
      {kPost, "/jobs/*/update", kDriver, kInBody, kChanges, unheld, update},
      {kPost, "/jobs/*/job/+", kDriver, kInPath, kChanges, unheld, update},
      {kGet, "/jobs/*/job/+", kDriver, kInPath, kTells, kAll, job_query},
      {kPost, "/jobs/*/job/+/cancel", kDriver, kInPath, kCancels, kAll, job_query},
      {kGet, "/jobs/*/job/+/log", kDriver, kInPath, kTells, kAll, log_query},
      {kGet, "/jobs/*/job/+/explain", kDriver, kInPath, kTells, kAll, job_query},
      {kGet, "/jobs/*/list", kDriver, kNone, kTells, kFine, list_all},
      {kGet, "/jobs/*/count", kDriver, kNone, kTells, kFine, list_all},
      {kPost, "/jobs/*/events", kDriver, kNone, kTells, kFine, subscribe_all},
      {kPost, "/jobs/*/events", kDriver, kInBody, kTells, kAll, subscribe_all},
      {kPost, "/sub/*/jobs", kDriver, kNone, kTells, kFine, subscribe_all},
      {kPost, "/sub/*/jobs", kDriver, kInBody, kTells, kAll, subscribe_all},
      {kPost, "/jobs/*/job/+/events", kDriver, kInPath, kTells, kAll, subscribe_all},
      {kGet, "/jobs/*/events", kDriver, kNone, kTells, kFine, event_query_all},
      {kGet, "/jobs/*/events", kDriver, kInBody, kTells, kAll, event_query_all},
      {kGet, "/jobs/*/job/+/events", kDriver, kInPath, kTells, kAll, event_query_all},
      {kGet, "/jobs/*/peek", kDriver, kNone, kTells, kFine, peek},
      {kGet, "/jobs/*/latest", kDriver, kNone, kTells, kFine, bare},
      {kGet, "/jobs/*/since/#", kDriver, kNone, kTells, kFine, list_all},
      {kGet, "/jobs/*/schedules", kDriver, kNone, kTells, kFine, bare},
      {kGet, "/jobs/*/schedules/+", kDriver, kNone, kTells, kUnknown, bare},
      {kPost, "/jobs/*/functions", kDriver, kNone, kDoes, kFine, function},
      {kGet, "/jobs/*/functions", kDriver, kNone, kTells, kFine, bare},
      {kPost, "/jobs/*/functions/remove", kDriver, kNone, kDoes, kUnknown, function_query},
      // No hashes: the ids are those of jobs.
      {kPost, "/jobs/*/code/+", kCode, kNone, kDoes, kNoHash, new_code},
      {kGet, "/jobs/*/code/+", kCode, kNone, kTells, kNoHash, bare},
      {kGet, "/jobs/*/code/list", kCode, kNone, kTells, kFine, code_query},
      {kPost, "/jobs/*/code/+/remove", kDriver, kNone, kDoes, kNoHash, bare},
      {kGet, "/jobs/*/state", kDriver, kNone, kTells, kFine, state_query},
      {kPost, "/jobs/*/state", kDriver, kNone, kDoes, kFine, change_state},
      {kGet, "/jobs/*/config", kDriver, kNone, kTells, kFine, bare},
      {kPost, "/jobs/*/config", kDriver, kNone, kDoes, kFine, config},
      {kGet, "/jobs/*/stats", kDriver, kNone, kTells, kFine, bare},
      {kGet, "/jobs/*/workers", kDriver, kNone, kTells, kFine, bare},
      {kGet, "/jobs/*/history", kDriver, kNone, kTells, kFine, bare},
      {kGet, "/cat", kCatalogue, kNone, kTells, kFine, bare},
      {kPost, "/cat", kCatalogue, kNone, kDoes, kFine, config},
  };
  rows.insert(rows.end(), drivers.begin(), drivers.end());
}

void add_operator_rows(std::vector<MatrixRow>& rows) {
  using enum Place;
  using enum Names;
  using enum Effect;
  const std::vector<MatrixRow> operators = {
      {kGet, "/admin/stats", kStore, kNone, kTells, kFine, bare},
      {kGet, "/admin/datasources", kStore, kNone, kTells, kFine, bare},
      {kGet, "/admin/*/stats", kOperator, kNone, kTells, kFine, bare},
      {kGet, "/admin/*/workers", kOperator, kNone, kTells, kFine, bare},
      {kPost, "/admin/*/workers", kOperator, kNone, kDoes, kFine, order_workers},
      {kGet, "/admin/*/history", kOperator, kNone, kTells, kFine, bare},
      {kGet, "/admin/*/config", kOperator, kNone, kTells, kFine, bare},
      {kPost, "/admin/*/config", kOperator, kNone, kDoes, kFine, config},
      {kGet, "/admin/*/code/list", kOperator, kNone, kTells, kFine, code_query},
      {kPost, "/admin/*/code/+/remove", kOperator, kNone, kDoes, kNoHash, bare},
      {kGet, "/admin/*/state", kOperator, kNone, kTells, kFine, state_query},
      {kPost, "/admin/*/pause", kOperator, kNone, kDoes, kFine, bare},
      {kPost, "/admin/*/resume", kOperator, kNone, kDoes, kFine, bare},
      {kPost, "/admin/*/drain", kOperator, kNone, kDoes, kFine, bare},
      // It has jobs.
      {kPost, "/admin/*/drop", kOperator, kNone, kDoes, {409, 409, 409}, bare},
      {kPost, "/admin/*/redrive", kOperator, kNone, kDoes, kFine, redrive},
      {kPost, "/admin/*/cancel", kOperator, kNone, kDoes, kFine, bulk},
      {kPost, "/admin/*/edit", kOperator, kNone, kDoes, kFine, bulk},
      {kPost, "/admin/*/remove", kOperator, kNone, kDoes, kFine, bulk},
      {kPost, "/admin/*/restart", kOperator, kNone, kDoes, kFine, bulk},
      {kGet, "/admin/*/export", kOperator, kNone, kTells, kFine, list_all},
      {kPost, "/admin/*/import", kOperator, kNone, kDoes, kFine, import},
      {kGet, "/admin/*/schedules", kOperator, kNone, kTells, kFine, bare},
      {kGet, "/admin/*/schedules/+", kOperator, kNone, kTells, kUnknown, bare},
      {kPost, "/admin/*/schedules/+/pause", kOperator, kNone, kDoes, kUnknown, bare},
      {kPost, "/admin/*/schedules/+/resume", kOperator, kNone, kDoes, kUnknown, bare},
      {kPost, "/admin/*/schedules/+/remove", kOperator, kNone, kDoes, kUnknown, bare},
      {kPost, "/admin/*/job/+/remove", kOperator, kInPath, kChanges, kAll, bare, true},
      {kPost, "/admin/*/job/+/restart", kOperator, kInPath, kDoes, kAll, bare, true},
      {kPost, "/admin/*/job/+/edit", kOperator, kInPath, kChanges, kAll, edit},
      {kPost, "/admin/workers", kStore, kNone, kDoes, kFine, order_workers},
      {kPost, "/admin/pause", kStore, kNone, kDoes, kFine, bare},
      {kPost, "/admin/resume", kStore, kNone, kDoes, kFine, bare},
      // No tokens or keys of these names: the ids are those of jobs.
      {kGet, "/admin/tokens", kStore, kNone, kTells, kFine, bare},
      {kPost, "/admin/tokens/+/revoke", kStore, kInPath, kDoes, kFine, bare},
      {kGet, "/admin/keys", kStore, kNone, kTells, kFine, bare},
      {kPost, "/admin/keys", kStore, kNone, kDoes, kFine, bare},
      {kPost, "/admin/keys/+/retire", kStore, kInPath, kDoes, {404, 404, 404}, bare},
      // Of a store that makes none.
      {kPost, "/admin/backups/+", kStore, kInPath, kDoes, {404, 404, 404}, bare},
      {kGet, "/status", kOpen, kNone, kTells, kFine, bare},
      {kGet, "/uptime", kOpen, kNone, kTells, kFine, bare},
  };
  rows.insert(rows.end(), operators.begin(), operators.end());
}

}  // namespace

std::vector<MatrixRow> matrix_rows() {
  std::vector<MatrixRow> rows;
  add_client_rows(rows);
  add_driver_rows(rows);
  add_operator_rows(rows);
  return rows;
}

}  // namespace wire
