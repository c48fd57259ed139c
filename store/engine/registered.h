// The functions that drivers registered, of all datasources. A part of the State.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "changes.h"
#include "shares.h"

namespace store {

class RegisteredFunctions {
 public:
  using OfDatasource = std::map<std::string, FunctionState, std::less<>>;

  const FunctionState* find(DatasourceIndex datasource, std::string_view name) const;
  const OfDatasource& of(DatasourceIndex datasource) const;
  const std::map<DatasourceIndex, OfDatasource>& all() const { return all_; }
  const Shares& shares() const { return shares_; }

  // In place of the one of that name, if there is one.
  void set(DatasourceIndex datasource, FunctionState function);
  void remove(DatasourceIndex datasource, std::string_view name);

 private:
  std::map<DatasourceIndex, OfDatasource> all_;  // none that is empty
  Shares shares_;
};

// Of a job of that name: what the function says, else the datasource. `function`: nullptr when
// there is none of that name.
std::uint32_t cost_of(const FunctionState* function, const DatasourceConfig& config,
                      std::string_view name);

// As a caveat has them: "GET /photos/*, /mail/".
std::string calls_text(const std::vector<jobq::FunctionCall>& calls);

// Of memory, about.
std::size_t bytes_of(const jobq::Function& function);

}  // namespace store
