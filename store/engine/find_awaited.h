// The jobs that a new one names to wait for.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "context.h"

namespace store {

// Jobs of a list that are to be taken with it: their clients, by id.
using Listed = std::map<std::string, std::string, std::less<>>;

// `client`: of whom they have to be; empty: of any. `After`: jobq::After or jobq::AwaitedJob.
// `listed`: they are as good as those that are there; nullptr: none are.
template <typename After>
std::variant<std::vector<Dependency>, Refused> find_awaited(const Context& context,
                                                            const std::string& datasource,
                                                            std::string_view client,
                                                            const std::vector<After>& named,
                                                            const Listed* listed = nullptr) {
  // Of a job that has no key yet.
  constexpr DatasourceIndex kListed = UINT32_MAX;
  std::vector<Dependency> after;
  for (const After& one : named) {
    const std::string& there = one.datasource.empty() ? datasource : one.datasource;
    const auto index = context.state.find_datasource(there);
    const Job* job = index ? context.state.find(*index, one.job) : nullptr;
    const auto in_list =
        listed != nullptr && there == datasource ? listed->find(one.job) : Listed::const_iterator();
    const bool is_listed =
        job == nullptr && listed != nullptr && there == datasource && in_list != listed->end();
    const std::string field = "after[" + std::to_string(after.size()) + "].job: " + one.job;
    if (job == nullptr && !is_listed) {
      return Refused{Code::kConflict,
                     field + " is unknown; name jobs that exist, or stand before it in the list"};
    }
    const std::string& owner = is_listed ? in_list->second : context.state.names.client_of(*job);
    if (!client.empty() && client != owner) {
      return Refused{Code::kForbidden, field + " belongs to another client"};
    }
    Dependency found{.datasource = is_listed ? kListed : *index,
                     .sequence = is_listed ? 0 : job->key.sequence,
                     .id = one.job,
                     .any_end = one.any_end};
    const bool is_there = std::any_of(after.begin(), after.end(), [&](const Dependency& other) {
      return other.datasource == found.datasource && other.id == found.id;
    });
    if (is_there) {
      return Refused{Code::kBadRequest, field + " is named twice"};
    }
    after.push_back(std::move(found));
  }
  return after;
}

}  // namespace store
