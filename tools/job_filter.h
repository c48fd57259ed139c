// Which jobs of a datasource a command is about.
#pragma once

#include "jobq/lists.h"
#include "options.h"

namespace tools {

// All that a list can be narrowed by but `client`, statuses and text, which not every command
// takes.
void declare_job_filter(Options& options, jobq::ListQuery& query);

// Whether it leaves out any job.
[[nodiscard]] bool is_narrowed(const jobq::ListQuery& query);

}  // namespace tools
