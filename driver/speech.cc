#include "speech.h"

#include <iterator>

namespace jobq {

void Speech::say(LogText line, bool has_room) {
  if (!has_room) {
    ++dropped_;
    return;
  }
  lines_bytes_ += bytes_of(line);
  lines_.push_back(std::move(line));
  ++next_;
  if (lines_.size() > kLinesMax) {
    drop_oldest();
  }
}

Speech::Batch Speech::take() {
  Batch taken;
  if (!lines_.empty()) {
    const auto first = next_ - static_cast<unsigned>(lines_.size());
    taken.log = Log{
        .lines = {std::make_move_iterator(lines_.begin()), std::make_move_iterator(lines_.end())},
        .first = first};
    lines_.clear();
    lines_bytes_ = 0;
  }
  taken.progress = std::exchange(progress_, std::nullopt);
  return taken;
}

void Speech::put_back(Log log) {
  for (const LogText& line : log.lines) {
    lines_bytes_ += bytes_of(line);
  }
  lines_.insert(lines_.begin(), std::make_move_iterator(log.lines.begin()),
                std::make_move_iterator(log.lines.end()));
  while (lines_.size() > kLinesMax) {
    drop_oldest();
  }
}

void Speech::put_back(Progress progress) {
  if (!progress_) {
    progress_ = std::move(progress);
  }
}

void Speech::drop_oldest() {
  lines_bytes_ -= bytes_of(lines_.front());
  lines_.pop_front();
  ++dropped_;
}

}  // namespace jobq
