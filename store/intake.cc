#include "intake.h"

#include <algorithm>
#include <utility>

namespace store {
namespace {

// A disk takes some tenths of a millisecond for so much, as it does for a sync.
constexpr std::size_t kSmallBytesMax = 64u << 10;
// More messages or bytes are not put aside: then all wait in the order in which they came.
constexpr std::size_t kAsideMax = 256;
constexpr std::size_t kAsideBytesMax = 64u << 20;
// Of one turn, for which all that comes meanwhile has to wait. The last message may exceed it.
constexpr std::size_t kAtOnceMax = 16;
constexpr std::size_t kAtOnceBytes = 1u << 20;

}  // namespace

bool Intake::is_full() const {
  return aside_.size() >= kAsideMax || aside_bytes_ >= kAsideBytesMax;
}

bool Intake::waits(const Frame& frame) const {
  return frame.body.size() > kSmallBytesMax ||
         std::any_of(aside_.begin(), aside_.end(),
                     [&](const Frame& before) { return before.identity == frame.identity; });
}

std::optional<Frame> Intake::next() {
  while (!is_full()) {
    std::optional<Frame> frame = receive_();
    if (!frame || !waits(*frame)) {
      return frame;
    }
    aside_bytes_ += frame->body.size();
    aside_.push_back(*std::move(frame));
  }
  return std::nullopt;
}

std::vector<Frame> Intake::take_aside(bool is_turn_empty) {
  std::vector<Frame> taken;
  std::size_t bytes = 0;
  while ((is_turn_empty || !gave_aside_) && has_aside() && bytes < kAtOnceBytes &&
         taken.size() < kAtOnceMax) {
    bytes += aside_.front().body.size();
    taken.push_back(std::move(aside_.front()));
    aside_.pop_front();
  }
  aside_bytes_ -= bytes;
  gave_aside_ = !taken.empty();
  return taken;
}

}  // namespace store
