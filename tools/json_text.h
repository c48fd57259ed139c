// JSON that a person or a command wrote, and lines of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "raw_json.h"
#include "text_rules.h"

namespace tools {

using jobq::Json;
using jobq::raw_members;
using jobq::to_text;
using jobq::trimmed;

// What is wrong with a text that should be one JSON value, with line and column, in one line that
// may be printed; empty when it is one.
[[nodiscard]] std::optional<std::string> json_problem(std::string_view text);

// The text without white space around it. Throws UsageError that begins with `what` when it is not
// JSON.
[[nodiscard]] std::string checked_json(const std::string& what, std::string_view text);

}  // namespace tools
