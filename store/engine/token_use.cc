#include "token_use.h"

#include <algorithm>

namespace store {
namespace {

constexpr int kParts = 50;

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

char letter_of(RateSpan span) { return "smhd"[static_cast<std::size_t>(span)]; }

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

bool TokenUse::is_counted() const {
  return std::any_of(windows.begin(), windows.end(), [](const auto& window) { return window; });
}

bool TokenUse::is_over(Time now) const {
  return !(revoked && revoked->holds(now)) &&
         std::all_of(windows.begin(), windows.end(),
                     [&](const auto& window) { return !window || window->used(now) == 0; });
}

}  // namespace store
