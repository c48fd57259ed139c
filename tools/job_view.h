// Jobs as people see them, and what a job's fate means for the exit code.
#pragma once

#include <string>
#include <vector>

#include "failure.h"
#include "jobq/types.h"
#include "table.h"

namespace tools {

[[nodiscard]] Style style_of(jobq::Status status);

// REQUIRES: the status is final.
[[nodiscard]] ExitCode exit_code_of(jobq::Status status);

// One line for each field that is set; the response and the error's detail in full.
[[nodiscard]] std::string job_details(const jobq::JobStatus& job, jobq::Time now, const Look& look);

// One line for each job.
[[nodiscard]] std::string job_table(const std::vector<jobq::JobStatus>& jobs, jobq::Time now,
                                    const Look& look);

// Says how the job ended: the response on standard output, or what went wrong on standard error;
// with `json` the whole job on standard output.
[[nodiscard]] ExitCode report_end(const jobq::JobStatus& job, bool json);

// Says that it has not ended yet, and how it stands.
[[nodiscard]] ExitCode report_not_final(const jobq::JobStatus& job, jobq::Span waited, bool json);

}  // namespace tools
