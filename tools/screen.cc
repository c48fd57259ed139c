#include "screen.h"

#include <fmt/format.h>

#include "utf8.h"

namespace tools {
namespace {

// The title, the empty line below it, and the line where the cursor stays.
constexpr std::size_t kOtherLines = 3;

// Of a terminal that does not say how wide it is.
constexpr std::size_t kWidthUnknown = 80;

}  // namespace

void clear_screen() { fmt::print("\033[2J"); }

void repaint(const std::string& title, std::string_view text, const Display& display) {
  // Lines that are too long are cut, so that they stay lines.
  std::string screen = "\033[?7l\033[H" + printable_lines(title) + "\033[K\n\033[K\n";
  for (std::size_t left = lines_of_screen(display);
       !text.empty() && (display.height == 0 || left > 0); --left) {
    // Each line is cleared behind its end.
    screen += printable_lines(take_until(text, '\n')) + "\033[K\n";
  }
  fmt::print("{}\033[J\033[?7h", screen);
  std::fflush(stdout);
}

std::size_t lines_of_screen(const Display& display) {
  return display.height > kOtherLines ? display.height - kOtherLines : 0;
}

void LiveLine::show(const ProgressView& view) {
  if (!display_.is_terminal) return;
  display_ = display_of(file_);  // the window may have another size now
  if (display_.width == 0) display_.width = kWidthUnknown;
  const std::string line = printable_lines(progress_line(view, display_));
  if (line == shown_) return;
  std::fputs(fmt::format("\r{}\033[K", line).c_str(), file_);
  std::fflush(file_);
  shown_ = line;
}

void LiveLine::clear() {
  if (shown_.empty()) return;
  std::fputs("\r\033[K", file_);
  std::fflush(file_);
  shown_.clear();
}

}  // namespace tools
