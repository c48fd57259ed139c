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

inline Decoded decode(RequestReader& reader, std::string_view frame,
                      const std::string& pinned_client = {}) {
  if (auto refused = reader.open(std::as_bytes(std::span(frame)))) {
    return *std::move(refused);
  }
  const auto found = find_route(reader.method(), reader.path());
  if (const auto* none = std::get_if<NoRoute>(&found)) {
    return Refused{static_cast<Code>(none->code), none->detail};
  }
  const Route& route = std::get<Route>(found);
  static_cast<void>(reader.job(route));
  if (traits_of(route.operation).by == By::kServer) {
    return route;
  }
  auto command = reader.command(route, pinned_client);
  if (auto* refused = std::get_if<Refused>(&command)) {
    return std::move(*refused);
  }
  return std::get<Command>(std::move(command));
}

}  // namespace store
