// What a datasource is told and says of itself.
#include <algorithm>

#include "model.h"
#include "words.h"

namespace store::sim {

using Kind = jobq::RequestRecord::Kind;

Model::Answered Model::on(const GetConfig& get) {
  const ModelDatasource& datasource = asked_datasource(get.datasource);
  DatasourceConfig config = datasource.config;
  config.datasource = datasource.name;
  config.mode = datasource.mode;
  return config;
}

Model::Answered Model::on(const ListConfigs&) {
  ConfigsReply reply;
  for (const ModelDatasource& datasource : datasources_) {
    if (datasource.name.empty()) {
      continue;  // it was dropped
    }
    auto config = std::get<DatasourceConfig>(*on(GetConfig{datasource.name}));
    config.weights.clear();
    config.costs.clear();
    config.function_limits.clear();
    config.function_rates.clear();
    reply.configs.push_back(std::move(config));
  }
  return reply;
}

namespace {

// A registration leaves alone what it does not speak of.
DatasourceConfig registered(DatasourceConfig config, const DatasourceConfig& said) {
  const auto take = [](auto& value, const auto& other) {
    if (other != std::remove_cvref_t<decltype(other)>()) {
      value = other;
    }
  };
  take(config.description, said.description);
  take(config.priority, said.priority);
  take(config.terms.keep_for, said.terms.keep_for);
  take(config.terms.valid_for, said.terms.valid_for);
  take(config.terms.timeout, said.terms.timeout);
  take(config.terms.failures_max, said.terms.failures_max);
  take(config.terms.lost_leases_max, said.terms.lost_leases_max);
  take(config.terms.releases_max, said.terms.releases_max);
  take(config.terms.backoff, said.terms.backoff);
  take(config.lease, said.lease);
  take(config.cancel_grace, said.cancel_grace);
  take(config.waiting_max, said.waiting_max);
  take(config.waiting_per_client_max, said.waiting_per_client_max);
  take(config.running_max, said.running_max);
  take(config.key_running_max, said.key_running_max);
  take(config.weights, said.weights);
  take(config.costs, said.costs);
  take(config.function_limits, said.function_limits);
  take(config.start_rate, said.start_rate);
  take(config.function_rates, said.function_rates);
  take(config.key_start_rate, said.key_start_rate);
  take(config.ageing, said.ageing);
  take(config.item, said.item);
  take(config.is_strict, said.is_strict);
  take(config.terms.keep_failed_for, said.terms.keep_failed_for);
  take(config.terms.keep_cancelled_for, said.terms.keep_cancelled_for);
  take(config.terms.keep_forbidden_for, said.terms.keep_forbidden_for);
  take(config.terms.slow_after, said.terms.slow_after);
  take(config.terms.stall_after, said.terms.stall_after);
  take(config.terms.stall_fails, said.terms.stall_fails);
  take(config.terms.defer_max, said.terms.defer_max);
  take(config.terms.labels, said.terms.labels);
  return config;
}

}  // namespace

Model::Answered Model::on(const Configure& configure) {
  const ModelDatasource* there = find(configure.datasource);
  const DatasourceConfig before = there == nullptr ? DatasourceConfig() : there->config;
  DatasourceConfig after =
      configure.registers ? registered(before, configure.config) : configure.config;
  if (after.item.empty()) {
    after.item = before.item;
  }
  require_room_for_config(there, after);
  ModelDatasource& configured = found_or_made(configure.datasource);
  const bool regroups = configured.config.key_running_max != after.key_running_max;
  configured.config = after;
  for (ModelJob& job : configured.jobs) {
    const bool was_ready = job.is_ready();
    job.is_held = job.is_held || (regroups && !job.content.turn_key.empty());
    if (was_ready && !job.is_ready()) {
      leave_ring(configured, job);
    }
  }
  settle_keys(configured);
  if (configured.ageing != after.ageing) {
    configured.ageing = after.ageing;
    configured.rings.clear();
    for (const ModelJob& job : configured.jobs) {
      job.is_ready() ? enter_ring(job) : void();
    }
  }
  return on(GetConfig{configure.datasource});
}

Model::Answered Model::on(const SetMode& set) {
  Mode& mode = asked_datasource(set.datasource).mode;
  const int both = static_cast<int>(mode) | static_cast<int>(set.mode);
  mode = set.mode == Mode::kRunning ? Mode::kRunning : static_cast<Mode>(both);
  return on(GetConfig{set.datasource});
}

// At the next tick, as a removal.
Model::Answered Model::on(const DropDatasource& drop) {
  return park({.awaited = Awaited::kRemoval, .request = request_, .removal = drop});
}

Reply Model::removal(const DropDatasource& drop) {
  ModelDatasource& datasource = asked_datasource(drop.datasource);
  if (!datasource.jobs.empty()) {
    throw Refused{Code::kConflict, "has jobs", {}};
  }
  const Reply config = *on(GetConfig{drop.datasource});
  const auto is_of = [&](const Waiter& waiter) {
    return waiter.awaited != Awaited::kRemoval && waiter.datasource == datasource.index;
  };
  for (const Waiter& waiter : waiters_) {
    if (is_of(waiter)) {
      answer(waiter.request, Refused{Code::kNotFound, "dropped", {}});
    }
  }
  std::erase_if(waiters_, is_of);
  std::erase_if(schedules_,
                [&](const ModelSchedule& any) { return any.datasource == datasource.index; });
  const DatasourceIndex index = datasource.index;
  const Sequence last = datasource.last_sequence;
  datasource = ModelDatasource();
  datasource.index = index;
  datasource.last_sequence = datasource.last_at_start = last;
  datasource.oldest_event = last + 1;
  dropped_.emplace(index, token_);
  return config;
}

Model::Answered Model::on(const Peek& peek) {
  RequestsReply reply;
  ModelDatasource* datasource = find(peek.datasource);
  // Also while it is paused: who asks wants to see what comes first.
  if (datasource != nullptr) {
    if (const ModelJob* job = best(*datasource, peek.functions, nullptr)) {
      reply.records.push_back({job->sequence(), job->facts.submitted_at, Kind::kJob, view(*job)});
    }
  }
  return reply;
}

Model::Answered Model::on(const ReadRequests& read) {
  RequestsReply reply;
  const ModelDatasource* datasource = find(read.datasource);
  if (datasource == nullptr) {
    return reply;
  }
  std::map<Sequence, RequestsReply::Record> all;
  for (const ModelJob& job : datasource->jobs) {
    all[job.sequence()] = {job.sequence(), job.facts.submitted_at, Kind::kJob, view(job)};
    if (job.cancel_sequence != 0) {
      all[job.cancel_sequence] = {job.cancel_sequence, job.cancelled_at, Kind::kCancel, view(job)};
    }
  }
  if (read.latest) {
    if (!all.empty()) {
      reply.records.push_back(all.rbegin()->second);
    }
    return reply;
  }
  const auto* told = told_->reply == nullptr ? nullptr : std::get_if<RequestsReply>(told_->reply);
  const bool has_order = std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.second.time < b.second.time;
  });
  if (read.since && !has_order && told != nullptr) {
    return *told;  // jobs were imported behind what is younger: where it begins is left open
  }
  reply.cursor = told == nullptr ? 0 : told->cursor;
  Page<RequestsReply::Record> page{0, reply.cursor, read.limit, limits_.list_scan_max, {}};
  for (const auto& [sequence, record] : all) {
    if (read.since ? record.time < *read.since : sequence <= read.cursor) {
      page.after = sequence;
      continue;
    }
    const ModelJob& job = *find(record.job.key);
    page.scope.push_back(
        {sequence, matches(job, read.client, read.function, read.tag), job.request.size(), record});
  }
  reply.records = told_by(page);
  return reply;
}

