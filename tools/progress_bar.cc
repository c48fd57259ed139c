#include "progress_bar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "job_view.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

constexpr int kBarWidth = 20;
// A terminal in which bar and label take more than this part of the line has no bar.
constexpr std::size_t kMessageWidthMin = 10;
// Of a terminal that does not say how wide it is.
constexpr std::size_t kWidthUnknown = 80;

std::string bar(int percent) {
  const int filled = percent * kBarWidth / 100;
  return fmt::format("[{:#<{}}{:-<{}}]", "", filled, "", kBarWidth - filled);
}

}  // namespace

int percent_of(double value) {
  // The store keeps no more than seven digits: 0.7 must not come back as 69 %.
  constexpr double kTolerance = 1e-6;
  if (std::isnan(value)) return 0;
  return static_cast<int>(std::floor((std::clamp(value, 0.0, 1.0) + kTolerance) * 100));
}

std::string progress_line(const ProgressView& view, const Display& display) {
  std::string head = printable(view.label);
  std::string tail;
  if (view.value) {
    const int percent = percent_of(*view.value);
    const std::string number = fmt::format("{:3} %", percent);
    const std::string wide = head + "  " + bar(percent) + " " + number;
    const bool fits = display.width == 0 || width_of(wide) + kMessageWidthMin <= display.width;
    head = fits ? wide : head + " " + number;
  }
  if (!view.message.empty()) tail = "  " + printable(view.message);
  // One column stays free: a full line would move some terminals on to the next.
  const std::size_t columns = display.width == 0 ? 0 : std::max<std::size_t>(display.width, 2) - 1;
  const std::string line = shortened(head + tail, columns);
  if (!line.starts_with(head)) return styled(line, view.style, display);
  return styled(head, view.style, display) + line.substr(head.size());
}

ProgressView progress_of(const jobq::JobStatus& job, jobq::Time now) {
  ProgressView view{.label = std::string(jobq::to_string(job.status)),
                    .style = style_of(job.status)};
  if (job.status == jobq::Status::kAccepted) {
    if (job.attempt > 1) view.label += fmt::format(" (attempt {})", job.attempt);
    if (job.cancel_requested_at != jobq::Time{}) view.label += ", cancel requested";
    view.value = job.progress;
    view.message = job.progress_message;
  } else if (!jobq::is_final(job.status)) {
    if (job.not_before > now) view.message = "not before " + clock_text(job.not_before, now);
    if (!job.error.code.empty()) {
      view.message += (view.message.empty() ? "" : "; ") + error_line(job.error);
    }
  }
  return view;
}

void LiveLine::show(const ProgressView& view) {
  if (!display_.is_terminal) return;
  display_ = display_of(file_);  // the window may have another size now
  if (display_.width == 0) display_.width = kWidthUnknown;
  const std::string line = progress_line(view, display_);
  if (line == shown_) return;
  fmt::print(file_, "\r{}\033[K", line);
  std::fflush(file_);
  shown_ = line;
}

void LiveLine::clear() {
  if (shown_.empty()) return;
  fmt::print(file_, "\r\033[K");
  std::fflush(file_);
  shown_.clear();
}

}  // namespace tools
