#pragma once

#include <cstddef>
#include <span>

namespace store {

// Puts the frame through every operation's decoding and aborts when a rule is broken. True when it
// could be a command.
bool fuzz_codec(std::span<const std::byte> frame);

}  // namespace store
