// What stays in its place on a terminal as it changes: one line, or the whole window.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "job_view.h"
#include "table.h"

namespace tools {

void clear_screen();

// Writes a title and lines over what was there, without flicker; what is below the window is left
// out. `text` is whole lines.
void repaint(const std::string& title, std::string_view text, const Display& display);

// How many lines of text there is room for; 0: not known.
[[nodiscard]] std::size_t lines_of_screen(const Display& display);

// Shows one line that replaces the one before. Without a terminal it shows nothing.
class LiveLine {
 public:
  explicit LiveLine(std::FILE* file) : file_(file), display_(display_of(file)) {}
  ~LiveLine() { clear(); }
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

  [[nodiscard]] bool is_shown() const { return display_.is_terminal; }
  void show(const ProgressView& view);
  // Leaves the place empty for other output.
  void clear();

 private:
  std::FILE* file_;
  Display display_;
  std::string shown_;
};

}  // namespace tools
