// Questions about datasources, which drivers ask below /jobs/<DSID> and operators below
// /admin/<DSID>. Internal to the client and driver libraries.
#pragma once

#include <string>
#include <vector>

#include "connection.h"
#include "jobq/datasources.h"

namespace jobq {

// `path` is that of the operation, "/jobs/scan/config".
DatasourceConfig ask_config(StoreConnection& store, const std::string& path);
DatasourceConfig ask_configure(StoreConnection& store, const std::string& path,
                               const DatasourceConfig& config);
// pause, resume, drain
DatasourceConfig ask_mode(StoreConnection& store, const std::string& path);
std::vector<DatasourceConfig> ask_configs(StoreConnection& store, const std::string& path);
DatasourceStats ask_stats(StoreConnection& store, const std::string& path);
std::vector<DatasourceStats> ask_all_stats(StoreConnection& store, const std::string& path);
std::vector<WorkerStatus> ask_workers(StoreConnection& store, const std::string& path);

}  // namespace jobq
