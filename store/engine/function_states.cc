#include "function_states.h"

#include <algorithm>
#include <utility>

namespace store {

std::size_t text_bytes_of(const std::vector<jobq::StateValue>& values) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : values) {
    bytes += name.size() + value.size();
  }
  return bytes;
}

std::size_t bytes_of(const std::vector<jobq::StateValue>& values) {
  constexpr std::size_t kOfEach = 384;
  return values.empty() ? 0
                        : kOfEach + values.size() * sizeof values.front() + text_bytes_of(values);
}

std::vector<jobq::StateValue> values_after(const FunctionValues* old,
                                           const std::vector<jobq::StateValue>& changed) {
  std::vector<jobq::StateValue> values;
  if (old != nullptr) {
    values = old->values;
  }
  for (const jobq::StateValue& change : changed) {
    const auto place = std::lower_bound(
        values.begin(), values.end(), change.name,
        [](const jobq::StateValue& value, const std::string& name) { return value.name < name; });
    const bool is_there = place != values.end() && place->name == change.name;
    if (change.value.empty()) {
      is_there ? void(values.erase(place)) : void();
    } else if (is_there) {
      place->value = change.value;
    } else {
      values.insert(place, change);
    }
  }
  return values;
}

const FunctionStates::OfDatasource& FunctionStates::of(DatasourceIndex datasource) const {
  static const OfDatasource kNone;
  const auto found = all_.find(datasource);
  return found == all_.end() ? kNone : found->second;
}

const FunctionValues* FunctionStates::find(DatasourceIndex datasource,
                                           std::string_view function) const {
  const OfDatasource& functions = of(datasource);
  const auto found = functions.find(function);
  return found == functions.end() ? nullptr : &found->second;
}

void FunctionStates::change(Time now, DatasourceIndex datasource, const StateChanged& changed) {
  if (changed.values.empty()) {
    return;  // all was so before
  }
  set(datasource, changed.function,
      {values_after(find(datasource, changed.function), changed.values), now, changed.payer});
}

void FunctionStates::set(DatasourceIndex datasource, std::string function, FunctionValues values) {
  remove(datasource, function);
  if (!values.values.empty()) {
    shares_.take(values.payer, bytes_of(values));
    all_[datasource].emplace(std::move(function), std::move(values));
  }
}

void FunctionStates::remove(DatasourceIndex datasource, std::string_view function) {
  const FunctionValues* known = find(datasource, function);
  if (known == nullptr) {
    return;
  }
  shares_.give(known->payer, bytes_of(*known));
  OfDatasource& functions = all_.at(datasource);
  functions.erase(functions.find(function));
  if (functions.empty()) {
    all_.erase(datasource);
  }
}

}  // namespace store
