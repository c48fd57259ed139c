#include "problem.h"

#include <algorithm>
#include <iterator>

#include "raw_json.h"

namespace gateway {
namespace {

constexpr std::size_t kFieldBytesMax = 128;

struct Code {
  unsigned code;
  const char* words;
};
constexpr Code kCodes[] = {{200, "OK"},
                           {201, "Created"},
                           {204, "No Content"},
                           {207, "Multi-Status"},
                           {304, "Not Modified"},
                           {400, "Bad Request"},
                           {401, "Unauthorized"},
                           {403, "Forbidden"},
                           {404, "Not Found"},
                           {405, "Method Not Allowed"},
                           {406, "Not Acceptable"},
                           {408, "Request Timeout"},
                           {409, "Conflict"},
                           {410, "Gone"},
                           {413, "Content Too Large"},
                           {414, "URI Too Long"},
                           {415, "Unsupported Media Type"},
                           {429, "Too Many Requests"},
                           {431, "Request Header Fields Too Large"},
                           {500, "Internal Server Error"},
                           {501, "Not Implemented"},
                           {503, "Service Unavailable"},
                           {507, "Insufficient Storage"}};

bool is_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '[' || c == ']' || c == '_' || c == '-';
}

}  // namespace

const char* words_of_code(unsigned code) {
  const auto* found = std::find_if(std::begin(kCodes), std::end(kCodes),
                                   [=](const Code& one) { return one.code == code; });
  return found == std::end(kCodes) ? "" : found->words;
}

std::string field_of(std::string_view detail) {
  const std::size_t end = detail.find(": ");
  if (end == detail.npos || end == 0 || end > kFieldBytesMax) return {};
  const std::string_view field = detail.substr(0, end);
  return std::all_of(field.begin(), field.end(), is_of_name) ? std::string(field) : std::string();
}

std::string problem_json(unsigned code, const std::string& detail, const std::string& field,
                         const std::string& more) {
  jobq::Json json = {{"type", "about:blank"}, {"title", words_of_code(code)}, {"status", code}};
  if (!detail.empty()) json["detail"] = detail;
  const std::string name = field.empty() ? field_of(detail) : field;
  if (!name.empty()) json["field"] = name;
  std::string text = jobq::to_text(json);
  text.insert(text.size() - 1, more);
  return text;
}

}  // namespace gateway
