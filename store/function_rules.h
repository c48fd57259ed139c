// Holds what is asked to what the functions of its jobs say of requests and responses. The engine
// sees no JSON, so that this is done before.
#pragma once

#include <optional>

#include "commands.h"
#include "function_checks.h"
#include "state.h"

namespace store {

// Refuses jobs whose requests do not fit, puts the tags into the command that are made of the
// others, and turns a response that does not fit into a failure of the attempt. What it returns is
// the refusal of the whole.
std::optional<Refused> hold_to_functions(FunctionChecks& checks, const State& state,
                                         Command& command);

}  // namespace store
