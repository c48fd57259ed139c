#include "raw_json.h"

#include <algorithm>

#include "text_rules.h"

namespace jobq {
namespace {

// "[json.exception.parse_error.101] parse error at line 1, column 2: ..." without its beginnings.
std::string words_of(std::string_view error) {
  if (const auto end = error.find("] "); end != error.npos) error.remove_prefix(end + 2);
  constexpr std::string_view kPrefix = "parse error at ";
  if (error.starts_with(kPrefix)) error.remove_prefix(kPrefix.size());
  return std::string(error);
}

// Takes one value off the front of `rest`. REQUIRES: `rest` begins with a valid JSON value.
std::string_view take_value(std::string_view& rest) {
  int depth = 0;
  bool in_string = false;
  std::size_t at = 0;
  for (; at < rest.size(); ++at) {
    const char c = rest[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
      continue;
    }
    if (depth == 0 && (c == ',' || c == ':' || c == '}' || c == ']')) break;
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
  }
  const std::string_view value = trimmed(rest.substr(0, at));
  rest.remove_prefix(at);
  return value;
}

// Calls `take` at each part of an object or array, behind its comma. False when the text begins
// otherwise.
template <class Take>
bool take_parts(std::string_view text, char begin, char end, const Take& take) {
  std::string_view rest = trimmed(text);
  if (!rest.starts_with(begin)) return false;
  rest.remove_prefix(1);
  while (!trimmed(rest).starts_with(end)) {
    take(rest);
    if (rest.starts_with(',')) rest.remove_prefix(1);
  }
  return true;
}

}  // namespace

std::optional<std::string> json_problem(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) return "line 1, column 1: a byte order mark is not JSON";
  if (trimmed(text).empty()) return "it is empty";
  try {
    const auto keep_nothing = [](int, Json::parse_event_t, Json&) { return false; };
    [[maybe_unused]] const Json nothing = Json::parse(text, keep_nothing);
    return std::nullopt;
  } catch (const Json::exception& error) {
    return words_of(error.what());
  }
}

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void append_raw(std::string& text, std::string_view json) {
  const std::size_t begin = text.size();
  text += json;
  // A line has no ends of others in it. Between the parts of JSON a space says the same, and in a
  // text of it there is none.
  std::replace_if(
      text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(),
      [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

std::string to_text(const Json& object, const RawMembers& members) {
  std::string text = to_text(object);
  for (const auto& [name, value] : members) {
    if (value.empty()) continue;
    text.pop_back();  // the closing brace
    if (!text.ends_with('{')) text += ',';
    text += '"';
    text += name;
    text += "\":";
    append_raw(text, value);
    text += '}';
  }
  return text;
}

std::optional<JsonMembers> members_of(std::string_view text) {
  JsonMembers members;
  const bool is_object = take_parts(text, '{', '}', [&](std::string_view& rest) {
    const std::string_view name = take_value(rest);
    rest.remove_prefix(1);  // the colon
    members.emplace_back(Json::parse(name).get<std::string>(), take_value(rest));
  });
  return is_object ? std::optional(std::move(members)) : std::nullopt;
}

std::optional<std::vector<std::string_view>> items_of(std::string_view text) {
  std::vector<std::string_view> items;
  const bool is_array = take_parts(
      text, '[', ']', [&](std::string_view& rest) { items.push_back(take_value(rest)); });
  return is_array ? std::optional(std::move(items)) : std::nullopt;
}

std::optional<JsonMembers> raw_members(std::string_view text) {
  if (json_problem(text)) return std::nullopt;
  return members_of(text);
}

}  // namespace jobq
