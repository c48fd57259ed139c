#include "time_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>

#include "failure.h"

namespace tools {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSpanMax = std::chrono::hours(24) * 36'525;

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

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits off the front; empty when there are none or too many to matter.
std::optional<milliseconds::rep> take_number(std::string_view& rest) {
  constexpr std::size_t kDigitsMax = 13;
  milliseconds::rep value = 0;
  std::size_t digits = 0;
  while (digits < rest.size() && is_digit(rest[digits])) {
    if (digits == kDigitsMax) return std::nullopt;
    value = value * 10 + (rest[digits++] - '0');
  }
  if (digits == 0) return std::nullopt;
  rest.remove_prefix(digits);
  return value;
}

std::optional<milliseconds> take_unit(std::string_view& rest) {
  for (const Unit& unit : kUnits) {
    if (!rest.starts_with(unit.name)) continue;
    rest.remove_prefix(unit.name.size());
    return unit.length;
  }
  return std::nullopt;
}

std::tm local(jobq::Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm fields{};
  ::localtime_r(&seconds, &fields);
  return fields;
}

}  // namespace

std::optional<jobq::Span> parse_span(std::string_view text) {
  milliseconds total{0};
  std::string_view rest = text;
  if (rest.empty()) return std::nullopt;
  while (!rest.empty()) {
    const bool is_first = rest.size() == text.size();
    const auto number = take_number(rest);
    if (!number) return std::nullopt;
    const auto unit = rest.empty() && is_first ? std::chrono::seconds(1) : take_unit(rest);
    if (!unit || *number > kSpanMax / *unit) return std::nullopt;
    total += *number * *unit;
    if (total > kSpanMax) return std::nullopt;
  }
  return total;
}

jobq::Span span_of_option(const std::string& option, std::string_view text) {
  if (const auto span = parse_span(text)) return *span;
  throw UsageError(
      fmt::format("{}: '{}' is no duration; write 500ms, 90s, 15m, 1h or 7d", option, text));
}

std::string span_text(jobq::Span span) {
  if (span < std::chrono::seconds(1)) return fmt::format("{} ms", span.count());
  const auto seconds = span.count() / 1000;
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} d", seconds / 86'400);
}

std::string rfc3339(jobq::Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (time - seconds).count());
}

std::string clock_text(jobq::Time time, jobq::Time now) {
  if (time == jobq::Time{}) return "-";
  const std::tm then = local(time);
  const std::tm today = local(now);
  const bool is_today = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
  return is_today ? fmt::format("{:%H:%M:%S}", then) : fmt::format("{:%Y-%m-%d %H:%M:%S}", then);
}

std::string distance_text(jobq::Time time, jobq::Time now) {
  const jobq::Span span = now - time;
  if (span >= std::chrono::seconds(1)) return span_text(span) + " ago";
  if (span <= std::chrono::seconds(-1)) return "in " + span_text(-span);
  return "now";
}

jobq::Time system_now() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

}  // namespace tools
