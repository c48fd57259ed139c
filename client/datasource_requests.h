// Questions about datasources, which drivers ask below /jobs/<DSID> and operators below
// /admin/<DSID>. Internal to the client and driver libraries.
#pragma once

#include <string>
#include <vector>

#include "jobq/datasources.h"
#include "jobq/history.h"
#include "jobq/request.h"

namespace jobq {

Request<DatasourceConfig> config_request(const std::string& path);
Request<DatasourceConfig> configure_request(const std::string& path,
                                            const DatasourceConfig& config);
// `path`: of an operation that changes the mode
Request<DatasourceConfig> mode_request(const std::string& path);
Request<std::vector<DatasourceConfig>> configs_request(const std::string& path);
Request<DatasourceStats> stats_request(const std::string& path);
Request<std::vector<DatasourceStats>> all_stats_request(const std::string& path);
Request<std::vector<WorkerStatus>> workers_request(const std::string& path);
Request<HistoryPage> history_request(const std::string& path, const HistoryQuery& query);

}  // namespace jobq
