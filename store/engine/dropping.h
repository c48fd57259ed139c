// Datasources that are erased: their places in the list stay, and the next new ones get them.
#pragma once

#include <string>

#include "state.h"

namespace store {

inline bool is_dropped(const Datasource& datasource) { return datasource.name.empty(); }

// Where the next new datasource goes.
DatasourceIndex next_place(const State& state);
// REQUIRES: it has no jobs.
void drop(State& state, Datasource& datasource);
// REQUIRES: `place` is the next one.
void add(State& state, DatasourceIndex place, const std::string& name, const std::string& maker);

}  // namespace store
