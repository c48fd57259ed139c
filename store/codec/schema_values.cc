#include "schema_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

namespace store {

void take_steps(std::size_t& left, std::size_t steps) {
  if (left < steps) {
    throw NoStepsLeft();
  }
  left -= steps;
}

std::string shown(std::string_view word) {
  constexpr std::size_t kShownBytesMax = 128;
  if (word.size() <= kShownBytesMax) {
    return "'" + std::string(word) + "'";
  }
  std::size_t end = kShownBytesMax;
  while (end > 0 && (static_cast<unsigned char>(word[end]) & 0xc0) == 0x80) {
    --end;
  }
  return "'" + std::string(word.substr(0, end)) + "...'";
}
std::string shown(double number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return {text, end};
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

namespace {

bool is_whole(Json value) {
  return value.is_int64() || value.is_uint64() ||
         (value.is_double() && std::floor(double(value)) == double(value));
}

}  // namespace

std::uint8_t types_of(Json value) {
  using Type = simdjson::dom::element_type;
  switch (value.type()) {
    case Type::NULL_VALUE: return kNullType;
    case Type::BOOL: return kBooleanType;
    case Type::OBJECT: return kObjectType;
    case Type::ARRAY: return kArrayType;
    case Type::STRING: return kStringType;
    case Type::INT64:
    case Type::UINT64:
    case Type::DOUBLE: break;
  }
  return static_cast<std::uint8_t>(kNumberType | (is_whole(value) ? kIntegerType : 0));
}

namespace {

bool is_same_number(Json a, Json b) {
  if (a.is_int64() && b.is_int64()) {
    return std::int64_t(a) == std::int64_t(b);
  }
  if (a.is_uint64() && b.is_uint64()) {
    return std::uint64_t(a) == std::uint64_t(b);
  }
  return double(a) == double(b);
}

bool is_same_list(simdjson::dom::array a, Json value, std::size_t& steps) {
  simdjson::dom::array b;
  if (value.get(b) != simdjson::SUCCESS || a.size() != b.size()) {
    return false;
  }
  auto other = b.begin();
  return std::all_of(a.begin(), a.end(), [&](Json one) {
    const bool is_equal = is_same(one, *other, steps);
    ++other;
    return is_equal;
  });
}

// Members in any order, each by its name.
bool is_same_object(simdjson::dom::object a, Json value, std::size_t& steps) {
  simdjson::dom::object b;
  if (value.get(b) != simdjson::SUCCESS || a.size() != b.size()) {
    return false;
  }
  std::map<std::string_view, Json> members;
  for (const auto& [name, one] : b) {
    take_steps(steps, 1);
    members[name] = one;
  }
  return std::all_of(a.begin(), a.end(), [&](const auto& member) {
    const auto found = members.find(member.key);
    return found != members.end() && is_same(member.value, found->second, steps);
  });
}

}  // namespace

bool is_same(Json a, Json b, std::size_t& steps) {
  take_steps(steps, 1);
  std::string_view text;
  std::string_view other;
  if (a.get(text) == simdjson::SUCCESS) {
    return b.get(other) == simdjson::SUCCESS && text == other;
  }
  if (a.is_number()) {
    return b.is_number() && is_same_number(a, b);
  }
  simdjson::dom::array list;
  simdjson::dom::object object;
  if (a.get(list) == simdjson::SUCCESS) {
    return is_same_list(list, b, steps);
  }
  if (a.get(object) == simdjson::SUCCESS) {
    return is_same_object(object, b, steps);
  }
  bool truth = false;
  bool other_truth = false;
  return a.get(truth) == simdjson::SUCCESS
             ? b.get(other_truth) == simdjson::SUCCESS && truth == other_truth
             : b.is_null();
}

}  // namespace store
