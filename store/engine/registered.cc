#include "registered.h"

#include "invariant.h"

namespace store {

std::size_t bytes_of(const jobq::Function& function) {
  constexpr std::size_t kOfEach = 512;
  std::size_t bytes = kOfEach + function.name.size() + function.version.size() +
                      function.author.size() + function.documentation.size() +
                      function.request_schema.size() + function.response_schema.size() +
                      function.code.size() + function.method.size();
  for (const std::string& tag : function.tags) {
    bytes += sizeof(std::string) + tag.size();
  }
  for (const jobq::FunctionCall& call : function.calls) {
    bytes += sizeof call + call.method.size() + call.path.size();
  }
  for (const jobq::IndexedField& field : function.indexed) {
    bytes += sizeof field + field.name.size() + field.pointer.size();
  }
  return bytes;
}

std::uint32_t cost_of(const FunctionState* function, const DatasourceConfig& config,
                      std::string_view name) {
  return function != nullptr && function->function->cost != 0 ? function->function->cost
                                                              : cost_of(config, name);
}

const RegisteredFunctions::OfDatasource& RegisteredFunctions::of(DatasourceIndex datasource) const {
  static const OfDatasource kNone;
  const auto found = all_.find(datasource);
  return found == all_.end() ? kNone : found->second;
}

const FunctionState* RegisteredFunctions::find(DatasourceIndex datasource,
                                               std::string_view name) const {
  const OfDatasource& functions = of(datasource);
  const auto found = functions.find(name);
  return found == functions.end() ? nullptr : &found->second;
}

void RegisteredFunctions::set(DatasourceIndex datasource, FunctionState function) {
  const std::string& name = function.function->name;
  if (find(datasource, name) != nullptr) {
    remove(datasource, name);
  }
  shares_.take(function.token, bytes_of(*function.function));
  all_[datasource].emplace(name, std::move(function));
}

void RegisteredFunctions::remove(DatasourceIndex datasource, std::string_view name) {
  const FunctionState* known = find(datasource, name);
  INVARIANT(known != nullptr, name);
  shares_.give(known->token, bytes_of(*known->function));
  OfDatasource& functions = all_.at(datasource);
  functions.erase(functions.find(name));
  if (functions.empty()) {
    all_.erase(datasource);
  }
}

std::string calls_text(const std::vector<jobq::FunctionCall>& calls) {
  std::string text;
  for (const jobq::FunctionCall& call : calls) {
    text += text.empty() ? "" : ", ";
    text += call.method.empty() ? call.path : call.method + " " + call.path;
  }
  return text;
}

}  // namespace store
