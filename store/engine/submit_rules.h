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

// What the job runs: the code that it names, else its function's. `function`: nullptr: none is
// registered.
CodeOfJob code_of(const NewJob& job, const FunctionState* function);

// Code that a job runs is there, and its label comes to the job's; an empty hash: it runs none.
std::optional<Refused> settle_code(const Context& context,
                                   std::optional<DatasourceIndex> datasource,
                                   const std::string& hash, std::vector<std::string>& labels);

// What the token would never let in when the job has ended, of whatever depth. `field`: of them.
std::optional<Refused> refused_then(const Allowance& allowance,
                                    const std::vector<jobq::FollowUp>& then,
                                    const std::string& field);

}  // namespace store
