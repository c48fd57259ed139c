// What an operator can ask, for jobq::AsyncClient (async.h): the calls of jobq::Admin (admin.h),
// with the same arguments and answers.
#pragma once

#include <string>
#include <vector>

#include "jobq/datasources.h"
#include "jobq/function_state.h"
#include "jobq/history.h"
#include "jobq/operators.h"
#include "jobq/request.h"
#include "jobq/types.h"

namespace jobq {

struct TokenPage {
  std::vector<TokenUse> tokens{};
  bool is_end = false;  // there are no more behind the last
};

namespace admin_requests {

Request<DatasourceConfig> pause(const std::string& datasource);
Request<DatasourceConfig> resume(const std::string& datasource);
Request<DatasourceConfig> drain(const std::string& datasource);
Request<DatasourceConfig> config(const std::string& datasource);
Request<DatasourceConfig> configure(const DatasourceConfig& config);
// Answered with how it was configured.
Request<DatasourceConfig> drop(const std::string& datasource);
Request<DatasourceStats> stats(const std::string& datasource);
Request<std::vector<DatasourceStats>> stats();
Request<std::vector<WorkerStatus>> workers(const std::string& datasource);
Request<StatePage> state(const std::string& datasource, const StateQuery& query);
Request<HistoryPage> history(const std::string& datasource, const HistoryQuery& query);
// Answered with the job as it was.
Request<JobStatus> remove(const std::string& datasource, const std::string& job,
                          bool is_forced = false);
Request<BulkStep> cancel_all(const std::string& datasource, const BulkQuery& query);
Request<BulkStep> edit_all(const std::string& datasource, const BulkQuery& query);
Request<BulkStep> remove_all(const std::string& datasource, const BulkQuery& query);
Request<BulkStep> restart_all(const std::string& datasource, const BulkQuery& query);
// `datasource`, `worker`: empty: all.
Request<StoreMode> order_workers(const std::string& datasource, const std::string& worker,
                                 WorkerOrder order);
Request<StoreMode> pause_store();
Request<StoreMode> resume_store();
// A request that is started again must name the new job, or makes another.
Request<JobStatus> restart(const std::string& datasource, const std::string& job,
                           const std::string& new_job = {});
Request<JobStatus> edit(const std::string& datasource, const std::string& job, const Edit& edit);
Request<JobPage> redrive(const std::string& datasource, const RedriveQuery& query);
Request<JobPage> export_jobs(const std::string& datasource, const ListQuery& query);
Request<std::vector<SubmitResult>> import_jobs(const std::string& datasource,
                                               std::vector<JobStatus> jobs);
// Those behind this identifier; empty: from the first one.
Request<TokenPage> tokens(const std::string& after = {});
Request<TokenUse> revoke(const std::string& token_id, Time until = {});
Request<Backup> make_backup(const std::string& name);
Request<RootKeyIds> root_keys();
Request<RootKeyIds> new_root_key();
Request<RootKeyIds> retire_root_key(const std::string& id);

}  // namespace admin_requests
}  // namespace jobq
