// What a job may ask for, as people write it on a command line or as a line of JSON.
#pragma once

#include <string>
#include <string_view>

#include "jobq/limits.h"
#include "jobq/types.h"

namespace tools {

// What a job's numbers may be, wherever they are said.
struct NumberLimits {
  unsigned min;
  unsigned max;
};
inline constexpr NumberLimits kPriority{1, jobq::limits::kPriorityMax};

// By the schema's limit for a field of that name, "ReleasesMax"; where it has none, any number.
[[nodiscard]] NumberLimits limits_of_field(std::string_view field);

// "2", "1.5", nothing else.
[[nodiscard]] std::optional<double> parse_decimal(std::string_view text);

// "lost leases max" of "LostLeasesMax", with another character between the words if need be.
[[nodiscard]] std::string words_of_field(std::string_view field, char between = ' ');

// What a line of JSON may say of a job: "job, client, request, ... backoff {initialMs, ...}, ...".
[[nodiscard]] std::string names_of_job_fields();

// "initial=1s,factor=2,max=1h,jitter=20%": any of the four, the others as by default; "none" for no
// delay at all. Throws UsageError that names `option`.
[[nodiscard]] jobq::Backoff backoff_of_option(const std::string& option, std::string_view text);

// "a" or "other/a": a job that another one waits for, of its own datasource or of the one named
// before the slash. Throws UsageError that names `option`.
[[nodiscard]] jobq::After after_of_option(const std::string& option, std::string_view text);

// "mail", "mail:send" or ":send": where a follow-up goes, the job's own datasource where it has
// none, and its function. Throws UsageError that names `option`.
[[nodiscard]] jobq::FollowUp follow_up_of_option(const std::string& option, std::string_view text,
                                                 jobq::FollowOn on);

// The same text with all four.
[[nodiscard]] std::string backoff_text(const jobq::Backoff& backoff);

// The trace of the program that runs this one, from TRACEPARENT. What is none there is said on
// standard error and left out: the job can do without.
[[nodiscard]] std::string trace_of_environment();

// A job as one JSON object with the field names of NewJob in schema/protocol.capnp; notBefore may
// be RFC 3339 text. Fields that are missing are as in `otherwise`. Throws UsageError that names the
// field.
[[nodiscard]] jobq::NewJob job_of_line(std::string_view line, const jobq::NewJob& otherwise);

}  // namespace tools
