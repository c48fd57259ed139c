// JSON as text: what is wrong with one, the parts of one as they are written, and one line of it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jobq {

using Json = nlohmann::ordered_json;

// What is wrong with a text that should be one JSON value, with line and column; empty when it is
// one. May hold bytes of the text, which a terminal could obey.
[[nodiscard]] std::optional<std::string> json_problem(std::string_view text);

// One line; bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string to_text(const Json& json);

// Texts that somebody wrote are passed on as they are: parsing could round their numbers.
using RawMembers = std::vector<std::pair<std::string_view, std::string_view>>;

// The object with these members, whose values are JSON already, at its end, on one line; empty ones
// are left out.
[[nodiscard]] std::string to_text(const Json& object, const RawMembers& members);

// Adds JSON that somebody wrote, on one line.
void append_raw(std::string& text, std::string_view json);

// The members of an object in order, and the items of an array, their values as they are written;
// empty when the text is not one. Names may be repeated. Views are good as long as `text` is.
// REQUIRES: `text` is JSON.
using JsonMembers = std::vector<std::pair<std::string, std::string_view>>;
[[nodiscard]] std::optional<JsonMembers> members_of(std::string_view text);
[[nodiscard]] std::optional<std::vector<std::string_view>> items_of(std::string_view text);

// The same of any text.
[[nodiscard]] std::optional<JsonMembers> raw_members(std::string_view text);

}  // namespace jobq
