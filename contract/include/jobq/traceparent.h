// The trace that a job belongs to, in the form of
// https://www.w3.org/TR/trace-context/#traceparent-header : version-trace-parent-flags
#pragma once

#include <cstddef>
#include <string_view>

#include "jobq/limits.h"

namespace jobq {

inline constexpr std::size_t kTraceparentBytes = limits::kTraceBytes;

constexpr bool is_traceparent(std::string_view text) {
  if (text.size() != kTraceparentBytes || text[2] != '-' || text[35] != '-' || text[52] != '-') {
    return false;
  }
  const auto is_hex = [&](std::size_t at, std::size_t count) {
    return text.substr(at, count).find_first_not_of("0123456789abcdef") == text.npos;
  };
  const auto is_zero = [&](std::size_t at, std::size_t count) {
    return text.substr(at, count).find_first_not_of('0') == text.npos;
  };
  return is_hex(0, 2) && text.substr(0, 2) != "ff" && is_hex(3, 32) && !is_zero(3, 32) &&
         is_hex(36, 16) && !is_zero(36, 16) && is_hex(53, 2);
}

}  // namespace jobq
