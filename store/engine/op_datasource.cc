// What a datasource is told and says of itself.
#include <algorithm>

#include "apply.h"
#include "dropping.h"
#include "field_tables.h"
#include "job_view.h"
#include "room.h"

namespace store {
namespace {

DatasourceConfig config_of(const Datasource& datasource) {
  DatasourceConfig config = datasource.config;
  config.datasource = datasource.name;
  config.mode = datasource.mode;
  return config;
}

void add(Counters& sum, const Counters& more) {
  visit_fields(jobq::FieldsOf<Counters>(),
               [&](auto counter, auto&&) { sum.*counter += more.*counter; });
}

Time submitted_at(const Context& context, Slot slot) {
  return slot == kNoSlot ? Time{} : context.state.jobs.at(slot).submitted_at;
}

Time oldest_ready(const Context& context, const Datasource& datasource,
                  const std::string& function) {
  std::vector<KindIndex> kinds = datasource.ready.kinds();
  std::erase_if(kinds, [&](KindIndex kind) {
    const JobNames& names = context.state.names;
    return names.function(names.function_of(kind)) != function;
  });
  return kinds.empty() ? Time{} : submitted_at(context, datasource.ready.oldest(kinds));
}

DatasourceStats stats_of(const Context& context, const Datasource& datasource,
                         bool with_functions) {
  DatasourceStats stats{
      .datasource = datasource.name,
      .mode = datasource.mode,
      .ready = datasource.ready.size(),
      .delayed = datasource.waiting - datasource.ready.size(),
      .running = datasource.running,
      .finished = datasource.jobs.size() - datasource.waiting - datasource.running,
      .clients = datasource.jobs_of_client.size(),
      .workers_waiting = context.waiters.accepts(datasource.index).size(),
      .oldest_ready_at = submitted_at(context, datasource.ready.oldest()),
      .total = {},
      .wait_times = {},
      .run_times = {},
      .functions = {}};
  for (const auto& [name, counts] : datasource.functions) {
    add(stats.total, counts.total);
    counts.waits.add_to(stats.wait_times);
    counts.runs.add_to(stats.run_times);
    if (with_functions && context.is_for(name)) {
      stats.functions.push_back({.function = name,
                                 .waiting = counts.waiting,
                                 .running = counts.running,
                                 .oldest_ready_at = oldest_ready(context, datasource, name),
                                 .total = counts.total,
                                 .wait_times = {},
                                 .run_times = {}});
      counts.waits.add_to(stats.functions.back().wait_times);
      counts.runs.add_to(stats.functions.back().run_times);
    }
  }
  return stats;
}

}  // namespace

Answer apply(Context&, const Datasource& datasource, const GetConfig&) {
  return config_of(datasource);
}

// Without weights, costs, limits and rates of functions, of which there may be many.
Answer apply(Context& context, const ListConfigs&) {
  ConfigsReply reply;
  for (DatasourceIndex i = 0; i < context.state.datasource_count(); ++i) {
    if (is_dropped(context.state.datasource(i))) {
      continue;
    }
    reply.configs.push_back(config_of(context.state.datasource(i)));
    reply.configs.back().weights.clear();
    reply.configs.back().costs.clear();
    reply.configs.back().function_limits.clear();
    reply.configs.back().function_rates.clear();
  }
  return reply;
}

Answer apply(Context& context, Configure& command) {
  const auto known = context.state.find_datasource(command.datasource);
  const Datasource* there = known ? &context.state.datasource(*known) : nullptr;
  if (there != nullptr && command.registers) {
    DatasourceConfig config = there->config;
    jobq::take_said(config, command.config);
    command.config = std::move(config);
  } else if (there != nullptr && command.config.item.empty()) {
    command.config.item = there->config.item;
  }
  if (auto refused = no_room_for_config(context, there, command.config)) {
    return std::move(*refused);
  }
  const auto index = context.find_or_add_datasource(command.datasource);
  if (!index) {
    return *no_room_for_datasource(context);
  }
  const Datasource& datasource = context.state.datasource(*index);
  if (datasource.config != command.config) {
    context.record({.datasource = *index}, Configured{std::move(command.config)});
  }
  return config_of(datasource);
}

Answer apply(Context& context, const Datasource& datasource, const SetMode& command) {
  const auto mode =
      command.mode == Mode::kRunning
          ? Mode::kRunning
          : static_cast<Mode>(static_cast<int>(datasource.mode) | static_cast<int>(command.mode));
  if (datasource.mode != mode) {
    context.record({.datasource = datasource.index}, ModeSet{mode});
  }
  return config_of(datasource);
}

Answer apply(Context& context, const Datasource& datasource, const DropDatasource&) {
  if (const std::size_t jobs = datasource.jobs.size(); jobs > 0) {
    return Refused{Code::kConflict,
                   "datasource: has " + std::to_string(jobs) + " jobs; remove them first"};
  }
  DatasourceConfig config = config_of(datasource);
  const DatasourceIndex index = datasource.index;
  context.record({.datasource = index}, DatasourceDropped{datasource.last_sequence + 1});
  for (const Waiters::Waiter& waiter : context.waiters.take_of(index)) {
    std::visit(
        [&](const auto& parked) {
          context.answer(parked.origin, Refused{Code::kNotFound, "datasource: was dropped"});
        },
        waiter);
  }
  return config;
}

Answer apply(Context& context, const GetDatasourceStats& command) {
  DatasourcesReply reply;
  if (command.datasource.empty()) {
    for (DatasourceIndex i = 0; i < context.state.datasource_count(); ++i) {
      if (is_dropped(context.state.datasource(i))) {
        continue;
      }
      reply.datasources.push_back(stats_of(context, context.state.datasource(i), false));
    }
  } else if (const auto index = context.state.find_datasource(command.datasource)) {
    reply.datasources.push_back(stats_of(context, context.state.datasource(*index), true));
  } else {
    return unknown_datasource();
  }
  return reply;
}

Answer apply(Context& context, const Datasource& datasource, const GetHistory& command) {
  if (!context.is_for(command.query.function)) {
    return Refused{Code::kForbidden, "function: the token is not for all that is asked for"};
  }
  return HistoryReply{datasource.index, context.now, command.query};
}

}  // namespace store
