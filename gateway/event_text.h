// What goes down an event stream: server-sent events, or a line of JSON each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

enum class StreamForm { kServerSent, kLines };

struct Message {
  std::string_view name;  // "submitted", "snapshot", "close"
  std::string json;       // one line
  // All up to here was told once this is: what the reader goes on from.
  std::optional<std::uint64_t> cursor{};
};

std::string text_of(const Message& message, StreamForm form);

// Says that it is alive, and how far it has come.
std::string heartbeat_text(std::uint64_t cursor, StreamForm form);

// Before the first message: how soon a reader connects again.
std::string opening_text(StreamForm form);

}  // namespace gateway
