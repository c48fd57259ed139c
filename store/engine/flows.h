// Jobs that wait for others, and those that follow them. Called behind everything that may end
// jobs.
#pragma once

#include "context.h"

namespace store {

// Lets those go on, or fail, that waited for jobs that have ended: as many as a turn may, the
// others follow in the next.
void run_flows(Context& context);
// A part of it: submits what follows those that have ended.
void run_follow_ups(Context& context);

}  // namespace store
