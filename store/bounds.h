// Holds commands to those caveats of their token that cannot be judged from the path alone: what
// jobs may be like, and whose leases may be renewed and ended.
#pragma once

#include <optional>

#include "authorizer.h"
#include "commands.h"
#include "rights.h"
#include "state.h"

namespace store {

// Notes in the command what the engine has to look at, and refuses single items in their place.
// A result is the refusal of the whole command.
std::optional<Refused> hold_to(const auth::Bounds& bounds, const State& state, Rights& rights,
                               Command& command);

}  // namespace store
