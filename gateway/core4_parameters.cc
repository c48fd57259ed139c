#include "core4_parameters.h"

#include "text_rules.h"

namespace gateway {
namespace {

using jobq::Json;

constexpr std::size_t kPageMax = 1'000'000;
constexpr std::size_t kPerPageMax = 1000;
constexpr std::size_t kFieldsMax = 16;
constexpr std::size_t kValueBytesMax = 4096;  // of what is parsed into values, however deep

std::string small(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::string word_of(const Json& value) {
  if (value.is_structured()) return {};
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// [["priority", -1], ["_id", 1]], or a field's name alone.
std::vector<std::pair<std::string, bool>> orders_of(const Json& sort) {
  std::vector<std::pair<std::string, bool>> orders;
  if (sort.is_null()) return orders;
  if (sort.is_string()) return {{sort.get<std::string>(), false}};
  for (const Json& one : sort) {
    const bool is_pair = one.is_array() && one.size() == 2 && one[0].is_string() &&
                         (one[1] == 1 || one[1] == -1) && orders.size() < kFieldsMax;
    if (!is_pair) throw Refusal(400, "sort", "must be a list of pairs, as [[\"_id\", -1]]");
    orders.emplace_back(one[0].get<std::string>(), one[1] == -1);
  }
  return orders;
}

std::vector<Json> values_of(const Json& wanted) {
  if (!wanted.is_structured()) return {wanted};
  const bool is_list = wanted.is_object() && wanted.size() == 1 && wanted.contains("$in") &&
                       wanted["$in"].is_array();
  if (!is_list) throw Refusal(400, "filter", "takes values, and {\"$in\": [...]}");
  return {wanted["$in"].begin(), wanted["$in"].end()};
}

}  // namespace

Core4Parameters::Core4Parameters(const Parameters& target, std::string_view body) {
  for (const Parameter& one : target) members_[one.name] = jobq::to_text(Json(one.value));
  if (body.empty()) return;
  if (jobq::json_problem(body)) throw Refusal(400, "body", "is not JSON");
  const auto members = jobq::members_of(body);
  if (!members) throw Refusal(400, "body", "an object is expected");
  for (const auto& [name, value] : *members) members_[name] = std::string(value);
}

Json Core4Parameters::json(const std::string& name) const {
  const auto found = members_.find(name);
  if (found == members_.end()) return nullptr;
  if (found->second.size() > kValueBytesMax) throw Refusal(400, name, "is too long");
  const Json value = Json::parse(found->second);
  if (!value.is_string()) return value;
  const Json inside = Json::parse(value.get<std::string>(), nullptr, /*allow_exceptions=*/false);
  return inside.is_structured() ? inside : value;
}

std::string Core4Parameters::text(const std::string& name) const {
  const auto found = members_.find(name);
  if (found == members_.end() || found->second == "null") return {};
  if (found->second.size() > kValueBytesMax) throw Refusal(400, name, "is too long");
  const Json value = Json::parse(found->second);
  if (!value.is_string()) throw Refusal(400, name, "a text is expected");
  return value.get<std::string>();
}

bool Core4Parameters::flag(const std::string& name, bool otherwise) const {
  const Json value = json(name);
  if (value.is_null()) return otherwise;
  if (value.is_boolean()) return value.get<bool>();
  const std::string word = small(word_of(value));
  if (word == "true" || word == "1" || word == "yes") return true;
  if (word == "false" || word == "0" || word == "no") return false;
  throw Refusal(400, name, "true or false is expected");
}

std::size_t Core4Parameters::number(const std::string& name, std::size_t otherwise, std::size_t min,
                                    std::size_t max) const {
  const Json value = json(name);
  if (value.is_null()) return otherwise;
  const auto number = jobq::parse_number(word_of(value), max);
  if (number && *number >= min) return *number;
  throw Refusal(400, name, std::to_string(min) + " .. " + std::to_string(max) + " is expected");
}

std::string Core4Parameters::object(const std::string& name) const {
  const auto found = members_.find(name);
  if (found == members_.end() || found->second == "null") return {};
  if (!found->second.starts_with('{')) throw Refusal(400, name, "an object is expected");
  return found->second;
}

Core4Page Core4Parameters::page() const {
  return {.page = number("page", 0, 0, kPageMax),
          .per_page = number("per_page", 10, 1, kPerPageMax)};
}

Core4Selection::Core4Selection(const Core4Parameters& parameters)
    : orders_(orders_of(parameters.json("sort"))) {
  const std::string search = parameters.text("search");
  if (!search.empty()) pattern_ = "*" + small(search) + "*";
  const Json filter = parameters.json("filter");
  if (filter.is_null()) return;
  if (!filter.is_object() || filter.size() > kFieldsMax) {
    throw Refusal(400, "filter", "an object is expected");
  }
  for (const auto& [name, wanted] : filter.items()) filter_.emplace_back(name, values_of(wanted));
}

bool Core4Selection::fits(const std::string& name) const {
  return pattern_.empty() || jobq::fits_pattern(small(name), pattern_);
}

}  // namespace gateway
