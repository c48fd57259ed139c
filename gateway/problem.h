// Problem details (RFC 9457) of what the store or the gateway refuses.
#pragma once

#include <string>
#include <string_view>

namespace gateway {

// "Not Found"; empty for codes that none has here.
const char* words_of_code(unsigned code);

// {"type": "about:blank", "title": ..., "status": 400, "detail": "limit: 1 .. 1000", "field":
// "limit"}; `more` are members with a comma before each. An empty `field`: what the detail begins
// with, where that is one.
std::string problem_json(unsigned code, const std::string& detail, const std::string& field = {},
                         const std::string& more = {});

// "jobs[0].priority" of "jobs[0].priority: 1 .. 100"; empty where it begins otherwise.
std::string field_of(std::string_view detail);

}  // namespace gateway
