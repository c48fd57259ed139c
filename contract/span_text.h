// Spans as options and files spell them, for all programs alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jobq/types.h"

namespace jobq {

// 100 years: no limit is above it.
inline constexpr Span kSpanMax = std::chrono::hours(24) * 36'525;

// "250ms", "90s", "15m", "1h", "7d", sums like "1h30m" (largest unit first is not required), and
// "0". What is longer than kSpanMax is cut to something above it. Empty for anything else: a number
// without its unit might be meant as seconds or as milliseconds.
[[nodiscard]] std::optional<Span> read_span(std::string_view text);

// "250ms", "90s", "1h30m", the largest units first; "0s".
[[nodiscard]] std::string exact_span_text(Span span);

}  // namespace jobq
