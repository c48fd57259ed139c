// One line that says how far a job is, and a place on a terminal that such a line stays at.
#pragma once

#include <cstdio>
#include <optional>
#include <string>

#include "jobq/types.h"
#include "table.h"

namespace tools {

// 0 .. 100, rounded down, so that 100 is said only of what is whole. The nearest for a value that
// is none of 0 .. 1.
[[nodiscard]] int percent_of(double value);

struct ProgressView {
  std::string label{};            // what the job does: its status
  Style style = Style::kPlain;    // of the label and the bar
  std::optional<double> value{};  // 0 .. 1; without one there is no bar
  std::string message{};
};

// "accepted  [######--------------]  30 %  page 3 of 10". Made printable, without newline; cut to
// the width of the display, if it has one, so that the line never breaks.
[[nodiscard]] std::string progress_line(const ProgressView& view, const Display& display);

// What there is to say of a job right now. Waiting jobs have no bar, only when they go on.
[[nodiscard]] ProgressView progress_of(const jobq::JobStatus& job, jobq::Time now);

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
