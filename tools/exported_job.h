// A line of an export: what json_fields.h makes of a job, as the job again.
#pragma once

#include <string_view>

#include "jobq/types.h"

namespace tools {

// Throws UsageError that names the field; what only the store can judge is left to it.
[[nodiscard]] jobq::JobStatus exported_job(std::string_view line);

}  // namespace tools
