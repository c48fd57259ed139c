#include "timestamp.h"

#include <cstdint>
#include <cstdio>

#include "text_rules.h"

namespace jobq {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kEpochSecondsMax = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr std::size_t kFractionDigitsMax = 9;

// Reads from the front of a text; after a mismatch `ok` stays false and the values mean nothing.
struct Reader {
  std::string_view rest;
  bool ok = true;

  int number(std::size_t digits, int min, int max) {
    int value = 0;
    if (rest.size() < digits) ok = false;
    for (std::size_t i = 0; ok && i < digits; ++i) {
      const char c = rest[i];
      if (c < '0' || c > '9') ok = false;
      value = value * 10 + (c - '0');
    }
    if (!ok || value < min || value > max) {
      ok = false;
      return min;
    }
    rest.remove_prefix(digits);
    return value;
  }

  void literal(char c) {
    if (!ok || rest.empty() || rest.front() != c) {
      ok = false;
      return;
    }
    rest.remove_prefix(1);
  }
};

milliseconds read_fraction(Reader& in) {
  if (!in.ok || !in.rest.starts_with('.')) return milliseconds(0);
  in.literal('.');
  int value = 0;
  std::size_t digits = 0;
  while (in.ok && !in.rest.empty() && in.rest.front() >= '0' && in.rest.front() <= '9') {
    const int digit = in.number(1, 0, 9);
    if (digits < 3) value = value * 10 + digit;
    ++digits;
  }
  if (digits == 0 || digits > kFractionDigitsMax) in.ok = false;
  for (std::size_t i = digits; i < 3; ++i) value *= 10;
  return milliseconds(value);
}

// What has to be added to UTC to get the local time written.
std::chrono::minutes read_offset(Reader& in) {
  if (in.ok && in.rest == "Z") {
    in.literal('Z');
    return std::chrono::minutes(0);
  }
  const bool is_negative = in.rest.starts_with('-');
  in.literal(is_negative ? '-' : '+');
  const std::chrono::hours hours(in.number(2, 0, 23));
  in.literal(':');
  const std::chrono::minutes offset = hours + std::chrono::minutes(in.number(2, 0, 59));
  return is_negative ? -offset : offset;
}

}  // namespace

std::optional<Time> parse_time(std::string_view text) {
  if (text.find('-') == std::string_view::npos) {
    const std::optional<std::uint64_t> seconds = parse_number(text, kEpochSecondsMax);
    return seconds ? std::optional(Time(std::chrono::seconds(*seconds))) : std::nullopt;
  }
  Reader in{text};
  const std::chrono::year year(in.number(4, 0, 9999));
  in.literal('-');
  const std::chrono::month month(static_cast<unsigned>(in.number(2, 1, 12)));
  in.literal('-');
  const std::chrono::day day(static_cast<unsigned>(in.number(2, 1, 31)));
  in.literal('T');
  const std::chrono::hours hours(in.number(2, 0, 23));
  in.literal(':');
  const std::chrono::minutes minutes(in.number(2, 0, 59));
  in.literal(':');
  const std::chrono::seconds seconds(in.number(2, 0, 59));
  const milliseconds fraction = read_fraction(in);
  const std::chrono::minutes offset = read_offset(in);
  const std::chrono::year_month_day date(year, month, day);
  if (!in.ok || !in.rest.empty() || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + hours + minutes + seconds + fraction - offset;
}

std::string rfc3339(Time time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss<milliseconds> clock(time - days);
  char text[64];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

std::string format_time(Time time) {
  std::string text = rfc3339(time);
  text.pop_back();
  if (text.ends_with(".000")) text.resize(text.size() - 4);
  text[text.find('T')] = ' ';
  return text + " UTC";
}

}  // namespace jobq
