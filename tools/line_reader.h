// Lines of a file descriptor, with the knowledge whether another one is there right now.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "jobq/types.h"

namespace tools {

class LineReader {
 public:
  explicit LineReader(int fd) : fd_(fd) {}

  // The next line without its newline; waits for it at most `patience`. Empty when none came by
  // then or the input has ended. Throws UsageError when reading fails or a line is longer than
  // `kLineBytesMax`.
  [[nodiscard]] std::optional<std::string> next(std::optional<jobq::Span> patience);

  [[nodiscard]] bool has_ended() const { return is_at_end_ && start_ == buffer_.size(); }

  // Number of the line last returned, from 1.
  [[nodiscard]] std::size_t number() const { return number_; }

  static constexpr std::size_t kLineBytesMax = 8U << 20;

 private:
  [[nodiscard]] std::optional<std::string> take_buffered();
  void read_more();

  int fd_;
  std::string buffer_;
  std::size_t start_ = 0;     // of what is not yet returned
  std::size_t searched_ = 0;  // up to here there is no newline after start_
  bool is_at_end_ = false;
  std::size_t number_ = 0;
};

}  // namespace tools
