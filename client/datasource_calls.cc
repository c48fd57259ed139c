#include "datasource_calls.h"

#include "messages.h"

namespace jobq {
namespace {

using Body = protocol::Reply::Body;
using protocol::Method;

static_assert(static_cast<int>(Mode::kDraining) == static_cast<int>(protocol::Mode::DRAINING));

DatasourceConfig to_config(protocol::DatasourceConfig::Reader config) {
  const auto to_weight = [](protocol::Weight::Reader weight) {
    return Weight{.client = to_string(weight.getClient()), .weight = weight.getWeight()};
  };
  const auto to_cost = [](protocol::Cost::Reader cost) {
    return Cost{.function = to_string(cost.getFunction()), .cost = cost.getCost()};
  };
  return {.datasource = to_string(config.getDatasource()),
          .description = to_string(config.getDescription()),
          .priority = config.getPriority(),
          .terms = to_terms(config.getTerms()),
          .lease = to_span(config.getLeaseMs()),
          .cancel_grace = to_span(config.getCancelGraceMs()),
          .waiting_max = config.getWaitingMax(),
          .waiting_per_client_max = config.getWaitingPerClientMax(),
          .running_max = config.getRunningMax(),
          .weights = to_vector(config.getWeights(), to_weight),
          .costs = to_vector(config.getCosts(), to_cost),
          .mode = to_word(config.getMode(), Mode::kDraining)};
}

void fill(protocol::DatasourceConfig::Builder out, const DatasourceConfig& config) {
  out.setDatasource(to_text(config.datasource));
  out.setDescription(to_text(config.description));
  out.setPriority(to_8_bits(config.priority));
  fill(out.initTerms(), config.terms);
  out.setLeaseMs(to_ms32(config.lease));
  out.setCancelGraceMs(to_ms32(config.cancel_grace));
  out.setWaitingMax(config.waiting_max);
  out.setWaitingPerClientMax(config.waiting_per_client_max);
  out.setRunningMax(config.running_max);
  auto weights = out.initWeights(static_cast<unsigned>(config.weights.size()));
  for (unsigned i = 0; i < weights.size(); ++i) {
    weights[i].setClient(to_text(config.weights[i].client));
    weights[i].setWeight(config.weights[i].weight);
  }
  auto costs = out.initCosts(static_cast<unsigned>(config.costs.size()));
  for (unsigned i = 0; i < costs.size(); ++i) {
    costs[i].setFunction(to_text(config.costs[i].function));
    costs[i].setCost(config.costs[i].cost);
  }
  out.setMode(static_cast<protocol::Mode>(config.mode));
}

Counters to_counters(protocol::Counters::Reader counters) {
  return {.submitted = counters.getSubmitted(),
          .runs = counters.getRuns(),
          .complete = counters.getComplete(),
          .failed = counters.getFailed(),
          .cancelled = counters.getCancelled(),
          .forbidden = counters.getForbidden(),
          .errors = counters.getErrors(),
          .releases = counters.getReleases(),
          .waited = to_span(counters.getWaitMs()),
          .ran = to_span(counters.getRunMs())};
}

DatasourceStats to_stats(protocol::DatasourceStats::Reader stats) {
  const auto to_function = [](protocol::FunctionStats::Reader function) {
    return FunctionStats{.function = to_string(function.getFunction()),
                         .waiting = function.getWaiting(),
                         .running = function.getRunning(),
                         .oldest_ready_at = to_time(function.getOldestReadyAt()),
                         .total = to_counters(function.getTotal())};
  };
  return {.datasource = to_string(stats.getDatasource()),
          .mode = to_word(stats.getMode(), Mode::kDraining),
          .ready = stats.getReady(),
          .delayed = stats.getDelayed(),
          .running = stats.getRunning(),
          .finished = stats.getFinished(),
          .clients = stats.getClients(),
          .workers_waiting = stats.getWorkersWaiting(),
          .oldest_ready_at = to_time(stats.getOldestReadyAt()),
          .total = to_counters(stats.getTotal()),
          .functions = to_vector(stats.getFunctions(), to_function)};
}

WorkerStatus to_worker(protocol::WorkerStatus::Reader worker) {
  const auto to_running = [](protocol::RunningJob::Reader job) {
    return RunningJob{.lease = to_lease(job.getLease()),
                      .function = to_string(job.getFunction()),
                      .accepted_at = to_time(job.getAcceptedAt()),
                      .lease_until = to_time(job.getLeaseUntil()),
                      .progress = job.getProgress()};
  };
  return {.worker = to_string(worker.getWorker()),
          .heard_at = to_time(worker.getHeardAt()),
          .is_waiting = worker.getIsWaiting(),
          .running = worker.getRunning(),
          .leases = to_vector(worker.getLeases(), to_running)};
}

void nothing(protocol::Request::Body::Builder) {}

}  // namespace

DatasourceConfig ask_config(StoreConnection& store, const std::string& path) {
  DatasourceConfig config;
  store.ask({.method = Method::GET, .path = path}, nothing, [&](protocol::Reply::Reader reply) {
    config = to_config(body_of(reply, Body::CONFIG).getConfig());
  });
  return config;
}

DatasourceConfig ask_configure(StoreConnection& store, const std::string& path,
                               const DatasourceConfig& config) {
  DatasourceConfig result;
  store.ask(
      {.method = Method::POST, .path = path},
      [&](protocol::Request::Body::Builder body) { fill(body.initConfig(), config); },
      [&](protocol::Reply::Reader reply) {
        result = to_config(body_of(reply, Body::CONFIG).getConfig());
      });
  return result;
}

DatasourceConfig ask_mode(StoreConnection& store, const std::string& path) {
  DatasourceConfig config;
  store.ask({.method = Method::POST, .path = path}, nothing, [&](protocol::Reply::Reader reply) {
    config = to_config(body_of(reply, Body::CONFIG).getConfig());
  });
  return config;
}

std::vector<DatasourceConfig> ask_configs(StoreConnection& store, const std::string& path) {
  std::vector<DatasourceConfig> configs;
  store.ask({.method = Method::GET, .path = path}, nothing, [&](protocol::Reply::Reader reply) {
    configs = to_vector(body_of(reply, Body::CONFIGS).getConfigs(), to_config);
  });
  return configs;
}

DatasourceStats ask_stats(StoreConnection& store, const std::string& path) {
  DatasourceStats stats;
  store.ask({.method = Method::GET, .path = path}, nothing, [&](protocol::Reply::Reader reply) {
    const auto list = body_of(reply, Body::DATASOURCES).getDatasources();
    require_size(list.size(), 1);
    stats = to_stats(list[0]);
  });
  return stats;
}

std::vector<DatasourceStats> ask_all_stats(StoreConnection& store, const std::string& path) {
  std::vector<DatasourceStats> stats;
  store.ask({.method = Method::GET, .path = path}, nothing, [&](protocol::Reply::Reader reply) {
    stats = to_vector(body_of(reply, Body::DATASOURCES).getDatasources(), to_stats);
  });
  return stats;
}

std::vector<WorkerStatus> ask_workers(StoreConnection& store, const std::string& path) {
  std::vector<WorkerStatus> workers;
  store.ask({.method = Method::GET, .path = path}, nothing, [&](protocol::Reply::Reader reply) {
    workers = to_vector(body_of(reply, Body::WORKERS).getWorkers(), to_worker);
  });
  return workers;
}

}  // namespace jobq
