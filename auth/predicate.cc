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
constexpr std::uint64_t kRunningMax = 1'000'000;
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
  const auto rate = jobq::parse_rate(text, kCountMax);
  if (!rate) return std::nullopt;
  return Rate{.count = rate->count, .span = *unit_of(rate->unit)};
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

std::optional<ActingFor> parse_acting(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view datasource = text.substr(0, slash);
  const auto lease = parse_lease(text.substr(slash + 1));
  if (!lease || !jobq::wrong_with_datasource_id(datasource).empty()) return std::nullopt;
  return ActingFor{std::string(datasource), *lease};
}

// The next of such a list; what it was is taken off.
std::string_view take_call(std::string_view& calls) {
  const std::string_view call = calls.substr(0, calls.find(", "));
  calls.remove_prefix(std::min(call.size() + 2, calls.size()));
  return call;
}

// Its method, which may be empty, and its path.
std::pair<std::string_view, std::string_view> parts_of_call(std::string_view call) {
  const std::size_t space = call.find(' ');
  if (space == std::string_view::npos) return {{}, call};
  return {call.substr(0, space), call.substr(space + 1)};
}

bool are_calls(std::string_view calls) {
  if (calls.empty() || calls.ends_with(',') || calls.ends_with(", ")) return false;
  while (!calls.empty()) {
    const std::string_view call = take_call(calls);
    const auto [method, path] = parts_of_call(call);
    if (call.starts_with(' ') || (!method.empty() && !is_method(method)) ||
        !path.starts_with('/') || !is_pattern(path) || path.find(',') != std::string_view::npos) {
      return false;
    }
  }
  return true;
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
template <bool (*kIs)(std::string_view)>
bool fits(Value value, To&) {
  return kIs(value);
}
template <std::size_t kBytesMax>
bool is_short(Value value, To&) {
  return is_value(value, kBytesMax);
}
template <std::uint64_t kMin, std::uint64_t kMax>
bool take_number(Value value, To& to) {
  return take(jobq::parse_number(value, kMax), to.number) && to.number >= kMin;
}
constexpr std::array kForms = {
    Form{Kind::kPath, "path = ", "path = /scan/*", fits<is_pattern>},
    Form{Kind::kMethod, "method = ", "method = GET", fits<is_method>},
    Form{Kind::kTarget, "target = ", "target = jobqd", is_short<kTargetBytesMax>},
    Form{Kind::kClient, "client = ", "client = alice", is_short<kClientBytesMax>},
    Form{Kind::kTime, "time < ", "time < 2026-11-23T10:00:00Z",
         [](Value v, To& to) { return take(jobq::parse_time(v), to.time); }},
    Form{Kind::kJob, "job = ", "job = j1", fits<is_job>},
    Form{Kind::kStatusOnly, "status-only", "status-only", [](Value v, To&) { return v.empty(); }},
    Form{Kind::kLease, "lease = ", "lease = 17.2",
         [](Value v, To& to) { return take(parse_lease(v), to.lease); }},
    Form{Kind::kPriority, "priority <= ", "priority <= 50", take_number<0, kPriorityMax>},
    Form{Kind::kBytes, "bytes <= ", "bytes <= 100000", take_number<0, kCountMax>},
    Form{Kind::kWaiting, "waiting <= ", "waiting <= 10", take_number<0, kCountMax>},
    Form{Kind::kRunning, "running <= ", "running <= 4", take_number<1, kRunningMax>},
    Form{Kind::kValidFor, "valid-for <= ", "valid-for <= 15m",
         [](Value v, To& to) { return take(parse_span(v), to.span); }},
    Form{Kind::kRate, "rate <= ", "rate <= 100/m",
         [](Value v, To& to) { return take(parse_rate(v), to.rate); }},
    Form{Kind::kCurve, "curve = ", "curve = <40 characters of Z85>", fits<is_curve_key>},
    Form{Kind::kObserve, "observe = ", "observe = data", fits<is_observe_mode>},
    Form{Kind::kFunction, "function = ", "function = ocr*", fits<is_function_pattern>},
    Form{Kind::kCalls, "calls = ", "calls = GET /photos/*, POST /scan/job/", fits<are_calls>},
    Form{Kind::kActing, "acting = ", "acting = scan/17.2",
         [](Value v, To& to) { return take(parse_acting(v), to.acting); }},
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

bool covers_call(std::string_view calls, std::string_view method, std::string_view path) {
  while (!calls.empty()) {
    const auto [by, pattern] = parts_of_call(take_call(calls));
    if ((by.empty() || by == method) && covers(pattern, path)) return true;
  }
  return false;
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
