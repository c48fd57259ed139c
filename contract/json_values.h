// Values to JSON and back, by walking their fields (field_tables.h), with the names that
// schema/protocol.capnp gives them.
//
// In JSON, times are RFC 3339 text, spans milliseconds, enumerations words. Requests, responses and
// items of catalogues stand there as they were written. A field that is not set is left out: an
// empty text or list, no time, no span, a limit of zero. Counts are there also when they are zero.
// A lease is no object of its own: its fields stand among those of what holds it, its token as
// "leaseToken".
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "field_tables.h"
#include "raw_json.h"
#include "timestamp.h"

namespace jobq {

// ------------------------------------------------------------------------------------- to JSON

// What the fields of one value share; part of what is below.
namespace json {

template <class T>
inline constexpr bool kIsList = false;
template <class T>
inline constexpr bool kIsList<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

bool is_raw(std::string_view name);  // JSON as somebody wrote it
// Of values that have another such field: its name.
template <class Owner>
inline constexpr std::string_view kRawOf{};
template <class Owner>
bool is_raw_in(std::string_view name) {
  return is_raw(name) || (!name.empty() && name == kRawOf<Owner>);
}
bool is_shown_when_unset(std::string_view name);
bool is_unset_when_zero(std::string_view name);
double rounded(double value);

template <class Owner>
bool is_always_shown(std::string_view name) {
  if (std::is_same_v<Owner, FunctionStats> && name == "Function") return true;
  if (std::is_same_v<Owner, JobCount>) return true;
  return is_shown_when_unset(name) || (std::is_same_v<Owner, JobError> && name == "Message");
}

template <class T>
bool is_unset(std::string_view name, const T& value) {
  if constexpr (std::is_same_v<T, std::string> || kIsList<T>) return value.empty();
  if constexpr (std::is_same_v<T, JobError>) return says_nothing(value);
  if constexpr (std::is_same_v<T, Span> || std::is_same_v<T, Time>) return value == T{};
  if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
    return value == T{} && is_unset_when_zero(name);
  }
  return false;
}

// Calls `visit(name, member, is_raw)` with each field of the value that is to be shown.
template <HasFields T, class Visit>
void each_shown(const T& value, const Visit& visit) {
  each_field(value, [&](const auto& member, const auto& access) {
    using Member = std::remove_cvref_t<decltype(member)>;
    if constexpr (std::is_same_v<decltype(access), const InlinedAccess&>) {
      each_shown(member, visit);
    } else if constexpr (std::is_same_v<Member, Lease>) {
      visit("job", member.job, false);
      visit("attempt", member.attempt, false);
      if (!member.token.empty()) visit("leaseToken", member.token, false);
    } else if constexpr (kIsOptional<Member>) {
      if (member) visit(schema_name(access.name), *member, false);
    } else if (is_always_shown<T>(access.name) || !is_unset(access.name, member)) {
      visit(schema_name(access.name), member, is_raw_in<T>(access.name));
    }
  });
}

}  // namespace json

// Its fields but those that are JSON already, and those of `but`, here too.
template <HasFields T>
Json object_of(const T& value, const std::set<std::string_view>& but = {});

template <class T>
Json json_of(const T& value) {
  if constexpr (HasFields<T>) {
    return object_of(value);
  } else if constexpr (json::kIsList<T>) {
    Json list = Json::array();
    for (const auto& item : value) list.push_back(json_of(item));
    return list;
  } else if constexpr (std::is_same_v<T, Span>) {
    return value.count();
  } else if constexpr (std::is_same_v<T, Time>) {
    return rfc3339(value);
  } else if constexpr (std::is_same_v<T, double>) {
    return json::rounded(value);
  } else if constexpr (Named<T>) {
    return to_string(value);
  } else {
    return value;
  }
}

template <HasFields T>
Json object_of(const T& value, const std::set<std::string_view>& but) {
  Json object = Json::object();
  json::each_shown(value, [&](const auto& name, const auto& member, bool is_raw) {
    if (!is_raw && !but.contains(name)) object[name] = json_of(member);
  });
  return object;
}

// The whole value as a line, with what is JSON already as it was written.
template <class T>
void append_json(std::string& text, const T& value) {
  if constexpr (HasFields<T>) {
    text += '{';
    json::each_shown(value, [&](const auto& name, const auto& member, bool is_raw) {
      if (!text.ends_with('{')) text += ',';
      text += '"';
      text += name;
      text += "\":";
      if constexpr (std::is_same_v<decltype(member), const std::string&>) {
        is_raw ? append_raw(text, member) : append_json(text, member);
      } else {
        append_json(text, member);
      }
    });
    text += '}';
  } else if constexpr (json::kIsList<T>) {
    text += '[';
    for (const auto& item : value) {
      if (!text.ends_with('[')) text += ',';
      append_json(text, item);
    }
    text += ']';
  } else {
    text += to_text(json_of(value));
  }
}

// ----------------------------------------------------------------------------------- from JSON

