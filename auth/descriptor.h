// A file descriptor that is closed with its owner, and what is read from one.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace auth {

class Descriptor {
 public:
  // What open() and the like return; negative: none.
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  void close();

 private:
  int fd_;
};

// Of the descriptors 0 to 2, opens those that are closed on /dev/null, so that no file or socket of
// the program becomes its standard output. For the start of main().
void open_standard_files();

// Fills `buffer` from where the file is; fewer bytes only when it ends before. Throws
// std::system_error.
[[nodiscard]] std::size_t read_into(int fd, std::span<char> buffer);

}  // namespace auth
