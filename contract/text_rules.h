// Rules of texts that store, libraries and tools share; each is here once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jobq {

// A number up to `max`, without a sign and leading zeros.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max);

// The version 4 GUID made of 128 bits of chance.
[[nodiscard]] std::string guid_of(std::uint64_t first, std::uint64_t second);

}  // namespace jobq