DatasourceStats Model::stats_of(const ModelDatasource& datasource, bool with_functions) const {
  DatasourceStats stats;
  stats.datasource = datasource.name;
  stats.mode = datasource.mode;
  std::set<std::string> clients;
  std::map<std::string, jobq::FunctionStats> functions;
  for (const auto& [function, counters] : datasource.counters) {
    jobq::FunctionStats& of_function = functions[function];
    of_function.function = function;
    of_function.total = counters;
    add_to(stats.total, counters);
  }
  for (const auto& [function, times] : datasource.times) {
    functions[function].wait_times = times.waits;
    functions[function].run_times = times.runs;
    ModelTimes::add(stats.wait_times, times.waits);
    ModelTimes::add(stats.run_times, times.runs);
  }
  for (const ModelJob& job : datasource.jobs) {
    jobq::FunctionStats& of_function = functions[job.content.function];
    clients.insert(job.facts.client);
    stats.ready += job.is_ready() ? 1 : 0;
    stats.delayed += is_waiting(job.status()) && !job.is_ready() ? 1 : 0;
    stats.running += job.status() == Status::kAccepted ? 1 : 0;
    stats.finished += is_final(job.status()) ? 1 : 0;
    of_function.waiting += is_waiting(job.status()) ? 1 : 0;
    of_function.running += job.status() == Status::kAccepted ? 1 : 0;
    if (job.is_ready()) {
      for (Time* oldest : {&stats.oldest_ready_at, &of_function.oldest_ready_at}) {
        *oldest = *oldest == Time() ? job.facts.submitted_at : *oldest;
      }
    }
  }
  stats.clients = clients.size();
  for (const Waiter& waiter : waiters_) {
    stats.workers_waiting +=
        waiter.awaited == Awaited::kJobs && waiter.datasource == datasource.index ? 1 : 0;
  }
  for (const auto& [name, of_function] : functions) {
    if (with_functions) {
      stats.functions.push_back(of_function);
    }
  }
  return stats;
}

void Model::add_to(Counters& sum, const Counters& counters) {
  const auto to = describing::members_of(sum);
  const auto from = describing::members_of(counters);
  [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    ((std::get<kIndex>(to) += std::get<kIndex>(from)), ...);
  }
  (std::make_index_sequence<std::tuple_size_v<decltype(to)>>());
}

Model::Answered Model::on(const GetDatasourceStats& get) {
  if (!get.datasource.empty()) {
    return DatasourcesReply{{stats_of(asked_datasource(get.datasource), true)}};
  }
  DatasourcesReply reply;
  for (const ModelDatasource& datasource : datasources_) {
    if (!datasource.name.empty()) {
      reply.datasources.push_back(stats_of(datasource, false));
    }
  }
  return reply;
}

}  // namespace store::sim
