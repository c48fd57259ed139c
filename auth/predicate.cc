#include "predicate.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>

#include "text_rules.h"
#include "timestamp.h"
#include "z85.h"

namespace auth {
namespace {

using Kind = Predicate::Kind;

constexpr std::size_t kQuotedBytesMax = 200;
constexpr std::uint64_t kCountMax = 999'999'999'999'999;
constexpr std::uint64_t kPriorityMax = 100;
constexpr std::uint64_t kSpanMax = 99'999;
constexpr std::uint64_t kSequenceMax = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kAttemptMax = std::numeric_limits<std::uint32_t>::max();

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

// A name, or what names begin with and a "*".
bool is_function_pattern(std::string_view value) {
  const bool is_open = value.ends_with('*');
  value.remove_suffix(is_open ? 1 : 0);
  return (is_open && value.empty()) ||
         jobq::wrong_with_name(value, jobq::limits::kIdBytesMax).empty();
}

bool is_observe_mode(std::string_view value) {
  return value == "data" || value == "audit" || value == "notification";
}

std::optional<std::chrono::seconds> unit_of(char letter) {
  switch (letter) {
    case 's': return std::chrono::seconds(1);
    case 'm': return std::chrono::minutes(1);
    case 'h': return std::chrono::hours(1);
    case 'd': return std::chrono::days(1);
    default: return std::nullopt;
  }
}

std::optional<Rate> parse_rate(std::string_view text) {
  if (text.size() < 3 || text[text.size() - 2] != '/') return std::nullopt;
  const std::optional<std::uint64_t> count =
      jobq::parse_number(text.substr(0, text.size() - 2), kCountMax);
  if (!count) return std::nullopt;
  const auto span = unit_of(text.back());
  return span ? std::optional(Rate{.count = *count, .span = *span}) : std::nullopt;
}

std::optional<std::chrono::seconds> parse_span(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto unit = unit_of(text.back());
  text.remove_suffix(1);
  const auto count = jobq::parse_number(text, kSpanMax);
  if (!unit || count.value_or(0) == 0) return std::nullopt;
  return *count * *unit;
}

std::optional<LeaseBound> parse_lease(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto sequence = jobq::parse_number(text.substr(0, dot), kSequenceMax);
  const auto attempt = jobq::parse_number(text.substr(dot + 1), kAttemptMax);
  if (sequence.value_or(0) == 0 || attempt.value_or(0) == 0) return std::nullopt;
  return LeaseBound{*sequence, static_cast<std::uint32_t>(*attempt)};
}

template <typename Value>
bool take(const std::optional<Value>& parsed, Value& value) {
  if (parsed) value = *parsed;
  return parsed.has_value();
}

// One spelling of each caveat: what stands before its value, and how that is read.
struct Form {
  Kind kind;
  std::string_view prefix;
  std::string_view example;
  bool (*read)(std::string_view value, Predicate& into);
};
using Value = std::string_view;
using To = Predicate;
constexpr std::array kForms = {
    Form{Kind::kPath, "path = ", "path = /scan/*", [](Value v, To&) { return is_pattern(v); }},
    Form{Kind::kMethod, "method = ", "method = GET", [](Value v, To&) { return is_method(v); }},
    Form{Kind::kTarget, "target = ", "target = jobqd",
         [](Value v, To&) { return is_value(v, kTargetBytesMax); }},
    Form{Kind::kClient, "client = ", "client = alice",
         [](Value v, To&) { return is_value(v, kClientBytesMax); }},
    Form{Kind::kTime, "time < ", "time < 2026-11-23T10:00:00Z",
         [](Value v, To& to) { return take(jobq::parse_time(v), to.time); }},
    Form{Kind::kJob, "job = ", "job = j1", [](Value v, To&) { return is_job(v); }},
    Form{Kind::kStatusOnly, "status-only", "status-only", [](Value v, To&) { return v.empty(); }},
    Form{Kind::kLease, "lease = ", "lease = 17.2",
         [](Value v, To& to) { return take(parse_lease(v), to.lease); }},
    Form{Kind::kPriority, "priority <= ", "priority <= 50",
         [](Value v, To& to) { return take(jobq::parse_number(v, kPriorityMax), to.number); }},
    Form{Kind::kBytes, "bytes <= ", "bytes <= 100000",
         [](Value v, To& to) { return take(jobq::parse_number(v, kCountMax), to.number); }},
    Form{Kind::kWaiting, "waiting <= ", "waiting <= 10",
         [](Value v, To& to) { return take(jobq::parse_number(v, kCountMax), to.number); }},
    Form{Kind::kValidFor, "valid-for <= ", "valid-for <= 15m",
         [](Value v, To& to) { return take(parse_span(v), to.span); }},
    Form{Kind::kRate, "rate <= ", "rate <= 100/m",
         [](Value v, To& to) { return take(parse_rate(v), to.rate); }},
    Form{Kind::kCurve, "curve = ", "curve = <40 characters of Z85>",
         [](Value v, To&) { return is_curve_key(v); }},
    Form{Kind::kObserve, "observe = ", "observe = data",
         [](Value v, To&) { return is_observe_mode(v); }},
    Form{Kind::kFunction, "function = ", "function = ocr*",
         [](Value v, To&) { return is_function_pattern(v); }},
};

// Up to the first character that is no small letter: finds the caveat meant by "path=/x".
std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"));
}

// The end when there is none.
auto form_of(std::string_view text) {
  return std::find_if(kForms.begin(), kForms.end(), [word = first_word(text)](const Form& form) {
    return first_word(form.prefix) == word;
  });
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
  if (form->read(predicate.value(), predicate)) predicate.kind = form->kind;
  return predicate;
}

std::optional<std::string> misspelling(std::string_view text) {
  const Kind kind = Predicate::parse(text).kind;
  if (kind == Kind::kUnknown) {
    return "there is no caveat " + quoted(text) + ": the store would refuse everything";
  }
  if (kind != Kind::kMalformed) return std::nullopt;
  return "caveat " + quoted(text) + " is malformed; it is written as in '" +
         std::string(form_of(text)->example) + "'";
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
