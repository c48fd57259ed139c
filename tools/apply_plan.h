// What has to be changed for a store to have what a file wants, in the order in which it is done.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "jobq/connection.h"
#include "user_file.h"
#include "wanted_store.h"

namespace tools {

// kRemove: it is gone from the file.
enum class ChangeKind : std::uint8_t { kAdd, kChange, kRemove };

struct PlannedChange {
  ChangeKind kind = ChangeKind::kAdd;
  std::string what{};      // "datasource", "function", "schedule", "name"
  std::string name{};      // "scan", "scan/ocr"
  std::string detail{};    // "runningMax: 8 -> 4"; of what is removed, how much is lost
  std::uint64_t jobs = 0;  // that are lost
  // Empty: it is said, and not done. Throws Refused and Unreachable.
  std::function<void()> apply{};
};
using Plan = std::vector<PlannedChange>;

// Of datasources, their functions and schedules. Asks the store, and changes nothing.
[[nodiscard]] Plan plan_of_store(const jobq::Connection& connection, const WantedStore& wanted);

// Of the users of a file, with tokens of the keys in the store's data directory. Those that fit
// stay. What is done to them is done to `users`, which are to be written then. REQUIRES: `users`
// outlives the plan.
[[nodiscard]] Plan plan_of_names(const std::map<std::string, WantedRights>& wanted, Users& users,
                                 const std::string& data);

}  // namespace tools

namespace jobq {
template <>
inline constexpr std::array<std::string_view, 3> kNames<tools::ChangeKind>{"add", "change",
                                                                           "remove"};
}  // namespace jobq
