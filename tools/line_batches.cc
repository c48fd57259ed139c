#include "line_batches.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "failure.h"

namespace tools {

std::optional<std::string> LineReader::next(std::optional<jobq::Span> patience) {
  while (true) {
    if (auto line = take_buffered()) return line;
    if (is_at_end_) return std::nullopt;
    pollfd polled{fd_, POLLIN, 0};
    const int ready = ::poll(&polled, 1, patience ? static_cast<int>(patience->count()) : -1);
    if (ready == 0) return std::nullopt;
    if (ready > 0) read_more();
  }
}

std::optional<std::string> LineReader::take_buffered() {
  const std::size_t newline = buffer_.find('\n', searched_);
  searched_ = buffer_.size();
  std::size_t end = newline;
  if (newline == std::string::npos) {
    if (buffer_.size() - start_ > kInputBytesMax) {
      throw UsageError(fmt::format("line {}: longer than {} bytes", number_ + 1, kInputBytesMax));
    }
    if (!is_at_end_ || start_ == buffer_.size()) return std::nullopt;
    end = buffer_.size();
  }
  std::string line = buffer_.substr(start_, end - start_);
  start_ = newline == std::string::npos ? end : end + 1;
  searched_ = start_;
  ++number_;
  return line;
}

void LineReader::read_more() {
  buffer_.erase(0, start_);
  searched_ -= start_;
  start_ = 0;
  std::array<char, 65'536> chunk;
  const ssize_t size = ::read(fd_, chunk.data(), chunk.size());
  if (size > 0) buffer_.append(chunk.data(), static_cast<std::size_t>(size));
  if (size == 0) is_at_end_ = true;
  if (size < 0 && errno != EINTR && errno != EAGAIN) {
    throw UsageError(fmt::format("cannot read standard input: {}", std::strerror(errno)));
  }
}

}  // namespace tools
