// Text of unknown origin made fit for JSON and for terminals.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tools {

// Takes one code point off the front of `rest`; empty when the bytes there are not well-formed
// UTF-8 (one byte is taken then). REQUIRES: `rest` is not empty.
[[nodiscard]] std::optional<char32_t> take_code_point(std::string_view& rest);

// The text with U+FFFD for each byte that is not UTF-8.
[[nodiscard]] std::string valid_utf8(std::string_view text);

// One line without anything that a terminal would obey: white space becomes a space, other control
// characters U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);

// At most `bytes_max` bytes from the end, or from the start, without cutting a character in two.
// REQUIRES: the text is UTF-8.
[[nodiscard]] std::string_view tail_of(std::string_view text, std::size_t bytes_max);
[[nodiscard]] std::string_view head_of(std::string_view text, std::size_t bytes_max);

// Columns on a terminal, one for each code point.
[[nodiscard]] std::size_t width_of(std::string_view text);

// At most `width` columns (0: any number), the last of them an ellipsis where something is missing.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);

}  // namespace tools
