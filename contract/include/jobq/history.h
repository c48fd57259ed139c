// What was counted of a datasource or of one of its functions, minute by minute or hour by hour.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jobq/names.h"
#include "jobq/types.h"

namespace jobq {

// Minutes are kept for a day at least, hours for 90 days.
enum class HistoryStep : std::uint8_t { kMinute, kHour };
template <>
inline constexpr std::array<std::string_view, 2> kNames<HistoryStep>{"minute", "hour"};

struct HistoryQuery {
  std::string function{};  // empty: all of the datasource
  HistoryStep step = HistoryStep::kMinute;
  Time since{};        // zero: as far as it goes back
  unsigned limit = 0;  // 1 .. 1000 of the latest; 0: 60
};

// What happened in one step. Spans are a quarter too long at most.
struct HistoryRow {
  Time at{};  // the beginning of the step
  std::uint64_t submitted = 0;
  std::uint64_t started = 0;  // attempts
  std::uint64_t complete = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t forbidden = 0;
  std::uint64_t waiting = 0;  // at its end
  std::uint64_t running = 0;  // at its end
  Span wait_p50{};            // from when a job could run until it was accepted
  Span wait_p95{};
  Span wait_p99{};
  Span run_p50{};  // of attempts that ended
  Span run_p95{};
  Span run_p99{};
};

struct HistoryPage {
  HistoryStep step = HistoryStep::kMinute;
  std::vector<HistoryRow> rows{};  // oldest first; none where nothing happened
};

}  // namespace jobq
