#include "caveats.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace auth {
namespace {

constexpr std::size_t kQuotedBytesMax = 200;

bool is_printable(char c) { return c >= 0x21 && c <= 0x7e; }

// In quotes, cut short, and with nothing in it that a terminal would obey.
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

bool is_value(std::string_view value, std::size_t bytes_max) {
  return !value.empty() && value.size() <= bytes_max &&
         std::all_of(value.begin(), value.end(), is_printable);
}

bool is_method(std::string_view value) {
  constexpr std::array<std::string_view, 4> kMethods = {"GET", "POST", "PUT", "DELETE"};
  return std::find(kMethods.begin(), kMethods.end(), value) != kMethods.end();
}

bool is_pattern(std::string_view value) {
  return is_value(value, kPredicateBytesMax) && (value.starts_with('/') || value == "*");
}

// Up to the first character that is not a letter: finds the caveat meant by "path=/x".
std::string_view first_word(std::string_view text) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto end = std::find_if_not(text.begin(), text.end(), is_letter);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

bool covers(std::string_view pattern, std::string_view path) {
  if (!pattern.ends_with('*')) return path == pattern;
  pattern.remove_suffix(1);
  return path.size() > pattern.size() && path.starts_with(pattern);
}

}  // namespace

Caveats::Predicate Caveats::parse_predicate(const std::string& text) {
  struct Form {
    std::string_view name;
    std::string_view prefix;
    Kind kind;
  };
  static constexpr std::array<Form, 5> kForms = {{
      {"path", "path = ", Kind::kPath},
      {"method", "method = ", Kind::kMethod},
      {"target", "target = ", Kind::kTarget},
      {"client", "client = ", Kind::kClient},
      {"time", "time < ", Kind::kTime},
  }};
  Predicate predicate;
  predicate.text = text;
  for (const Form& form : kForms) {
    if (first_word(text) != form.name) continue;
    predicate.kind = Kind::kMalformed;
    if (!text.starts_with(form.prefix) || text.size() > kPredicateBytesMax) continue;
    predicate.value_at = form.prefix.size();
    const std::string_view value = predicate.value();
    bool is_good = false;
    switch (form.kind) {
      case Kind::kPath: is_good = is_pattern(value); break;
      case Kind::kMethod: is_good = is_method(value); break;
      case Kind::kTarget: is_good = is_value(value, kTargetBytesMax); break;
      case Kind::kClient: is_good = is_value(value, kClientBytesMax); break;
      case Kind::kTime:
        if (const std::optional<Time> time = parse_time(value)) {
          predicate.time = *time;
          is_good = true;
        }
        break;
      case Kind::kMalformed:
      case Kind::kUnknown: break;
    }
    if (is_good) predicate.kind = form.kind;
  }
  return predicate;
}

Caveats Caveats::parse(const std::vector<Caveat>& caveats) {
  Caveats parsed;
  parsed.predicates_.reserve(caveats.size());
  for (const Caveat& caveat : caveats) {
    if (caveat.third_party) {
      parsed.refusal_ = "third-party caveat " + quoted(caveat.predicate) + " is not supported";
      break;
    }
    Predicate predicate = parse_predicate(caveat.predicate);
    if (predicate.kind == Kind::kMalformed || predicate.kind == Kind::kUnknown) {
      const bool is_unknown = predicate.kind == Kind::kUnknown;
      parsed.refusal_ =
          "caveat " + quoted(predicate.text) + (is_unknown ? " is unknown" : " is malformed");
      break;
    }
    if (predicate.kind == Kind::kClient) {
      if (!parsed.client_.empty() && parsed.client_ != predicate.value()) {
        parsed.refusal_ = "caveat " + quoted(predicate.text) + " contradicts caveat " +
                          quoted("client = " + parsed.client_);
        break;
      }
      parsed.client_ = predicate.value();
    }
    if (predicate.kind == Kind::kTime) {
      parsed.expires_ = std::min(parsed.expires_.value_or(predicate.time), predicate.time);
    }
    parsed.predicates_.push_back(std::move(predicate));
  }
  return parsed;
}

std::optional<std::string> Caveats::first_failure(const Facts& facts,
                                                  std::string_view target) const {
  if (refusal_) return refusal_;
  for (const Predicate& predicate : predicates_) {
    switch (predicate.kind) {
      case Kind::kPath:
        if (covers(predicate.value(), facts.path)) continue;
        return "caveat " + quoted(predicate.text) + " does not cover this path";
      case Kind::kMethod:
        if (predicate.value() == facts.method) continue;
        return "caveat " + quoted(predicate.text) + " does not allow " +
               (is_method(facts.method) ? std::string(facts.method) : "this method");
      case Kind::kTarget:
        if (predicate.value() == target) continue;
        return "caveat " + quoted(predicate.text) + " names another store";
      case Kind::kClient: continue;  // whose jobs are meant is the caller's to compare
      case Kind::kTime:
        if (facts.now < predicate.time) continue;
        return "caveat " + quoted(predicate.text) + " has expired";
      case Kind::kMalformed:
      case Kind::kUnknown: break;
    }
    return "caveat " + quoted(predicate.text) + " is not understood";
  }
  return std::nullopt;
}

std::string explain(const Caveat& caveat) {
  using Kind = Caveats::Kind;
  if (caveat.third_party) {
    return "nothing: third-party caveat " + quoted(caveat.predicate) + " is not supported";
  }
  const Caveats::Predicate predicate = Caveats::parse_predicate(caveat.predicate);
  const std::string value(predicate.value());
  switch (predicate.kind) {
    case Kind::kPath:
      if (!value.ends_with('*')) return "only the path " + value;
      if (value == "*") return "any path";
      return "only paths that start with " + value.substr(0, value.size() - 1) + " and go on";
    case Kind::kMethod: return "only " + value + " requests";
    case Kind::kTarget: return "only at store " + value;
    case Kind::kClient: return "only as client " + value;
    case Kind::kTime: return "only until " + format_time(predicate.time);
    case Kind::kMalformed: return "nothing: caveat " + quoted(predicate.text) + " is malformed";
    case Kind::kUnknown: break;
  }
  return "nothing: caveat " + quoted(predicate.text) + " is unknown";
}

}  // namespace auth
