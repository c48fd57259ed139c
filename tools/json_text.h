// JSON in and out: checks what a person or a command wrote, and renders what the store says with
// the field names of schema/protocol.capnp. Times are RFC 3339 text; a field that is not set is
// left out.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "jobq/types.h"

namespace tools {

using Json = nlohmann::ordered_json;

// What is wrong with a text that should be one JSON value, with line and column; empty when it is
// one.
[[nodiscard]] std::optional<std::string> json_problem(std::string_view text);

// Without white space around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

// Everything but the response.
[[nodiscard]] Json fields_of(const jobq::JobStatus& job);
[[nodiscard]] Json fields_of(const jobq::StoreStatus& store);
[[nodiscard]] Json fields_of(const jobq::StoreStats& stats);

// One line; bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string to_text(const Json& json);

// The same for a job. The response is embedded as the driver wrote it: parsing it could round its
// numbers.
[[nodiscard]] std::string to_text(const Json& fields, const std::string& response);

}  // namespace tools
