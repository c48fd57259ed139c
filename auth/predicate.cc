#include "predicate.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <optional>

#include "z85.h"

namespace auth {
namespace {

using Kind = Predicate::Kind;

constexpr std::size_t kQuotedBytesMax = 200;
constexpr std::size_t kNumberDigitsMax = 15;
constexpr std::uint64_t kPriorityMax = 100;
constexpr std::uint64_t kSequenceMax = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kAttemptMax = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kCurveKeyBytes = 40;

struct Form {
  Kind kind;
  std::string_view name;
  std::string_view prefix;
  std::string_view example;
};
constexpr std::array kForms = {
    Form{Kind::kPath, "path", "path = ", "path = /scan/*"},
    Form{Kind::kMethod, "method", "method = ", "method = GET"},
    Form{Kind::kTarget, "target", "target = ", "target = jobqd"},
    Form{Kind::kClient, "client", "client = ", "client = alice"},
    Form{Kind::kTime, "time", "time < ", "time < 2026-11-23T10:00:00Z"},
    Form{Kind::kJob, "job", "job = ", "job = j1"},
    Form{Kind::kStatusOnly, "status-only", "status-only", "status-only"},
    Form{Kind::kLease, "lease", "lease = ", "lease = 17.2"},
    Form{Kind::kPriority, "priority", "priority <= ", "priority <= 50"},
    Form{Kind::kBytes, "bytes", "bytes <= ", "bytes <= 100000"},
    Form{Kind::kWaiting, "waiting", "waiting <= ", "waiting <= 10"},
    Form{Kind::kRate, "rate", "rate <= ", "rate <= 100/m"},
    Form{Kind::kCurve, "curve", "curve = ", "curve = <40 characters of Z85>"},
    Form{Kind::kObserve, "observe", "observe = ", "observe = data"},
};

bool is_printable(char c) { return c >= 0x21 && c <= 0x7e; }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_value(std::string_view value, std::size_t bytes_max) {
  return !value.empty() && value.size() <= bytes_max &&
         std::all_of(value.begin(), value.end(), is_printable);
}

bool is_pattern(std::string_view value) {
  return is_value(value, kPredicateBytesMax) && (value.starts_with('/') || value == "*");
}

bool is_job(std::string_view value) {
  const auto fits = [](char c) {
    return is_letter(c) || is_digit(c) ||
           std::string_view("._~-").find(c) != std::string_view::npos;
  };
  return !value.empty() && value.size() <= kJobBytesMax &&
         std::all_of(value.begin(), value.end(), fits);
}

bool is_curve_key(std::string_view value) {
  return value.size() == kCurveKeyBytes && z85_decode(value).has_value();
}

bool is_observe_mode(std::string_view value) {
  return value == "data" || value == "audit" || value == "notification";
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.empty() || text.size() > kNumberDigitsMax) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

std::optional<Rate> parse_rate(std::string_view text) {
  if (text.size() < 3 || text[text.size() - 2] != '/') return std::nullopt;
  const std::optional<std::uint64_t> count = parse_number(text.substr(0, text.size() - 2));
  if (!count) return std::nullopt;
  switch (text.back()) {
    case 's': return Rate{*count, std::chrono::seconds(1)};
    case 'm': return Rate{*count, std::chrono::minutes(1)};
    case 'h': return Rate{*count, std::chrono::hours(1)};
    case 'd': return Rate{*count, std::chrono::days(1)};
    default: return std::nullopt;
  }
}

// From 1 to `max`.
std::optional<std::uint64_t> parse_ordinal(std::string_view text, std::uint64_t max) {
  if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number && number <= max ? std::optional(number) : std::nullopt;
}

std::optional<LeaseBound> parse_lease(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto sequence = parse_ordinal(text.substr(0, dot), kSequenceMax);
  const auto attempt = parse_ordinal(text.substr(dot + 1), kAttemptMax);
  if (!sequence || !attempt) return std::nullopt;
  return LeaseBound{*sequence, static_cast<std::uint32_t>(*attempt)};
}

// Up to the first character that is not a letter: finds the caveat meant by "path=/x".
std::string_view first_word(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(),
                                    [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

// The end when there is none.
auto form_of(std::string_view text) {
  return std::find_if(kForms.begin(), kForms.end(),
                      [word = first_word(text)](const Form& form) { return form.name == word; });
}

template <typename Value>
bool take(const std::optional<Value>& parsed, Value& value) {
  if (parsed) value = *parsed;
  return parsed.has_value();
}

// Reads the value of the caveat, whose name and sign have been read.
bool read_value(Kind kind, Predicate& predicate) {
  const std::string_view value = predicate.value();
  switch (kind) {
    case Kind::kPath: return is_pattern(value);
    case Kind::kMethod: return is_method(value);
    case Kind::kTarget: return is_value(value, kTargetBytesMax);
    case Kind::kClient: return is_value(value, kClientBytesMax);
    case Kind::kTime: return take(parse_time(value), predicate.time);
    case Kind::kJob: return is_job(value);
    case Kind::kStatusOnly: return value.empty();
    case Kind::kLease: return take(parse_lease(value), predicate.lease);
    case Kind::kPriority:
      return take(parse_number(value), predicate.number) && predicate.number <= kPriorityMax;
    case Kind::kBytes:
    case Kind::kWaiting: return take(parse_number(value), predicate.number);
    case Kind::kRate: return take(parse_rate(value), predicate.rate);
    case Kind::kCurve: return is_curve_key(value);
    case Kind::kObserve: return is_observe_mode(value);
    case Kind::kMalformed:
    case Kind::kUnknown: break;
  }
  return false;
}

}  // namespace

Predicate Predicate::parse(std::string_view text) {
  Predicate predicate;
  predicate.text = text;
  const auto* const form = form_of(text);
  if (form == kForms.end()) return predicate;
  predicate.kind = Kind::kMalformed;
  if (!text.starts_with(form->prefix) || text.size() > kPredicateBytesMax) return predicate;
  predicate.value_at = form->prefix.size();
  if (read_value(form->kind, predicate)) predicate.kind = form->kind;
  return predicate;
}

std::string_view example_of(std::string_view text) {
  const auto* const form = form_of(text);
  return form == kForms.end() ? std::string_view() : form->example;
}

bool is_method(std::string_view value) {
  return value == "GET" || value == "POST" || value == "PUT" || value == "DELETE";
}

bool covers(std::string_view pattern, std::string_view path) {
  if (!pattern.ends_with('*')) return path == pattern;
  pattern.remove_suffix(1);
  return path.size() > pattern.size() && path.starts_with(pattern);
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, kQuotedBytesMax)) {
    if (is_printable(c) || c == ' ') {
      out += c;
      continue;
    }
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(c) & 0xffU);
    out += escaped;
  }
  return out + (text.size() > kQuotedBytesMax ? "...'" : "'");
}

}  // namespace auth
