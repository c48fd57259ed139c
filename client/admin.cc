#include "jobq/admin.h"

#include <algorithm>
#include <iterator>

#include "connection.h"
#include "datasource_requests.h"
#include "job_requests.h"
#include "jobq/admin_requests.h"
#include "jobq/limits.h"
#include "jobq/requests.h"
#include "messages.h"

namespace jobq {
namespace {

std::string path_of(const std::string& datasource, const std::string& operation) {
  return "/admin/" + datasource_part(datasource) + "/" + operation;
}

std::string path_of(const std::string& datasource, const std::string& job,
                    const std::string& operation) {
  return path_of(datasource, "job/" + job_part(job) + "/" + operation);
}

JobStatus to_restarted(protocol::Reply::Reader reply) {
  const auto list = items_of(reply, Body::SUBMITTED).getSubmitted();
  require_size(list.size(), 1);
  auto result = to<SubmitResult>(list[0]);
  if (result.code != 200) {
    throw Refused(result.code, result.error, result.retry_after);
  }
  return std::move(result.status);
}

Request<BulkStep> bulk_request(const std::string& datasource, const std::string& operation,
                               const BulkQuery& query) {
  return request<BulkStep>(
      {.method = Method::POST,
       .path = path_of(datasource, operation),
       .fill = [query](RequestBody body) { wire::write(query, body.initBulk()); }});
}

constexpr unsigned kTokensAtOnce = limits::kListLimitMax;

Request<RootKeyIds> keys_request(Method method, const std::string& operation) {
  return request<RootKeyIds>({.method = method, .path = "/admin/keys" + operation},
                             [](protocol::Reply::Reader reply) {
                               RootKeyIds ids;
                               for (const auto key : body_of(reply, Body::KEYS).getKeys()) {
                                 ids.push_back(to_string(key.getId()));
                               }
                               return ids;
                             });
}

}  // namespace

namespace admin_requests {

Request<StatePage> state(const std::string& datasource, const StateQuery& query) {
  return request<StatePage>(
      {.path = path_of(datasource, "state"),
       .fill = [query](RequestBody body) { wire::write(query, body.initStateQuery()); }});
}
Request<DatasourceConfig> pause(const std::string& datasource) {
  return mode_request(path_of(datasource, "pause"));
}
Request<DatasourceConfig> resume(const std::string& datasource) {
  return mode_request(path_of(datasource, "resume"));
}
Request<DatasourceConfig> drain(const std::string& datasource) {
  return mode_request(path_of(datasource, "drain"));
}

Request<DatasourceConfig> drop(const std::string& datasource) {
  return mode_request(path_of(datasource, "drop"));
}

Request<DatasourceConfig> config(const std::string& datasource) {
  return config_request(path_of(datasource, "config"));
}
Request<DatasourceConfig> configure(const DatasourceConfig& config) {
  return configure_request(path_of(config.datasource, "config"), config);
}
Request<DatasourceStats> stats(const std::string& datasource) {
  return stats_request(path_of(datasource, "stats"));
}
Request<std::vector<DatasourceStats>> stats() { return all_stats_request("/admin/datasources"); }
Request<std::vector<WorkerStatus>> workers(const std::string& datasource) {
  return workers_request(path_of(datasource, "workers"));
}

Request<HistoryPage> history(const std::string& datasource, const HistoryQuery& query) {
  return history_request(path_of(datasource, "history"), query);
}

Request<JobStatus> remove(const std::string& datasource, const std::string& job, bool is_forced) {
  Question question{.method = Method::POST, .path = path_of(datasource, job, "remove")};
  if (is_forced) {
    question.fill = [](RequestBody body) { body.initBulk().setIsForced(true); };
  }
  return request<JobStatus>(std::move(question));
}

Request<BulkStep> cancel_all(const std::string& datasource, const BulkQuery& query) {
  return bulk_request(datasource, "cancel", query);
}
Request<BulkStep> edit_all(const std::string& datasource, const BulkQuery& query) {
  return bulk_request(datasource, "edit", query);
}
Request<BulkStep> remove_all(const std::string& datasource, const BulkQuery& query) {
  return bulk_request(datasource, "remove", query);
}
Request<BulkStep> restart_all(const std::string& datasource, const BulkQuery& query) {
  return bulk_request(datasource, "restart", query);
}

Request<StoreMode> order_workers(const std::string& datasource, const std::string& worker,
                                 WorkerOrder order) {
  return request<StoreMode>(
      {.method = Method::POST,
       .path = datasource.empty() ? "/admin/workers" : path_of(datasource, "workers"),
       .fill = [worker, order](RequestBody body) {
         auto out = body.initOrderWorkers();
         out.setWorker(wire::text(worker));
         out.setOrder(static_cast<protocol::WorkerOrder>(order));
       }});
}
Request<StoreMode> pause_store() {
  return request<StoreMode>({.method = Method::POST, .path = "/admin/pause"});
}
Request<StoreMode> resume_store() {
  return request<StoreMode>({.method = Method::POST, .path = "/admin/resume"});
}

Request<JobStatus> restart(const std::string& datasource, const std::string& job,
                           const std::string& new_job) {
  return request<JobStatus>(
      {.method = Method::POST,
       .path = path_of(datasource, job, "restart"),
       .fill = [new_job](RequestBody body) { body.initRestart().setJob(wire::text(new_job)); }},
      to_restarted);
}

Request<JobStatus> edit(const std::string& datasource, const std::string& job, const Edit& edit) {
  return request<JobStatus>(
      {.method = Method::POST,
       .path = path_of(datasource, job, "edit"),
       .fill = [edit](RequestBody body) { wire::write(edit, body.initEdit()); }});
}

Request<JobPage> redrive(const std::string& datasource, const RedriveQuery& query) {
  return request<JobPage>(
      {.method = Method::POST,
       .path = path_of(datasource, "redrive"),
       .fill = [query](RequestBody body) { wire::write(query, body.initRedrive()); }},
      [](protocol::Reply::Reader reply) {
        const auto page = body_of(reply, Body::REDRIVEN).getRedriven();
        return JobPage{to_vector<JobStatus>(page.getJobs()), page.getCursor()};
      });
}

Request<JobPage> export_jobs(const std::string& datasource, const ListQuery& query) {
  return list_request(path_of(datasource, "export"), query);
}

Request<std::vector<SubmitResult>> import_jobs(const std::string& datasource,
                                               std::vector<JobStatus> jobs) {
  const std::size_t count = jobs.size();
  Question question{.method = Method::POST, .path = path_of(datasource, "import")};
  question.fill = [jobs = std::move(jobs)](RequestBody body) {
    auto list = body.initImportJobs().initJobs(static_cast<unsigned>(jobs.size()));
    wire::write_list(jobs, list);
  };
  return results_request(std::move(question), count);
}

Request<TokenPage> tokens(const std::string& after) {
  return request<TokenPage>({.path = "/admin/tokens",
                             .fill =
                                 [after](RequestBody body) {
                                   auto out = body.initTokenQuery();
                                   out.setAfter(wire::text(after));
                                   out.setLimit(kTokensAtOnce);
                                 }},
                            [](protocol::Reply::Reader reply) {
                              const auto page = body_of(reply, Body::TOKENS).getTokens();
                              return TokenPage{
                                  .tokens = to_vector<TokenUse>(page.getTokens()),
                                  .is_end = page.getIsEnd() || page.getTokens().size() == 0};
                            });
}

Request<TokenUse> revoke(const std::string& token_id, Time until) {
  return request<TokenUse>(
      {.method = Method::POST,
       .path = "/admin/tokens/" + job_part(token_id) + "/revoke",
       .fill = [until](RequestBody body) { body.initRevoke().setUntil(wire::ms(until)); }},
      [](protocol::Reply::Reader reply) {
        const auto tokens = body_of(reply, Body::TOKENS).getTokens().getTokens();
        require_size(tokens.size(), 1);
        return to<TokenUse>(tokens[0]);
      });
}

Request<Backup> make_backup(const std::string& name) {
  return request<Backup>({.method = Method::POST, .path = "/admin/backups/" + job_part(name)});
}
Request<RootKeyIds> root_keys() { return keys_request(Method::GET, {}); }
Request<RootKeyIds> new_root_key() { return keys_request(Method::POST, {}); }
Request<RootKeyIds> retire_root_key(const std::string& id) {
  return keys_request(Method::POST, "/" + job_part(id) + "/retire");
}

}  // namespace admin_requests

class Admin::Implementation {
 public:
  explicit Implementation(Connection connection) : store(std::move(connection)) {}

