// In which order messages are served: small ones before large ones, which each take the disk for
// longer than all that is small. Those of one connection keep their order.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "sockets.h"

namespace store {

class Intake {
 public:
  // `receive` gives the next message, if there is one.
  explicit Intake(std::function<std::optional<Frame>()> receive) : receive_(std::move(receive)) {}

  // The next message that need not wait behind a large one. Large ones are put aside, and what
  // their connections have sent behind them. REQUIRES: !is_full()
  std::optional<Frame> next();

  bool has_aside() const { return !aside_.empty(); }
  bool is_full() const;

  // What was put aside and belongs into the turn that is about to be closed: some of it in each
  // second turn at least, and in those that have nothing else.
  std::vector<Frame> take_aside(bool is_turn_empty);
  bool gave_aside() const { return gave_aside_; }  // when it was asked last

 private:
  bool waits(const Frame& frame) const;

  const std::function<std::optional<Frame>()> receive_;
  std::deque<Frame> aside_;
  std::size_t aside_bytes_ = 0;
  bool gave_aside_ = false;
};

}  // namespace store
