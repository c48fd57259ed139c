// What a job may ask for, as people write it on a command line or as a line of JSON.
#pragma once

#include <string>
#include <string_view>

#include "jobq/client.h"
#include "jobq/types.h"

namespace tools {

// "initial=1s,factor=2,max=1h,jitter=20%": any of the four, the others as by default; "none" for no
// delay at all. Throws UsageError that names `option`.
[[nodiscard]] jobq::Backoff backoff_of_option(const std::string& option, std::string_view text);

// The same text with all four.
[[nodiscard]] std::string backoff_text(const jobq::Backoff& backoff);

// A W3C traceparent: "00-<32 hex digits>-<16 hex digits>-<2 hex digits>", in lower case.
[[nodiscard]] bool is_traceparent(std::string_view text);

// A job as one JSON object with the field names of NewJob in schema/protocol.capnp; notBefore may
// be RFC 3339 text. Fields that are missing are as in `otherwise`. Throws UsageError that names the
// field.
[[nodiscard]] jobq::NewJob job_of_line(std::string_view line, const jobq::NewJob& otherwise);

}  // namespace tools
