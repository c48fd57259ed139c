// Wakes a thread that polls: readable from raise() until lower(). Thread-safe.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

namespace store {

class EventFd {
 public:
  EventFd() = default;
  ~EventFd() { ::close(fd_); }
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;

  int fd() const { return fd_; }
  void raise() const { eventfd_write(fd_, 1); }
  void lower() const {
    eventfd_t ignored = 0;
    eventfd_read(fd_, &ignored);
  }

 private:
  const int fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
};

}  // namespace store