// What is wrong with which field of an object: "field terms.backoff: an object is expected". May
// hold bytes of the JSON, which a terminal could obey.
class WrongField : public std::runtime_error {
 public:
  WrongField(const std::string& at, const std::string& what);
  const std::string field;  // "terms.backoff", "tags[1]"; empty: the value itself
  const std::string wrong;
};

struct JsonReading {
  bool ignores_unknown = false;  // fields that there are none of
  // What is left out is zero, as in messages, also where a value says otherwise by itself.
  bool is_zero_by_default = false;
  // Of somebody unknown: a list may be so long, and all of them together, where that is counted; an
  // item of two bytes takes hundreds once it is read.
  std::size_t items_max = SIZE_MAX;
  std::size_t* items_left = nullptr;
};

// Reads what append_json() writes, and times as whole milliseconds since 1970, too: sets the fields
// that stand there. Throws WrongField. REQUIRES: `text` is JSON (raw_json.h).
template <HasFields T>
void read_json(std::string_view text, T& value, const JsonReading& reading = {},
               const std::string& where = {});

namespace json {

// "terms.backoff" of "terms" and "backoff".
std::string place_of(const std::string& where, const std::string& name);

// Each throws WrongField.
std::string text_of(const std::string& where, std::string_view json);
std::uint64_t number_of(const std::string& where, std::string_view json, std::uint64_t max);
std::int64_t signed_number_of(const std::string& where, std::string_view json);
double decimal_of(const std::string& where, std::string_view json);
bool truth_of(const std::string& where, std::string_view json);
Span span_of(const std::string& where, std::string_view json);
Time time_of(const std::string& where, std::string_view json);
// None of them twice. Throws WrongField also where the place lies deeper than any value has one:
// follow-ups may follow one another.
JsonMembers fields_of(const std::string& where, std::string_view json);
std::vector<std::string_view> list_of(const std::string& where, std::string_view json,
                                      const JsonReading& reading = {});
[[noreturn]] void no_word(const std::string& where, const std::string& word);

template <class Member>
void read_member(std::string_view text, Member& member, const JsonReading& reading,
                 const std::string& where) {
  if constexpr (std::is_same_v<Member, std::string>) {
    member = text_of(where, text);
  } else if constexpr (std::is_same_v<Member, Time>) {
    member = time_of(where, text);
  } else if constexpr (std::is_same_v<Member, Span>) {
    member = span_of(where, text);
  } else if constexpr (std::is_same_v<Member, double>) {
    member = decimal_of(where, text);
  } else if constexpr (std::is_same_v<Member, bool>) {
    member = truth_of(where, text);
  } else if constexpr (std::is_same_v<Member, std::int64_t>) {
    member = signed_number_of(where, text);
  } else if constexpr (std::is_unsigned_v<Member>) {
    member = static_cast<Member>(number_of(where, text, std::numeric_limits<Member>::max()));
  } else if constexpr (Named<Member>) {
    const std::string word = text_of(where, text);
    const auto found = find_named<Member>(word);
    if (!found) no_word(where, word);
    member = *found;
  } else if constexpr (HasFields<Member>) {
    read_json(text, member, reading, where);
  } else if constexpr (kIsOptional<Member>) {
    read_member(text, member.emplace(), reading, where);
  } else {
    member.clear();
    const auto items = list_of(where, text, reading);
    for (std::size_t i = 0; i < items.size(); ++i) {
      read_member(items[i], member.emplace_back(), reading, where + "[" + std::to_string(i) + "]");
    }
  }
}

// False: the value has no such field.
template <HasFields T>
bool read_field(const std::string& name, std::string_view text, T& value,
                const JsonReading& reading, const std::string& where) {
  bool is_found = false;
  each_field(value, [&](auto& member, const auto& access) {
    using Member = std::remove_cvref_t<decltype(member)>;
    if constexpr (std::is_same_v<decltype(access), const InlinedAccess&>) {
      is_found = is_found || read_field(name, text, member, reading, where);
    } else if constexpr (std::is_same_v<Member, Lease>) {
      const std::string part = name == "leaseToken" ? "token" : name == "token" ? "" : name;
      is_found = is_found || read_field(part, text, member, reading, where);
    } else if (schema_name(access.name) == name) {
      is_found = true;
      if constexpr (std::is_same_v<Member, std::string>) {
        member = is_raw_in<T>(access.name) ? std::string(text) : text_of(where, text);
      } else {
        read_member(text, member, reading, where);
      }
    }
  });
  return is_found;
}

}  // namespace json

template <HasFields T>
void read_json(std::string_view text, T& value, const JsonReading& reading,
               const std::string& where) {
  const JsonMembers members = json::fields_of(where, text);
  if (reading.is_zero_by_default) {
    each_field(value, [](auto& member, const auto&) {
      if constexpr (std::is_same_v<decltype(member), Span&>) member = {};
    });
  }
  for (const auto& [name, part] : members) {
    const std::string at = json::place_of(where, name);
    if (!json::read_field(name, part, value, reading, at) && !reading.ignores_unknown) {
      throw WrongField(at, "there is no such field");
    }
  }
}

}  // namespace jobq
