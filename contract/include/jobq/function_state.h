// What a function keeps between its runs: small values by name, which outcomes and drivers change.
// docs/functions.md says what for, docs/protocol.md has the limits.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jobq/types.h"

namespace jobq {

struct StateValue {
  std::string name{};
  std::string value{};  // UTF-8, 1 byte .. 4 KiB
  bool operator==(const StateValue&) const = default;
};

// kAdd: to what is there, or to 0. kMin, kMax: the smaller or the greater of what is there and the
// number. What is there must be a whole number in decimal then, within 64 bits with sign.
enum class ChangeHow : std::uint8_t { kSet, kAdd, kMin, kMax, kRemove };
template <>
inline constexpr std::array<std::string_view, 5> kNames<ChangeHow>{"set", "add", "min", "max",
                                                                   "remove"};

struct StateChange {
  std::string name{};
  ChangeHow how = ChangeHow::kSet;
  std::string value{};      // of kSet
  std::int64_t number = 0;  // of kAdd, kMin and kMax
};

struct StateQuery {
  std::string function{};  // empty: all that have values, without those
  std::string after{};     // of a list: only names behind it
  unsigned limit = 0;      // of a list: up to 1000; 0: 100
};

struct StateOfFunction {
  std::string function{};
  Time changed_at{};
  unsigned count = 0;
  std::vector<StateValue> values{};  // by name; empty in lists
};

struct StatePage {
  std::vector<StateOfFunction> states{};
  bool is_end = false;
};

// All changes or none, in their order. Since it may be repeated, kAdd is none of them.
struct ChangeState {
  std::string function{};
  std::vector<StateChange> changes{};  // 1 .. 64, unless all is removed
  bool removes_all = false;            // before the changes
};

}  // namespace jobq
