// The log on stderr: a line for each message, with time and zone, as text or as JSON.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "admission.h"
#include "effects.h"

namespace store {

// `level`: "trace" .. "error".
void start_log(const std::string& level, bool as_json);

// At level trace: what was asked, with which token's identifier, and what came of it.
void trace(const Request& request, std::span<const Outbound> answers, bool is_answered);

// As a string of JSON, with its quotes: ASCII only; bytes that are no UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

}  // namespace store
