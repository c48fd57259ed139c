// A line by which a small file notices damage of any of its bytes: "check <32 hex digits>\n", a
// hash (BLAKE2b of 16 bytes) of all the rest. It says nothing of who wrote the file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace auth {

// The hex digits for a file of two parts.
[[nodiscard]] std::string check_of(std::string_view head, std::string_view rest = {});

// `head`, the line, `rest`. The line goes before most of what it is for, so that what is cut off
// does not take the line away and leave a file that looks whole.
[[nodiscard]] std::string with_check_line(std::string_view head, std::string_view rest);

// Takes the line away from the begin of `rest`, the part of a file behind `head`: whether it is
// right. Empty when there is none.
[[nodiscard]] std::optional<bool> take_check_line(std::string_view head, std::string_view& rest);

}  // namespace auth
