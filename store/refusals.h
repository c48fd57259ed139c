// What was refused, counted by the limit that was reached, else by the code; and who is refused so
// often that an operator should know it, by his token's identifier, else by his address, a few
// lines of the log at a time.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
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

  struct Asker {
    std::string_view token = {};    // identifier; empty when it was none of this store
    std::string_view address = {};  // empty: this machine, or not to be told
  };
  // What he was answered, and what the items of that were.
  void count(const Asker& asker, std::span<const Outbound> answers);

  // By limits and codes, since the start.
  std::vector<jobq::RefusalCount> counts() const;

  // The lines for the floods of the interval that is over, if it is; the greatest first.
  std::vector<std::string> take_floods(Time now);

 private:
  using Kind = std::array<std::string, 3>;  // limit or code, token, address
  // More of them in an interval are counted together.
  static constexpr std::size_t kKindsMax = 1'000;

  void count(const Asker& asker, const Refused& refused);

  std::map<std::string, std::uint64_t> counts_;
  std::map<Kind, std::uint64_t> of_interval_;
  Time interval_end_{};
};

}  // namespace store
