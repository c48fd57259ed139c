// The words for the values of an enumeration: as the command line and JSON say them. Both sides of
// the wire number them alike, in the order of the schema.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace jobq {

// One for each value, in order; specialised beside each enumeration.
template <typename Enum>
inline constexpr std::array<std::string_view, 0> kNames{};

template <typename Enum>
concept Named = !kNames<Enum>.empty();

template <Named Enum>
constexpr std::string_view to_string(Enum value) {
  const auto number = static_cast<std::size_t>(value);
  return number < kNames<Enum>.size() ? kNames<Enum>[number] : "unknown";
}

// Empty when it is no value's word.
template <Named Enum>
constexpr std::optional<Enum> find_named(std::string_view name) {
  const auto& names = kNames<Enum>;
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? std::nullopt
                              : std::optional(static_cast<Enum>(found - names.begin()));
}

}  // namespace jobq
