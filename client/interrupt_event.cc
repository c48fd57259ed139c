#include "interrupt_event.h"

#include <sys/eventfd.h>

namespace jobq {

int InterruptEvent::fd() {
  if (!fd_) {
    fd_ = FileDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
    signal();
  }
  return fd_.get();
}

void InterruptEvent::set() {
  if (!is_set_.exchange(true)) {
    signal();
  }
}

// In this order, so that who sets it in between is seen by whoever looks after this, and the next
// one is not taken for said.
void InterruptEvent::reset() {
  eventfd_t count = 0;
  [[maybe_unused]] const int result =
      fd_ ? eventfd_read(fd_.get(), &count) : 0;  // fails if it was not
  is_set_ = false;
}

void InterruptEvent::signal() const {
  if (is_set_ && fd_) {
    // Fails only when the counter is full; then it is readable anyway.
    [[maybe_unused]] const int result = eventfd_write(fd_.get(), 1);
  }
}

}  // namespace jobq
