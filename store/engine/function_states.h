// What functions keep between runs: small values by name, of all datasources. A part of the State.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "changes.h"
#include "shares.h"

namespace store {

struct FunctionValues {
  std::vector<jobq::StateValue> values;  // by name, none of them empty
  Time changed_at{};
  std::string payer = {};  // identifier of the token that holds them
};

class FunctionStates {
 public:
  using OfDatasource = std::map<std::string, FunctionValues, std::less<>>;

  // nullptr: the function has no values.
  const FunctionValues* find(DatasourceIndex datasource, std::string_view function) const;
  const OfDatasource& of(DatasourceIndex datasource) const;
  const std::map<DatasourceIndex, OfDatasource>& all() const { return all_; }
  const Shares& shares() const { return shares_; }

  void change(Time now, DatasourceIndex datasource, const StateChanged& changed);
  // In place of what the function has.
  void set(DatasourceIndex datasource, std::string function, FunctionValues values);
  void remove(DatasourceIndex datasource, std::string_view function);

 private:
  std::map<DatasourceIndex, OfDatasource> all_;  // none that is empty
  Shares shares_;
};

// `changed` as in StateChanged.
std::vector<jobq::StateValue> values_after(const FunctionValues* old,
                                           const std::vector<jobq::StateValue>& changed);
// Of names and values.
std::size_t text_bytes_of(const std::vector<jobq::StateValue>& values);
// Of memory, about.
std::size_t bytes_of(const std::vector<jobq::StateValue>& values);
inline std::size_t bytes_of(const FunctionValues& state) { return bytes_of(state.values); }

}  // namespace store
