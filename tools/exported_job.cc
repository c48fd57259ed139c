#include "exported_job.h"

#include "failure.h"
#include "json_text.h"
#include "json_values.h"
#include "utf8.h"

namespace tools {

jobq::JobStatus exported_job(std::string_view line) {
  if (const auto problem = json_problem(line)) throw UsageError("not JSON: " + *problem);
  if (!trimmed(line).starts_with('{')) throw UsageError("not a JSON object");
  try {
    jobq::JobStatus job;
    jobq::read_json(line, job, {.is_zero_by_default = true});
    return job;
  } catch (const jobq::WrongField& error) {
    throw UsageError(printable(error.what()));
  }
}

}  // namespace tools
