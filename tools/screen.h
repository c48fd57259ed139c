// A terminal's whole window on standard output, for what goes on as one looks at it.
#pragma once

#include <string>
#include <string_view>

#include "table.h"

namespace tools {

void clear_screen();

// Writes a title and lines over what was there, without flicker; what is below the window is left
// out. `text` is whole lines.
void repaint(const std::string& title, std::string_view text, const Display& display);

// How many lines of text there is room for; 0: not known.
[[nodiscard]] std::size_t lines_of_screen(const Display& display);

}  // namespace tools
