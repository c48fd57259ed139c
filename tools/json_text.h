// JSON as text: checks what a person or a command wrote, and writes what json_fields.h made.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "packets.h"

namespace tools {

using Json = nlohmann::ordered_json;

// What is wrong with a text that should be one JSON value, with line and column; empty when it is
// one.
[[nodiscard]] std::optional<std::string> json_problem(std::string_view text);

// The text without white space around it. Throws UsageError that begins with `what` when it is not
// JSON.
[[nodiscard]] std::string checked_json(const std::string& what, std::string_view text);

using auth::trimmed;

// One line; bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string to_text(const Json& json);

// Texts that somebody wrote are passed on as they are: parsing could round their numbers.
using RawMembers = std::vector<std::pair<std::string_view, std::string_view>>;

// The object with these members, whose values are JSON already, at its end, on one line; empty ones
// are left out.
[[nodiscard]] std::string to_text(const Json& object, const RawMembers& members);

// The members of an object in order, their values as they are written; empty when the text is not
// one JSON object. Names may be repeated. Views are good as long as `text` is.
[[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string_view>>> raw_members(
    std::string_view text);

}  // namespace tools
