// Decodes a frame as the server does before it asks the engine: open, find the route, see which job
// it is about, take the body.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "codec.h"

namespace store {

// A Route: the operation is one that has no command.
using Decoded = std::variant<Command, Refused, Route>;

inline Decoded decode(RequestReader& reader, const Limits& limits, std::string_view frame,
                      const std::string& pinned_client = {}) {
  if (auto refused = reader.open(std::as_bytes(std::span(frame)))) {
    return *std::move(refused);
  }
  const auto found =
      find_route(reader.method(), reader.path(), limits.path_bytes_max, limits.id_bytes_max);
  if (const auto* refused = std::get_if<Refused>(&found)) {
    return *refused;
  }
  const Route& route = std::get<Route>(found);
  static_cast<void>(reader.job(route));
  switch (route.operation) {
    case Operation::kListKeys:
    case Operation::kNewKey:
    case Operation::kRetireKey:
    case Operation::kStoreStatus:
    case Operation::kStoreStats: return route;
    default: break;
  }
  auto command = reader.command(route, pinned_client);
  if (auto* refused = std::get_if<Refused>(&command)) {
    return std::move(*refused);
  }
  return std::get<Command>(std::move(command));
}

}  // namespace store
