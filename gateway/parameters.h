// Parameters of a target into a value, by its field table. Each is a field by its name in the
// schema; lists are parted by commas, or said several times.
#pragma once

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

#include "json_values.h"
#include "refusal.h"
#include "target.h"

namespace gateway {

namespace parameters {

// What a field of that type is as JSON. What is none of it is given as a text, which the field is
// then refused for in the words that a body would be refused with.
template <class Member>
std::string json_of(const std::string& text) {
  const bool is_number = !text.empty() && std::all_of(text.begin(), text.end(),
                                                      [](char c) { return c >= '0' && c <= '9'; });
  if constexpr (jobq::json::kIsList<Member>) {
    std::string list = "[";
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find(',', begin), text.size());
      if (list.size() > 1) list += ',';
      list += json_of<typename Member::value_type>(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return list + ']';
  } else if constexpr (jobq::json::kIsOptional<Member> || jobq::HasFields<Member>) {
    if (!jobq::json_problem(text)) return text;
  } else if constexpr (std::is_same_v<Member, bool>) {
    if (text.empty()) return "true";
    if (text == "true" || text == "false") return text;
  } else if constexpr (!jobq::Named<Member> && !std::is_same_v<Member, std::string>) {
    if (is_number) return text;
  }
  return jobq::to_text(jobq::Json(text));
}

template <class T>
bool has_field(std::string_view name) {
  static const T kNothing{};
  bool has = false;
  jobq::each_field(kNothing, [&](const auto& member, const auto& access) {
    if constexpr (std::is_same_v<decltype(access), const jobq::InlinedAccess&>) {
      has = has || has_field<std::remove_cvref_t<decltype(member)>>(name);
    } else {
      has = has || jobq::schema_name(access.name) == name;
    }
  });
  return has;
}

// Words that people expect, where the value has no field of that name but one that means it.
template <class T>
Parameter known(Parameter parameter) {
  constexpr std::pair<const char*, const char*> kWords[] = {
      {"after", "cursor"}, {"sort", "order"}, {"status", "statuses"}};
  if (has_field<T>(parameter.name)) return parameter;
  for (const auto& [word, field] : kWords) {
    if (parameter.name != word || !has_field<T>(field)) continue;
    parameter.name = field;
    if (parameter.name == "order" && parameter.value.starts_with('-')) {
      parameter.value = parameter.value.substr(1) + "-down";
    }
    return parameter;
  }
  throw Refusal(400, parameter.name, "there is no such parameter");
}

template <class T>
void read_one(const std::string& name, const std::string& text, T& value) {
  jobq::each_field(value, [&](auto& member, const auto& access) {
    using Member = std::remove_cvref_t<decltype(member)>;
    if constexpr (std::is_same_v<decltype(access), const jobq::InlinedAccess&>) {
      read_one(name, text, member);
    } else if (jobq::schema_name(access.name) == name) {
      jobq::json::read_member(json_of<Member>(text), member, {}, name);
    }
  });
}

}  // namespace parameters

// Throws Refusal (400) for one that there is none of, or twice; jobq::WrongField for what it says.
template <class T>
void read_parameters(const Parameters& given, T& value) {
  Parameters all;
  for (const Parameter& parameter : given) {
    Parameter one = parameters::known<T>(parameter);
    const auto before = std::find_if(
        all.begin(), all.end(), [&](const Parameter& other) { return other.name == one.name; });
    if (before == all.end()) {
      all.push_back(std::move(one));
    } else if (one.name.ends_with('s')) {
      before->value += "," + one.value;
    } else {
      throw Refusal(400, parameter.name, "it stands there twice");
    }
  }
  for (const Parameter& one : all) parameters::read_one(one.name, one.value, value);
}

}  // namespace gateway
