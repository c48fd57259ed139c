// What is asked to be changed of what a function keeps, judged before anything changes.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "context.h"

namespace store {

// The values that are others then, an empty one where there is none any more; or why not.
// `removes_all`: before the changes. `payer`: identifier of the token that is to hold them.
std::variant<std::vector<jobq::StateValue>, Refused> judge_changes(
    const Context& context, DatasourceIndex datasource, std::string_view function,
    const std::vector<jobq::StateChange>& changes, bool removes_all, std::string_view payer);

}  // namespace store
