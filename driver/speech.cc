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

bool Speech::add(StateChange change) {
  const bool has_room = changes_.size() < limits::kStateChangesMax;
  has_room ? changes_.push_back(std::move(change)) : void();
  return has_room;
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
  taken.checkpoint = std::exchange(checkpoint_, std::nullopt);
  if (taken.checkpoint && !taken.progress) {
    taken.progress = last_;
  }
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

void Speech::put_back(Progress progress, std::optional<std::string> checkpoint) {
  if (!progress_) {
    progress_ = std::move(progress);
  }
  if (!checkpoint_) {
    checkpoint_ = std::move(checkpoint);
  }
}

void Speech::drop_oldest() {
  lines_bytes_ -= bytes_of(lines_.front());
  lines_.pop_front();
  ++dropped_;
}

}  // namespace jobq
