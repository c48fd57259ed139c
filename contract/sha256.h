// SHA-256, by which code is named. For the store and the tools.
#pragma once

#include <string>
#include <string_view>

namespace jobq {

// 64 hexadecimal digits, in lower case.
[[nodiscard]] std::string sha256(std::string_view bytes);
// Whether a text is spelled like one.
[[nodiscard]] bool is_sha256(std::string_view text);

}  // namespace jobq
