// Tokens written by hand, byte for byte, and how they are read.
#pragma once

#include <catch2/catch.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <variant>

#include "macaroon.h"

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

inline bool parses(std::string_view token) {
  return std::holds_alternative<Macaroon>(Macaroon::parse(token));
}

inline Macaroon parsed(std::string_view token) {
  auto result = Macaroon::parse(token);
  if (const auto* error = std::get_if<ParseError>(&result)) {
    FAIL(error->detail);
  }
  return std::get<Macaroon>(result);
}

}  // namespace auth
