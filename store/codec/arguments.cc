#include "arguments.h"

#include <nlohmann/json.hpp>

#include "refusals.h"

namespace store {

std::optional<std::string> wrong_with_arguments(std::string_view request) {
  const auto json = nlohmann::json::parse(request, nullptr, false);
  if (!json.is_object()) {
    return ": must be an object with args and kwargs, since the job runs code";
  }
  for (const auto& [name, value] : json.items()) {
    if (name == "args") {
      if (!value.is_array()) {
        return ".args: must be a list";
      }
    } else if (name == "kwargs") {
      if (!value.is_object()) {
        return ".kwargs: must be an object";
      }
    } else {
      return ": has '" + told(name) + "', but is to have args and kwargs alone";
    }
  }
  return std::nullopt;
}

}  // namespace store
