// Ends of waits. Internal to the client and driver libraries.
#pragma once

#include <algorithm>
#include <chrono>

#include "jobq/types.h"

namespace jobq {

// Spans like Span::max() must not overflow the clock, and negative ones are over now.
inline std::chrono::steady_clock::time_point after(Span span) {
  constexpr Span kFarthest = std::chrono::hours(24 * 365 * 100);
  return std::chrono::steady_clock::now() + std::clamp(span, Span::zero(), kFarthest);
}

// What is left until then; never negative.
inline Span until(std::chrono::steady_clock::time_point end) {
  return std::max(std::chrono::ceil<Span>(end - std::chrono::steady_clock::now()), Span::zero());
}

}  // namespace jobq
