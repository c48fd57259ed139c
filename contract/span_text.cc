#include "span_text.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace jobq {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTooLong = kSpanMax + milliseconds(1);

struct Unit {
  std::string_view name;
  milliseconds length;
};
// A unit whose name begins like another's stands before it.
constexpr std::array<Unit, 6> kUnits = {{{"ms", milliseconds(1)},
                                         {"min", std::chrono::minutes(1)},
                                         {"m", std::chrono::minutes(1)},
                                         {"s", std::chrono::seconds(1)},
                                         {"h", std::chrono::hours(1)},
                                         {"d", std::chrono::hours(24)}}};

// Digits off the front, empty when there are none; a number too large to matter is cut.
std::optional<milliseconds::rep> take_number(std::string_view& rest) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error == std::errc::invalid_argument) {
    return std::nullopt;
  }
  constexpr auto kMax = static_cast<std::uint64_t>(kTooLong.count());
  rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
  return static_cast<milliseconds::rep>(error == std::errc() ? std::min(value, kMax) : kMax);
}

std::optional<milliseconds> take_unit(std::string_view& rest) {
  for (const Unit& unit : kUnits) {
    if (rest.starts_with(unit.name)) {
      rest.remove_prefix(unit.name.size());
      return unit.length;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Span> read_span(std::string_view text) {
  milliseconds total{0};
  std::string_view rest = text == "0" ? "0s" : text;
  do {
    const auto number = take_number(rest);
    const auto unit = take_unit(rest);
    if (!number || !unit) {
      return std::nullopt;
    }
    total = *number > (kTooLong - total) / *unit ? kTooLong : total + *number * *unit;
  } while (!rest.empty());
  return total;
}

std::string exact_span_text(Span span) {
  std::string text;
  for (const std::string_view name : {"d", "h", "m", "s", "ms"}) {
    std::string_view unit_name = name;
    const milliseconds unit = *take_unit(unit_name);
    if (span >= unit) {
      text += std::to_string(span / unit).append(name);
      span %= unit;
    }
  }
  return text.empty() ? "0s" : text;
}

}  // namespace jobq
