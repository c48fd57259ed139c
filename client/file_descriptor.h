// Closes what it holds. Internal to the client and driver libraries.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace jobq {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  // Throws std::system_error, which names `made_by`, when `fd` is none.
  FileDescriptor(int fd, const char* made_by) : fd_(fd) {
    if (fd_ < 0) {
      throw std::system_error(errno, std::generic_category(), made_by);
    }
  }
  ~FileDescriptor() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace jobq
