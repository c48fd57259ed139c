#include "json_values.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "jobq/limits.h"
#include "span_text.h"

namespace jobq {
namespace json {
namespace {

using Names = std::initializer_list<std::string_view>;

// Shown also when they say nothing: sums of time, and lists that are what was asked for.
const Names kAlways = {"WaitMs",           "RunMs",           "UptimeMs",       "Reasons", "Leases",
                       "RequestEndpoints", "DriverEndpoints", "StatusEndpoints"};
// Not shown when they are zero; nor is a limit, "FailuresMax". All other numbers are counts, of
// which zero is one.
const Names kNotZero = {"Progress",  "LogLines",   "RequestBytes",    "JobSequence", "Count",
                        "Priority",  "Cost",       "IsStrict",        "IsRequired",  "AnyEnd",
                        "LeftOut",   "IfUnique",   "CheckpointBytes", "RemovesAll",  "IsSlow",
                        "IsStalled", "StallFails", "Flagged",         "Slow",        "Stalled",
                        "Made"};
const Names kRaw = {"Item", "Request", "Response", "RequestSchema", "ResponseSchema"};

constexpr std::size_t kWordBytesMax = 64;  // what is longer is not told
constexpr std::size_t kPlaceBytesMax = 512;

bool has(Names names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What another parser took for JSON may still be refused by this one.
template <class Read>
auto read_at(const std::string& where, const Read& read) {
  try {
    return read();
  } catch (const Json::exception&) {
    throw WrongField(where, "is not JSON");
  }
}

Json leaf(const std::string& where, std::string_view text) {
  return read_at(where, [&] { return Json::parse(text); });
}

}  // namespace

bool is_raw(std::string_view name) { return has(kRaw, name); }
bool is_shown_when_unset(std::string_view name) { return has(kAlways, name); }
bool is_unset_when_zero(std::string_view name) {
  return has(kNotZero, name) || name.ends_with("Max");
}

// The store keeps seven digits of 0.7.
double rounded(double value) { return std::round(value * 1e6) / 1e6; }

std::string text_of(const std::string& where, std::string_view text) {
  if (!text.starts_with('"')) throw WrongField(where, "a text is expected");
  return leaf(where, text).get<std::string>();
}

std::uint64_t number_of(const std::string& where, std::string_view text, std::uint64_t max) {
  const char first = text.empty() ? '"' : text.front();
  const Json number = first >= '0' && first <= '9' ? leaf(where, text) : Json();
  if (!number.is_number_unsigned() || number.get<std::uint64_t>() > max) {
    throw WrongField(where, "a whole number from 0 to " + std::to_string(max) + " is expected");
  }
  return number.get<std::uint64_t>();
}

std::int64_t signed_number_of(const std::string& where, std::string_view text) {
  const Json number = leaf(where, text);
  const bool is_large =
      number.is_number_unsigned() && number.get<std::uint64_t>() > std::uint64_t{INT64_MAX};
  if (!number.is_number_integer() || is_large) {
    throw WrongField(where, "a whole number of 64 bits with sign is expected");
  }
  return number.get<std::int64_t>();
}

double decimal_of(const std::string& where, std::string_view text) {
  const Json number = leaf(where, text);
  if (!number.is_number()) throw WrongField(where, "a number is expected");
  return number.get<double>();
}

bool truth_of(const std::string& where, std::string_view text) {
  if (text != "true" && text != "false") throw WrongField(where, "true or false is expected");
  return text == "true";
}

Span span_of(const std::string& where, std::string_view text) {
  return Span(number_of(where, text, static_cast<std::uint64_t>(kSpanMax.count())));
}

Time time_of(const std::string& where, std::string_view text) {
  if (!text.starts_with('"') && !text.starts_with('-')) {
    const Json number = leaf(where, text);
    if (number.is_number_unsigned()) {
      return Time(Span(number_of(where, text, limits::kNotBeforeMax)));
    }
  }
  const auto time = parse_time(text_of(where, text));
  if (!time) throw WrongField(where, "a time such as 2026-11-23T10:00:00.000Z is expected");
  return *time;
}

std::string place_of(const std::string& where, const std::string& name) {
  return where.empty() ? name : where + "." + name;
}

JsonMembers fields_of(const std::string& where, std::string_view text) {
  if (where.size() > kPlaceBytesMax) throw WrongField(where, "is nested too deep");
  auto members = read_at(where, [&] { return members_of(text); });
  if (!members) throw WrongField(where, "an object is expected");
  std::set<std::string_view> seen;
  for (const auto& [name, part] : *members) {
    if (!seen.insert(name).second) throw WrongField(place_of(where, name), "it stands there twice");
  }
  return std::move(*members);
}

std::vector<std::string_view> list_of(const std::string& where, std::string_view text,
                                      const JsonReading& reading) {
  auto items = items_of(text);
  if (!items) throw WrongField(where, "a list is expected");
  const std::size_t count = items->size();
  if (count > reading.items_max) {
    throw WrongField(where, "more than " + std::to_string(reading.items_max) + " items");
  }
  if (reading.items_left != nullptr) {
    if (count > *reading.items_left) throw WrongField(where, "too many items in all lists");
    *reading.items_left -= count;
  }
  return std::move(*items);
}

void no_word(const std::string& where, const std::string& word) {
  throw WrongField(
      where, word.size() > kWordBytesMax ? "is no word of it" : "'" + word + "' is no word of it");
}

}  // namespace json

WrongField::WrongField(const std::string& at, const std::string& what)
    : std::runtime_error(at.empty() ? what : "field " + at + ": " + what), field(at), wrong(what) {}

}  // namespace jobq
