// What holds for a job that is to be submitted, and what keeps it out whatever else there is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "context.h"

namespace store {

// Of its own word, its function's, its datasource's, the store's, and the token's. Both may be
// nullptr.
Terms terms_of(const Context& context, const Datasource* there, const FunctionState* function,
               const Allowance& allowance, const NewJob& job);

// The datasource takes jobs of registered functions alone. `function`: nullptr: it is not.
std::optional<Refused> refused_by_strict(const DatasourceConfig& config,
                                         const FunctionState* function, const NewJob& job);

// What the token would never let in when the job has ended, of whatever depth. `field`: of them.
std::optional<Refused> refused_then(const Allowance& allowance,
                                    const std::vector<jobq::FollowUp>& then,
                                    const std::string& field);

}  // namespace store
