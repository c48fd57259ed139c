// Spans and instants as people and programs read and write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jobq/types.h"
#include "span_text.h"
#include "timestamp.h"

namespace tools {

// "250ms", "90s", "15m", "1h", "7d", sums like "1h30m" (largest unit first is not required), and
// "0". Empty for anything else, also for a number without its unit, and for more than 100 years.
[[nodiscard]] std::optional<jobq::Span> parse_span(std::string_view text);

// The same within limits; throws UsageError that names `option`, and the limit.
struct SpanLimits {
  jobq::Span min{0};
  jobq::Span max = jobq::kSpanMax;
};
[[nodiscard]] jobq::Span span_of_option(const std::string& option, std::string_view text,
                                        const SpanLimits& limits = {});

// The store's: of what a job is kept for, an attempt and a backoff; and of a lease.
inline constexpr SpanLimits kYear{.max = std::chrono::hours(24 * 365)};
// Where zero would mean what was not said: the default.
inline constexpr SpanLimits kSomeTime{.min = jobq::Span(1)};
inline constexpr SpanLimits kUpToYear{.min = jobq::Span(1), .max = kYear.max};
inline constexpr SpanLimits kLeaseLimits{.min = std::chrono::milliseconds(100),
                                         .max = std::chrono::hours(1)};

// An instant: RFC 3339 ("2026-11-23T10:00:00Z"), seconds (9 to 11 digits) or milliseconds (12 to 15
// digits) since 1970, or a span with its unit, which is added to or taken from `now`. Empty for
// anything else and beyond the year 9999.
enum class SpanMeans { kFromNow, kAgo };
[[nodiscard]] std::optional<jobq::Time> parse_instant(std::string_view text, jobq::Time now,
                                                      SpanMeans means);

// The same; throws UsageError that names `option`.
[[nodiscard]] jobq::Time instant_of_option(const std::string& option, std::string_view text,
                                           jobq::Time now, SpanMeans means);

// "250 ms", "3 s", "5 min", "3 h", "4 d": to the nearest, no more than a glance takes.
[[nodiscard]] std::string span_text(jobq::Span span);

using jobq::exact_span_text;
using jobq::rfc3339;

// "12:03:04Z", "13:03:04+01:00": of the local time zone, with its date unless that is today; "-"
// for no time.
[[nodiscard]] std::string clock_text(jobq::Time time, jobq::Time now);

// "3 s ago", "in 25 s", "now".
[[nodiscard]] std::string distance_text(jobq::Time time, jobq::Time now);

[[nodiscard]] jobq::Time system_now();

}  // namespace tools
