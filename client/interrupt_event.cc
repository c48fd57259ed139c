#include "interrupt_event.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace jobq {

InterruptEvent::~InterruptEvent() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

int InterruptEvent::fd() {
  if (fd_ < 0) {
    fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd_ < 0) {
      throw std::system_error(errno, std::generic_category(), "eventfd");
    }
    signal();
  }
  return fd_;
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
      fd_ < 0 ? 0 : eventfd_read(fd_, &count);  // fails if it was not
  is_set_ = false;
}

void InterruptEvent::signal() const {
  if (is_set_ && fd_ >= 0) {
    // Fails only when the counter is full; then it is readable anyway.
    [[maybe_unused]] const int result = eventfd_write(fd_, 1);
  }
}

}  // namespace jobq
