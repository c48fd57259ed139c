#include "screen.h"

#include <fmt/format.h>

#include <cstdio>

namespace tools {
namespace {

// The title, the empty line below it, and the line where the cursor stays.
constexpr std::size_t kOtherLines = 3;

}  // namespace

void clear_screen() { fmt::print("\033[2J"); }

void repaint(const std::string& title, std::string_view text, const Display& display) {
  // Lines that are too long are cut, so that they stay lines.
  std::string screen = "\033[?7l\033[H" + title + "\033[K\n\033[K\n";
  for (std::size_t left = lines_of_screen(display);
       !text.empty() && (display.height == 0 || left > 0); --left) {
    const std::size_t end = text.find('\n');
    // Each line is cleared behind its end.
    screen += std::string(text.substr(0, end)) + "\033[K\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  fmt::print("{}\033[J\033[?7h", screen);
  std::fflush(stdout);
}

std::size_t lines_of_screen(const Display& display) {
  return display.height > kOtherLines ? display.height - kOtherLines : 0;
}

}  // namespace tools
