#include "datasource_requests.h"

#include "messages.h"

namespace jobq {

Request<DatasourceConfig> config_request(const std::string& path) {
  return request<DatasourceConfig>({.path = path});
}

Request<DatasourceConfig> configure_request(const std::string& path,
                                            const DatasourceConfig& config) {
  return request<DatasourceConfig>(
      {.method = Method::POST, .path = path, .fill = [config](RequestBody body) {
         wire::write(config, body.initConfig());
       }});
}

Request<DatasourceConfig> mode_request(const std::string& path) {
  return request<DatasourceConfig>({.method = Method::POST, .path = path});
}

Request<std::vector<DatasourceConfig>> configs_request(const std::string& path) {
  return request<std::vector<DatasourceConfig>>({.path = path});
}

Request<DatasourceStats> stats_request(const std::string& path) {
  return request<DatasourceStats>({.path = path}, [](protocol::Reply::Reader reply) {
    const auto list = body_of(reply, Body::DATASOURCES).getDatasources();
    require_size(list.size(), 1);
    return to<DatasourceStats>(list[0]);
  });
}

Request<std::vector<DatasourceStats>> all_stats_request(const std::string& path) {
  return request<std::vector<DatasourceStats>>({.path = path});
}

Request<std::vector<WorkerStatus>> workers_request(const std::string& path) {
  return request<std::vector<WorkerStatus>>({.path = path});
}

Request<HistoryPage> history_request(const std::string& path, const HistoryQuery& query) {
  return request<HistoryPage>({.path = path, .fill = [query](RequestBody body) {
                                 wire::write(query, body.initHistoryQuery());
                               }});
}

}  // namespace jobq
