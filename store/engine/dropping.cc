#include "dropping.h"

#include <algorithm>
#include <vector>

#include "invariant.h"

namespace store {

DatasourceIndex next_place(const State& state) {
  const auto& all = state.datasources;
  const auto free = std::find_if(all.begin(), all.end(),
                                 [](const auto& datasource) { return is_dropped(*datasource); });
  return static_cast<DatasourceIndex>(free - all.begin());
}

void drop(State& state, Datasource& datasource) {
  INVARIANT(datasource.jobs.size() == 0, datasource.name);
  std::vector<std::string> names;
  for (const auto& [name, worker] : datasource.workers.all()) {
    names.push_back(name);
  }
  for (const std::string& name : names) {
    datasource.workers.forget(name);
  }
  names.clear();
  for (auto schedule = state.schedules.all().lower_bound({datasource.index, {}});
       schedule != state.schedules.all().end() && schedule->first.first == datasource.index;
       ++schedule) {
    names.push_back(schedule->first.second);
  }
  for (const std::string& name : names) {
    state.schedules.remove({datasource.index, name});
  }
  names.clear();
  for (const auto& [name, function] : state.registered.of(datasource.index)) {
    names.push_back(name);
  }
  for (const std::string& name : names) {
    remove_function(state, datasource.index, name);
  }
  names.clear();
  for (const auto& [name, values] : state.function_states.of(datasource.index)) {
    names.push_back(name);
  }
  for (const std::string& name : names) {
    state.function_states.remove(datasource.index, name);
  }
  names.clear();
  for (const auto& [hash, code] : state.codes.of(datasource.index)) {
    names.push_back(hash);
  }
  for (const std::string& hash : names) {
    state.codes.remove(datasource.index, hash);
  }
  for (const auto& [name, counts] : datasource.functions) {
    if (!name.empty() && name != jobq::kOtherFunctions) {
      state.function_rows.give(datasource.maker, 0);
    }
  }
  datasource.functions.clear();
  state.configure(datasource, {});
  state.made.give(datasource.maker, bytes_of(datasource.config));
  state.datasource_indexes.erase(datasource.name);
  datasource.name.clear();
  datasource.maker.clear();
  datasource.mode = Mode::kRunning;
  datasource.orders.clear();
  datasource.oldest_event = datasource.last_sequence + 1;
  datasource.last_accept_at = {};
  datasource.accept_interval = Datasource::kAcceptInterval;
}

void add(State& state, DatasourceIndex place, const std::string& name, const std::string& maker) {
  if (place == state.datasource_count()) {
    state.add_datasource(name, maker);
    return;
  }
  Datasource& datasource = *state.datasources.at(place);
  INVARIANT(is_dropped(datasource), name);
  INVARIANT(state.datasource_indexes.emplace(name, place).second, name);
  datasource.name = name;
  datasource.maker = maker;
  state.made.take(maker, bytes_of(datasource.config));
}

}  // namespace store
