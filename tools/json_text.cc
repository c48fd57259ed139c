#include "json_text.h"

#include "failure.h"
#include "utf8.h"

namespace tools {

std::optional<std::string> json_problem(std::string_view text) {
  const auto problem = jobq::json_problem(text);
  return problem ? std::optional(printable(*problem)) : std::nullopt;
}

std::string checked_json(const std::string& what, std::string_view text) {
  if (const auto problem = json_problem(text)) throw UsageError(what + " is not JSON: " + *problem);
  return std::string(trimmed(text));
}

}  // namespace tools
