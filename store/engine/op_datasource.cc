// What a datasource is told and says of itself.
#include <algorithm>

#include "turn.h"

namespace store {
namespace {

constexpr std::size_t kLeasesShownMax = 100;          // of one worker
constexpr std::size_t kLeasesShownOfAllMax = 10'000;  // so that the reply fits into a frame

Refused unknown_datasource() { return {Code::kNotFound, "datasource: unknown"}; }

ConfigReply config_of(const Datasource& datasource) {
  return {datasource.name, datasource.config, datasource.mode};
}

void add(Counters& sum, const Counters& more) {
  sum.submitted += more.submitted;
  sum.runs += more.runs;
  sum.complete += more.complete;
  sum.failed += more.failed;
  sum.cancelled += more.cancelled;
  sum.forbidden += more.forbidden;
  sum.errors += more.errors;
  sum.releases += more.releases;
  sum.waited += more.waited;
  sum.ran += more.ran;
}

Time submitted_at(const Turn& turn, Slot slot) {
  return slot == kNoSlot ? Time{} : turn.state.jobs.at(slot).submitted_at;
}

Time oldest_ready(const Turn& turn, const Datasource& datasource, const std::string& function) {
  const auto indexes = function.empty() ? std::vector<NameIndex>{kNoSlot}
                                        : turn.state.names.find_functions({function});
  return indexes.empty() ? Time{} : submitted_at(turn, datasource.ready.oldest(indexes));
}

DatasourceStats stats_of(const Turn& turn, DatasourceIndex index, bool with_functions) {
  const Datasource& datasource = turn.state.datasource(index);
  DatasourceStats stats{
      .datasource = datasource.name,
      .mode = datasource.mode,
      .ready = datasource.ready.size(),
      .delayed = datasource.waiting - datasource.ready.size(),
      .running = datasource.running,
      .finished = datasource.jobs.size() - datasource.waiting - datasource.running,
      .clients = datasource.jobs_of_client.size(),
      .workers_waiting = turn.waiters.accept_count(index),
      .oldest_ready = submitted_at(turn, datasource.ready.oldest()),
      .total = {},
      .functions = {}};
  for (const auto& [name, counts] : datasource.functions) {
    add(stats.total, counts.total);
    if (with_functions) {
      stats.functions.push_back({.function = name,
                                 .waiting = counts.waiting,
                                 .running = counts.running,
                                 .oldest_ready = oldest_ready(turn, datasource, name),
                                 .total = counts.total});
    }
  }
  return stats;
}

}  // namespace

Reply apply(Turn& turn, const GetConfig& command) {
  const auto index = turn.state.find_datasource(command.datasource);
  return index ? Reply(config_of(turn.state.datasource(*index))) : unknown_datasource();
}

// Without weights and costs, of which there may be many.
Reply apply(Turn& turn, const ListConfigs&) {
  ConfigsReply reply;
  for (DatasourceIndex i = 0; i < turn.state.datasource_count(); ++i) {
    reply.configs.push_back(config_of(turn.state.datasource(i)));
    reply.configs.back().config.weights.clear();
    reply.configs.back().config.costs.clear();
  }
  return reply;
}

Reply apply(Turn& turn, Configure& command) {
  const auto index = turn.datasource(command.datasource);
  if (!index) {
    return turn.too_many_datasources();
  }
  const Datasource& datasource = turn.state.datasource(*index);
  if (datasource.config != command.config) {
    turn.record({.datasource = *index}, Configured{std::move(command.config)});
  }
  return config_of(datasource);
}

Reply apply(Turn& turn, const SetMode& command) {
  const auto index = turn.state.find_datasource(command.datasource);
  if (!index) {
    return unknown_datasource();
  }
  const Datasource& datasource = turn.state.datasource(*index);
  if (datasource.mode != command.mode) {
    turn.record({.datasource = *index}, ModeSet{command.mode});
  }
  return config_of(datasource);
}

Reply apply(Turn& turn, const GetDatasourceStats& command) {
  DatasourcesReply reply;
  if (command.datasource.empty()) {
    for (DatasourceIndex i = 0; i < turn.state.datasource_count(); ++i) {
      reply.datasources.push_back(stats_of(turn, i, false));
    }
    return reply;
  }
  const auto index = turn.state.find_datasource(command.datasource);
  if (!index) {
    return unknown_datasource();
  }
  reply.datasources.push_back(stats_of(turn, *index, true));
  return reply;
}

Reply apply(Turn& turn, const ListWorkers& command) {
  const auto index = turn.state.find_datasource(command.datasource);
  if (!index) {
    return unknown_datasource();
  }
  std::map<std::string, WorkersReply::Worker, std::less<>> workers;
  for (const auto& [name, worker] : turn.state.datasource(*index).workers.all()) {
    workers[name].heard_at = worker.spoke_at;
  }
  for (const Accept* accept : turn.waiters.accepts(*index)) {
    workers[accept->worker].is_waiting = true;
    workers[accept->worker].heard_at = turn.now;
  }
  std::vector<const Job*> running;
  for (const Slot slot : turn.state.jobs.leases().slots()) {
    if (turn.state.jobs.at(slot).key.datasource == *index) {
      running.push_back(&turn.state.jobs.at(slot));
    }
  }
  std::sort(running.begin(), running.end(), [](const Job* a, const Job* b) {
    return std::pair(a->accepted_at, a->key) < std::pair(b->accepted_at, b->key);
  });
  std::size_t shown = 0;
  for (const Job* job : running) {
    WorkersReply::Worker& worker = workers[std::string(turn.state.names.worker_of(*job))];
    ++worker.running;
    if (worker.jobs.size() < kLeasesShownMax && shown < kLeasesShownOfAllMax) {
      worker.jobs.push_back(view_of(turn.state, *job));
      ++shown;
    }
  }
  WorkersReply reply;
  for (auto& [name, worker] : workers) {
    worker.name = name;
    reply.workers.push_back(std::move(worker));
  }
  return reply;
}

}  // namespace store
