// Text of unknown origin made fit for JSON and for terminals.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tools {

// Takes one code point off the front of `rest`; empty when the bytes there are not well-formed
// UTF-8 (one byte is taken then). REQUIRES: `rest` is not empty.
[[nodiscard]] std::optional<char32_t> take_code_point(std::string_view& rest);

// Takes what is before the next `end`, or all there is, off the front of `rest`, with the `end`.
[[nodiscard]] std::string_view take_until(std::string_view& rest, char end);

// The text with U+FFFD for each byte that is not UTF-8.
[[nodiscard]] std::string valid_utf8(std::string_view text);

// One line without anything that a terminal would obey, and without what changes the direction or
// the look of what stands around it: white space becomes a space, the rest U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);

// The same of lines whose parts have been made printable: newlines, tabs and colours stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

// JSON of the same meaning without these, but for white space: they are escaped.
[[nodiscard]] std::string printable_json(std::string_view json);

// At most `bytes_max` bytes from the end, or from the start, without cutting a character in two.
// REQUIRES: the text is UTF-8.
[[nodiscard]] std::string_view tail_of(std::string_view text, std::size_t bytes_max);
[[nodiscard]] std::string_view head_of(std::string_view text, std::size_t bytes_max);

// Columns on a terminal: two for a wide character, none for one that combines.
[[nodiscard]] std::size_t width_of(std::string_view text);

// At most `width` columns (0: any number), with an ellipsis where something is missing: at the end,
// or in the middle, where names are most alike.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);
[[nodiscard]] std::string shortened_middle(std::string_view text, std::size_t width);

// Cut to fewer columns a name says nothing.
inline constexpr std::size_t kNameWidthMin = 9;

// The least `width`, from `width_min` on, in which texts that differ still do so in the middle.
[[nodiscard]] std::size_t width_apart(const std::vector<std::string_view>& texts,
                                      std::size_t width_min);

}  // namespace tools
