#include "time_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "failure.h"
#include "jobq/limits.h"
#include "text_rules.h"

namespace tools {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kEpochDigitsMin = 9;  // fewer are more likely a span without its unit
constexpr std::size_t kEpochMsDigitsMin = 12;

std::optional<jobq::Time> parse_epoch(std::string_view digits) {
  const std::uint64_t unit_ms = digits.size() < kEpochMsDigitsMin ? 1000 : 1;
  const auto count = jobq::parse_number(digits, jobq::limits::kNotBeforeMax / unit_ms);
  if (digits.size() < kEpochDigitsMin || !count) return std::nullopt;
  return jobq::Time(milliseconds(static_cast<std::int64_t>(*count * unit_ms)));
}

std::tm local(jobq::Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm fields{};
  ::localtime_r(&seconds, &fields);
  return fields;
}

// "Z" or "+01:00".
std::string zone_text(const std::tm& fields) {
  const std::int64_t minutes = fields.tm_gmtoff / 60;
  return minutes == 0 ? "Z"
                      : fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+',
                                    std::abs(minutes) / 60, std::abs(minutes) % 60);
}

}  // namespace

std::optional<jobq::Span> parse_span(std::string_view text) {
  const auto span = jobq::read_span(text);
  return span && *span <= jobq::kSpanMax ? span : std::nullopt;
}

jobq::Span span_of_option(const std::string& option, std::string_view text,
                          const SpanLimits& limits) {
  const auto span = jobq::read_span(text);
  if (!span) {
    throw UsageError(
        fmt::format("{}: '{}' is no duration; write 500ms, 90s, 15m, 1h or 7d", option, text));
  }
  if (*span < limits.min || *span > limits.max) {
    throw UsageError(fmt::format("{}: '{}' is not within {} to {}", option, text,
                                 exact_span_text(limits.min), exact_span_text(limits.max)));
  }
  return *span;
}

std::optional<jobq::Time> parse_instant(std::string_view text, jobq::Time now, SpanMeans means) {
  if (text.find_first_not_of("0123456789") == std::string_view::npos) return parse_epoch(text);
  if (const auto span = parse_span(text)) {
    const jobq::Time time = means == SpanMeans::kAgo ? now - *span : now + *span;
    return std::max(time, jobq::Time(milliseconds(1)));
  }
  return jobq::parse_time(text);
}

jobq::Time instant_of_option(const std::string& option, std::string_view text, jobq::Time now,
                             SpanMeans means) {
  if (const auto time = parse_instant(text, now, means)) return *time;
  throw UsageError(fmt::format(
      "{}: '{}' is no time; write 2026-11-23T10:00:00Z, seconds or milliseconds since 1970, or {}",
      option, text,
      means == SpanMeans::kAgo ? "how long ago, as 15m" : "how long from now, as 15m"));
}

std::string span_text(jobq::Span span) {
  if (span < std::chrono::seconds(1)) return fmt::format("{} ms", span.count());
  const auto nearest = [&](std::int64_t unit_ms) { return (span.count() + unit_ms / 2) / unit_ms; };
  if (span < std::chrono::minutes(2)) return fmt::format("{} s", nearest(1000));
  if (span < std::chrono::hours(2)) return fmt::format("{} min", nearest(60'000));
  if (span < std::chrono::hours(48)) return fmt::format("{} h", nearest(3'600'000));
  return fmt::format("{} d", nearest(86'400'000));
}

std::string clock_text(jobq::Time time, jobq::Time now) {
  if (time == jobq::Time{}) return "-";
  const std::tm then = local(time);
  const std::tm today = local(now);
  const bool is_today = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
  return (is_today ? "" : fmt::format("{:%Y-%m-%d} ", then)) + fmt::format("{:%H:%M:%S}", then) +
         zone_text(then);
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
