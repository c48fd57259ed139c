// Instants as tokens spell them: RFC 3339 or whole seconds since 1970 (UTC, no leap seconds).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jobq/types.h"

namespace jobq {

// Takes "2026-11-23T10:00:00Z", "2026-11-23T10:00:00.25+01:00" (upper-case T and Z, 1-9 digits of
// fraction, cut to milliseconds) or "1795428000" (no sign, no leading zero, up to the year 9999).
// Empty for everything else, leap seconds included.
[[nodiscard]] std::optional<Time> parse_time(std::string_view text);

// "2026-11-23T10:00:00.000Z"
[[nodiscard]] std::string rfc3339(Time time);

// "2026-11-23 10:00:00 UTC"; milliseconds appear only when they are not zero.
[[nodiscard]] std::string format_time(Time time);

}  // namespace jobq
