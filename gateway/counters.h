// What the gateway counts of itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "jobq/datasources.h"

namespace gateway {

struct Counters {
  std::array<std::uint64_t, 6> replies{};  // by the first digit of the code
  jobq::SpanCounts reply_times{};          // from the head of a request to its reply
  jobq::Span replied{};                    // the sum of them
  std::uint64_t connections = 0;           // since the start
  std::uint64_t connections_refused = 0;   // since there were as many as may be
  std::uint64_t streams = 0;               // since the start
  std::uint64_t streams_slow = 0;          // ended, for the reader was too slow
  std::size_t connections_now = 0;
  std::size_t streams_now = 0;
};

}  // namespace gateway