  StoreConnection store;
};

Admin::Admin(Connection connection)
    : implementation_(std::make_unique<Implementation>(std::move(connection))) {}
Admin::~Admin() = default;
Admin::Admin(Admin&&) noexcept = default;
Admin& Admin::operator=(Admin&&) noexcept = default;

DatasourceConfig Admin::pause(const std::string& datasource) {
  return implementation_->store.ask(admin_requests::pause(datasource));
}
DatasourceConfig Admin::resume(const std::string& datasource) {
  return implementation_->store.ask(admin_requests::resume(datasource));
}
DatasourceConfig Admin::drain(const std::string& datasource) {
  return implementation_->store.ask(admin_requests::drain(datasource));
}

void Admin::drop(const std::string& datasource) {
  implementation_->store.ask(admin_requests::drop(datasource));
}

DatasourceConfig Admin::config(const std::string& datasource) {
  return implementation_->store.ask(admin_requests::config(datasource));
}
DatasourceConfig Admin::configure(const DatasourceConfig& config) {
  return implementation_->store.ask(admin_requests::configure(config));
}

DatasourceStats Admin::stats(const std::string& datasource) {
  return implementation_->store.ask(admin_requests::stats(datasource));
}
std::vector<DatasourceStats> Admin::stats() {
  return implementation_->store.ask(admin_requests::stats());
}
std::vector<WorkerStatus> Admin::workers(const std::string& datasource) {
  return implementation_->store.ask(admin_requests::workers(datasource));
}

StatePage Admin::state(const std::string& datasource, const StateQuery& query) {
  return implementation_->store.ask(admin_requests::state(datasource, query));
}

HistoryPage Admin::history(const std::string& datasource, const HistoryQuery& query) {
  return implementation_->store.ask(admin_requests::history(datasource, query));
}

void Admin::remove(const std::string& datasource, const std::string& job, bool is_forced) {
  implementation_->store.ask(admin_requests::remove(datasource, job, is_forced));
}
BulkStep Admin::cancel_all(const std::string& datasource, const BulkQuery& query) {
  return implementation_->store.ask(admin_requests::cancel_all(datasource, query));
}
BulkStep Admin::edit_all(const std::string& datasource, const BulkQuery& query) {
  return implementation_->store.ask(admin_requests::edit_all(datasource, query));
}
BulkStep Admin::remove_all(const std::string& datasource, const BulkQuery& query) {
  return implementation_->store.ask(admin_requests::remove_all(datasource, query));
}
BulkStep Admin::restart_all(const std::string& datasource, const BulkQuery& query) {
  return implementation_->store.ask(admin_requests::restart_all(datasource, query));
}

StoreMode Admin::order_workers(const std::string& datasource, const std::string& worker,
                               WorkerOrder order) {
  return implementation_->store.ask(admin_requests::order_workers(datasource, worker, order));
}
StoreMode Admin::pause_store() { return implementation_->store.ask(admin_requests::pause_store()); }
StoreMode Admin::resume_store() {
  return implementation_->store.ask(admin_requests::resume_store());
}
JobStatus Admin::restart(const std::string& datasource, const std::string& job,
                         const std::string& new_job) {
  return implementation_->store.ask(admin_requests::restart(datasource, job, new_job));
}
JobStatus Admin::edit(const std::string& datasource, const std::string& job, const Edit& edit) {
  return implementation_->store.ask(admin_requests::edit(datasource, job, edit));
}
JobPage Admin::redrive(const std::string& datasource, const RedriveQuery& query) {
  return implementation_->store.ask(admin_requests::redrive(datasource, query));
}

JobPage Admin::export_jobs(const std::string& datasource, const ListQuery& query) {
  return implementation_->store.ask(admin_requests::export_jobs(datasource, query));
}
std::vector<SubmitResult> Admin::import_jobs(const std::string& datasource,
                                             std::vector<JobStatus> jobs) {
  return implementation_->store.ask(admin_requests::import_jobs(datasource, std::move(jobs)));
}

std::vector<TokenUse> Admin::tokens() {
  std::vector<TokenUse> all;
  for (bool is_end = false; !is_end;) {
    TokenPage page = implementation_->store.ask(
        admin_requests::tokens(all.empty() ? std::string() : all.back().id));
    std::move(page.tokens.begin(), page.tokens.end(), std::back_inserter(all));
    is_end = page.is_end;
  }
  return all;
}
TokenUse Admin::revoke(const std::string& token_id, Time until) {
  return implementation_->store.ask(admin_requests::revoke(token_id, until));
}

RootKeyIds Admin::root_keys() { return implementation_->store.ask(admin_requests::root_keys()); }
RootKeyIds Admin::new_root_key() {
  return implementation_->store.ask(admin_requests::new_root_key());
}
RootKeyIds Admin::retire_root_key(const std::string& id) {
  return implementation_->store.ask(admin_requests::retire_root_key(id));
}

Backup Admin::make_backup(const std::string& name) {
  return implementation_->store.ask(admin_requests::make_backup(name));
}

StoreStats Admin::store_stats() { return implementation_->store.ask(requests::store_stats()); }

}  // namespace jobq
