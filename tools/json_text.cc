#include "json_text.h"

#include "failure.h"
#include "utf8.h"

namespace tools {
namespace {

// Keeps nothing of a text but its first error.
class Checker : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return true; }
  bool key(string_t&) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::json::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
    std::string_view text = error.what();
    if (const auto end = text.find("] "); end != std::string_view::npos)
      text.remove_prefix(end + 2);
    constexpr std::string_view kPrefix = "parse error at ";
    if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
    problem_ = printable(text);
    return false;
  }

  const std::string& problem() const { return problem_; }

 private:
  std::string problem_;
};

constexpr std::string_view kSpace = " \t\r\n";

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

}  // namespace

std::optional<std::string> json_problem(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) return "line 1, column 1: a byte order mark is not JSON";
  if (trimmed(text).empty()) return "it is empty";
  Checker checker;
  if (nlohmann::json::sax_parse(text, &checker)) return std::nullopt;
  return checker.problem();
}

std::string checked_json(const std::string& what, std::string_view text) {
  if (const auto problem = json_problem(text)) throw UsageError(what + " is not JSON: " + *problem);
  return std::string(trimmed(text));
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
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
    text += value;
    text += '}';
  }
  return text;
}

std::optional<std::vector<std::pair<std::string, std::string_view>>> raw_members(
    std::string_view text) {
  std::string_view rest = trimmed(text);
  if (!rest.starts_with('{') || json_problem(rest)) return std::nullopt;
  std::vector<std::pair<std::string, std::string_view>> members;
  rest.remove_prefix(1);
  while (!trimmed(rest).starts_with('}')) {
    const std::string_view name = take_value(rest);
    rest.remove_prefix(1);  // the colon
    members.emplace_back(Json::parse(name).get<std::string>(), take_value(rest));
    if (rest.starts_with(',')) rest.remove_prefix(1);
  }
  return members;
}

}  // namespace tools
