// Options of a job that has to do with others: what follows it, what it belongs to, what it shares
// a name with.
#pragma once

#include "jobq/types.h"
#include "options.h"

namespace tools {

// --then, --then-failed, --then-any.
void declare_then(Options& options, std::vector<jobq::FollowUp>& then);
// --group, --key, --unique, --if-unique.
void declare_keys(Options& options, jobq::NewJob& job);

}  // namespace tools
