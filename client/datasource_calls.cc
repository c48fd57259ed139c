#include "datasource_calls.h"

#include "messages.h"

namespace jobq {

DatasourceConfig ask_config(StoreConnection& store, const std::string& path) {
  return ask_for<DatasourceConfig>(store, {.method = Method::GET, .path = path});
}

DatasourceConfig ask_configure(StoreConnection& store, const std::string& path,
                               const DatasourceConfig& config) {
  return ask_for<DatasourceConfig>(
      store, {.method = Method::POST, .path = path},
      [&](RequestBody body) { wire::write(config, body.initConfig()); });
}

DatasourceConfig ask_mode(StoreConnection& store, const std::string& path) {
  return ask_for<DatasourceConfig>(store, {.method = Method::POST, .path = path});
}

std::vector<DatasourceConfig> ask_configs(StoreConnection& store, const std::string& path) {
  return ask_for<std::vector<DatasourceConfig>>(store, {.method = Method::GET, .path = path});
}

DatasourceStats ask_stats(StoreConnection& store, const std::string& path) {
  DatasourceStats stats;
  store.ask({.method = Method::GET, .path = path}, nothing, [&](protocol::Reply::Reader reply) {
    const auto list = body_of(reply, Body::DATASOURCES).getDatasources();
    require_size(list.size(), 1);
    stats = to<DatasourceStats>(list[0]);
  });
  return stats;
}

std::vector<DatasourceStats> ask_all_stats(StoreConnection& store, const std::string& path) {
  return ask_for<std::vector<DatasourceStats>>(store, {.method = Method::GET, .path = path});
}

std::vector<WorkerStatus> ask_workers(StoreConnection& store, const std::string& path) {
  return ask_for<std::vector<WorkerStatus>>(store, {.method = Method::GET, .path = path});
}

}  // namespace jobq
