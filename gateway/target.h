// The target of a request, "/v1/scan/job/list?limit=10": its path, and its parameters in order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gateway {

struct Parameter {
  std::string name;
  std::string value;
};
using Parameters = std::vector<Parameter>;

struct Target {
  std::string path;
  Parameters parameters;
};

// Throws Refusal (400, 414). Paths of the store need no escapes and have no dots alone between
// slashes: a path that says so is read in one way here and in another one elsewhere.
Target parse_target(std::string_view text);

// "limit=10&tag=a%20b", as parse_target() reads it.
std::string query_text(const Parameters& parameters);

// Takes a parameter that is the gateway's own out, and says whether it was set. Throws Refusal.
bool take_flag(Parameters& parameters, const std::string& name);

inline constexpr std::size_t kTargetBytesMax = 16384;
inline constexpr std::size_t kParametersMax = 128;

}  // namespace gateway
