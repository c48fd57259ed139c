// Jobs as people see them, and what a job's fate means for the exit code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "failure.h"
#include "jobq/types.h"
#include "table.h"

namespace tools {

[[nodiscard]] Style style_of(jobq::Status status);

// REQUIRES: the status is final.
[[nodiscard]] ExitCode exit_code_of(jobq::Status status);

// "code: message"; empty when there is none.
[[nodiscard]] std::string error_line(const jobq::JobError& error);

// "12:03:04 (3 s ago)".
[[nodiscard]] std::string moment(jobq::Time time, jobq::Time now);

// One line for each field that is set, one for each attempt that has ended; request, response and
// the error's detail in full.
[[nodiscard]] std::string job_details(const jobq::JobStatus& job, jobq::Time now,
                                      const Display& display);

// One line for each job.
[[nodiscard]] std::string job_table(const std::vector<jobq::JobStatus>& jobs, jobq::Time now,
                                    const Display& display);

// When the job came to stand as it does; `otherwise` when it does not tell: as it goes on within an
// attempt, and waits for another one.
[[nodiscard]] jobq::Time changed_at(const jobq::JobStatus& job, jobq::Time otherwise = {});

// One line that says what has become of the job, and when: "12:03:04 accepted by w1, attempt 2".
[[nodiscard]] std::string change_line(const jobq::JobStatus& job, jobq::Time changed,
                                      jobq::Time now);

// "No worker has asked for jobs lately.", with its end where the clock ends it.
[[nodiscard]] std::string reason_sentence(const jobq::Reason& reason, jobq::Time now);

// Says how the job ended: the response on standard output, or what went wrong on standard error;
// with `json` the whole job on standard output.
[[nodiscard]] ExitCode report_end(const jobq::JobStatus& job, bool json,
                                  std::optional<bool> created = {});

// Says that it has not ended yet, and how it stands.
[[nodiscard]] ExitCode report_not_final(const jobq::JobStatus& job, jobq::Span waited, bool json,
                                        std::optional<bool> created = {});

// 0 .. 100, rounded down, so that 100 is said only of what is whole. The nearest for a value that
// is none of 0 .. 1.
[[nodiscard]] int percent_of(double value);

struct ProgressView {
  std::string label{};            // what the job does: its status
  Style style = Style::kPlain;    // of the label and the bar
  std::optional<double> value{};  // 0 .. 1; without one there is no bar
  std::string message{};
};

// "accepted  [######--------------]  30 %  page 3 of 10". Made printable, without newline; cut to
// the width of the display, if it has one, so that the line never breaks.
[[nodiscard]] std::string progress_line(const ProgressView& view, const Display& display);

// What there is to say of a job right now. Waiting jobs have no bar, only when they go on.
[[nodiscard]] ProgressView progress_of(const jobq::JobStatus& job, jobq::Time now);

}  // namespace tools
