// Z85 (ZeroMQ RFC 32): 4 bytes as 5 printable characters. CURVE keys are 32 bytes, 40 characters.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace auth {

// Throws std::invalid_argument unless the size is a multiple of 4.
[[nodiscard]] std::string z85_encode(std::string_view bytes);

// Empty for a size that is no multiple of 5, a character outside the alphabet, or a group that
// stands for more than 32 bits.
[[nodiscard]] std::optional<std::string> z85_decode(std::string_view text);

// Whether `text` is a CURVE key: 32 bytes.
[[nodiscard]] bool is_curve_key(std::string_view text);

}  // namespace auth
