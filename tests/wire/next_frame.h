// What a store's sockets hear.
#pragma once

#include <optional>

#include "sockets.h"

namespace wire {

// Waits for the next message, without end: for a test that has sent one.
inline store::Frame next_frame(store::Sockets& sockets) {
  std::optional<store::Frame> frame;
  while (!frame) {
    frame = sockets.try_receive();
  }
  return *std::move(frame);
}

}  // namespace wire
