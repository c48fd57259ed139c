// Spans and instants as people and programs read and write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jobq/types.h"

namespace tools {

// "250ms", "90s", "15m", "1h", "7d", sums like "1h30m" (largest unit first is not required), and a
// bare number of seconds. Empty for anything else and for more than 100 years.
[[nodiscard]] std::optional<jobq::Span> parse_span(std::string_view text);

// The same; throws UsageError that names `option`.
[[nodiscard]] jobq::Span span_of_option(const std::string& option, std::string_view text);

// "250 ms", "3 s", "5 min", "3 h", "4 d": rounded down, never more than a glance takes.
[[nodiscard]] std::string span_text(jobq::Span span);

// "2026-11-23T10:00:00.123Z".
[[nodiscard]] std::string rfc3339(jobq::Time time);

// "12:03:04" of the local time zone, with its date unless that is today; "-" for no time.
[[nodiscard]] std::string clock_text(jobq::Time time, jobq::Time now);

// "3 s ago", "in 25 s", "now".
[[nodiscard]] std::string distance_text(jobq::Time time, jobq::Time now);

[[nodiscard]] jobq::Time system_now();

}  // namespace tools
