// What was refused, counted by the limit that was reached, else by the code; and who is refused so
// often that an operator should know it, by his token's identifier, a few lines of the log at a
// time.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "effects.h"
#include "jobq/types.h"

namespace store {

class Refusals {
 public:
  // In an interval: so many of a token and a limit are a flood, and so many floods get a line.
  static constexpr Span kInterval = std::chrono::seconds(10);
  static constexpr std::uint64_t kFloodMin = 100;
  static constexpr std::size_t kLinesMax = 5;

  // What a request with the token was answered, and what its items were. The token's identifier is
  // "" when it was none of this store.
  void count(const std::string& token, std::span<const Outbound> answers);

  // By limits and codes, since the start.
  std::vector<jobq::RefusalCount> counts() const;

  // The lines for the floods of the interval that is over, if it is; the greatest first.
  std::vector<std::string> take_floods(Time now);

 private:
  using Kind = std::pair<std::string, std::string>;  // limit or code, token
  // More of them in an interval are counted without their tokens.
  static constexpr std::size_t kKindsMax = 1'000;

  void count(const std::string& token, const Refused& refused);

  std::map<std::string, std::uint64_t> counts_;
  std::map<Kind, std::uint64_t> of_interval_;
  Time interval_end_{};
};

}  // namespace store
