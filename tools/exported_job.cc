#include "exported_job.h"

#include <fmt/format.h>

#include <limits>
#include <set>
#include <type_traits>

#include "failure.h"
#include "field_tables.h"
#include "json_text.h"
#include "time_text.h"
#include "timestamp.h"
#include "utf8.h"

namespace tools {
namespace {

[[noreturn]] void wrong_field(const std::string& name, const std::string& what) {
  throw UsageError(fmt::format("field {}: {}", printable(name), what));
}

std::string text_of(const std::string& where, const Json& json) {
  if (!json.is_string()) wrong_field(where, "a text is expected");
  return json.get<std::string>();
}

std::uint64_t number_of(const std::string& where, const Json& json, std::uint64_t max) {
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() > max) {
    wrong_field(where, fmt::format("a whole number from 0 to {} is expected", max));
  }
  return json.get<std::uint64_t>();
}

template <class T>
void set_fields(T& value, const std::string& where, const Json& json);

template <class Member>
void set_member(Member& member, const std::string& where, const Json& json) {
  if constexpr (std::is_same_v<Member, std::string>) {
    member = text_of(where, json);
  } else if constexpr (std::is_same_v<Member, jobq::Time>) {
    const std::string text = text_of(where, json);
    const auto time = jobq::parse_time(text);
    if (!time) wrong_field(where, "a time such as 2026-11-23T10:00:00.000Z is expected");
    member = *time;
  } else if constexpr (std::is_same_v<Member, jobq::Span>) {
    member = jobq::Span(number_of(where, json, jobq::kSpanMax.count()));
  } else if constexpr (std::is_same_v<Member, double>) {
    if (!json.is_number()) wrong_field(where, "a number is expected");
    member = json.get<double>();
  } else if constexpr (std::is_unsigned_v<Member>) {
    member = static_cast<Member>(number_of(where, json, std::numeric_limits<Member>::max()));
  } else if constexpr (jobq::Named<Member>) {
    const auto word = jobq::find_named<Member>(text_of(where, json));
    if (!word)
      wrong_field(where, fmt::format("'{}' is no word of it", printable(text_of(where, json))));
    member = *word;
  } else if constexpr (jobq::HasFields<Member>) {
    set_fields(member, where, json);
  } else if constexpr (requires { member.emplace(); }) {
    set_fields(member.emplace(), where, json);
  } else {
    if (!json.is_array()) wrong_field(where, "a list is expected");
    for (std::size_t i = 0; i < json.size(); ++i) {
      set_member(member.emplace_back(), fmt::format("{}[{}]", where, i), json[i]);
    }
  }
}

template <class T>
void set_field(T& value, const std::string& name, const std::string& where, const Json& json) {
  bool is_found = false;
  jobq::each_field(value, [&](auto& member, const auto& access) {
    if (jobq::schema_name(access.name) == name) {
      is_found = true;
      set_member(member, where, json);
    }
  });
  if (!is_found) wrong_field(where, "there is no such field");
}

template <class T>
void set_fields(T& value, const std::string& where, const Json& json) {
  if (!json.is_object()) wrong_field(where, "an object is expected");
  // What is zero is left out, also where the default is something else.
  jobq::each_field(value, [](auto& member, const auto&) {
    if constexpr (std::is_same_v<decltype(member), jobq::Span&>) member = {};
  });
  for (const auto& [name, part] : json.items()) {
    set_field(value, name, fmt::format("{}.{}", where, name), part);
  }
}

}  // namespace

jobq::JobStatus exported_job(std::string_view line) {
  if (const auto problem = json_problem(line)) throw UsageError("not JSON: " + *problem);
  const auto members = raw_members(line);
  if (!members) throw UsageError("not a JSON object");
  jobq::JobStatus job;
  std::set<std::string> seen;
  for (const auto& [name, value] : *members) {
    if (!seen.insert(name).second) wrong_field(name, "it stands there twice");
    // As they are written: parsing could round their numbers.
    if (name == "request" || name == "response") {
      (name == "request" ? job.request : job.response) = value;
    } else {
      set_field(job, name, name, Json::parse(value));
    }
  }
  return job;
}

}  // namespace tools
