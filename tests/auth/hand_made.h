// Tokens written by hand, byte for byte.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace auth {

inline std::string packet(std::string_view name, std::string_view value) {
  char length[24];
  std::snprintf(length, sizeof length, "%04zx", name.size() + value.size() + 6);
  return std::string(length).append(name).append(" ").append(value).append("\n");
}

// A field of version 2, with a length below 128.
inline std::string field(char type, std::string_view value) {
  return std::string(1, type).append(1, static_cast<char>(value.size())).append(value);
}

}  // namespace auth
