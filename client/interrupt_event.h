// A switch that threads can poll(2) for: a file descriptor, made only when asked for, is readable
// while it is set. Internal to the client and driver libraries.
#pragma once

#include <atomic>

#include "file_descriptor.h"

namespace jobq {

class InterruptEvent {
 public:
  InterruptEvent() = default;
  InterruptEvent(const InterruptEvent&) = delete;
  InterruptEvent& operator=(const InterruptEvent&) = delete;

  // Open until destroyed. Throws std::system_error. The first call must not meet any other.
  int fd();
  void set();
  void reset();
  bool is_set() const { return is_set_; }

 private:
  void signal() const;

  FileDescriptor fd_;
  std::atomic<bool> is_set_ = false;
};

}  // namespace jobq
