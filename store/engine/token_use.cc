#include "token_use.h"

#include <algorithm>
#include <charconv>

#include "text_rules.h"

namespace store {
namespace {

constexpr int kParts = 50;
constexpr std::string_view kLetters = "smhd";  // of spans, in their order

}  // namespace

Span length_of(RateSpan span) {
  switch (span) {
    case RateSpan::kSecond: return std::chrono::seconds(1);
    case RateSpan::kMinute: return std::chrono::minutes(1);
    case RateSpan::kHour: return std::chrono::hours(1);
    case RateSpan::kDay: return std::chrono::hours(24);
  }
  return {};
}

char letter_of(RateSpan span) { return kLetters[static_cast<std::size_t>(span)]; }

std::optional<RateLimit> start_rate_of(std::string_view text) {
  const auto rate = jobq::parse_rate(text, jobq::limits::kStartRateMax);
  if (!rate || rate->count == 0) {
    return std::nullopt;
  }
  return RateLimit{.count = rate->count, .span = static_cast<RateSpan>(kLetters.find(rate->unit))};
}

std::string use_name(std::string_view token, std::uint64_t budget) {
  std::string name(token);
  if (budget != 0) {
    char digits[2 * sizeof budget];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), budget, 16).ptr;
    name.append("\n").append(digits, end);
  }
  return name;
}

std::uint64_t UseWindow::part_of(Time now) const {
  return static_cast<std::uint64_t>(now.time_since_epoch() / (length_of(span_) / kParts));
}

void UseWindow::add(Time now, std::uint64_t count) {
  const std::uint64_t part = part_of(now);
  std::erase_if(parts_, [&](const Part& old) { return old.number + kParts < part; });
  if (parts_.empty() || parts_.back().number != part) {
    parts_.push_back({part, 0});
  }
  parts_.back().count += count;
}

std::uint64_t UseWindow::used(Time now) const {
  const std::uint64_t part = part_of(now);
  std::uint64_t used = 0;
  for (const Part& counted : parts_) {
    used += counted.number + kParts < part ? 0 : counted.count;
  }
  return used;
}

Time UseWindow::time_of(std::uint64_t allowed) const {
  std::uint64_t used = 0;
  for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) {
    used += part->count;
    if (used > allowed) {
      return Time((length_of(span_) / kParts) * static_cast<Span::rep>(part->number + kParts + 1));
    }
  }
  return {};
}

bool fits_one(std::string_view function, std::string_view pattern) {
  if (!pattern.ends_with('*')) {
    return function == pattern;
  }
  pattern.remove_suffix(1);
  return function.starts_with(pattern);
}

bool fits_all(std::string_view function, const std::vector<std::string>& patterns) {
  return std::all_of(patterns.begin(), patterns.end(),
                     [&](std::string_view pattern) { return fits_one(function, pattern); });
}

std::string not_for(const std::vector<std::string>& patterns, std::string_view function) {
  std::string text = function.empty() ? "none is said" : "'" + std::string(function) + "'";
  for (const std::string& pattern : patterns) {
    if (!fits_one(function, pattern)) {
      text += ", and the token is for function = ";
      text += pattern;
      return text;
    }
  }
  return text;
}

std::uint64_t used_of(const TokenUse* use, RateSpan span, Time now) {
  const auto* window = use == nullptr ? nullptr : &use->windows[static_cast<std::size_t>(span)];
  return window == nullptr || !*window ? 0 : (*window)->used(now);
}

bool TokenUse::is_over(Time now) const {
  return !(revoked && revoked->holds(now)) &&
         std::all_of(windows.begin(), windows.end(),
                     [&](const auto& window) { return !window || window->used(now) == 0; });
}

}  // namespace store
