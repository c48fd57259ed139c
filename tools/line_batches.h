// Lines of an input, and jobs of lines on their way to the store, many in a message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jobq/types.h"

namespace tools {

// Of a line.
inline constexpr std::size_t kInputBytesMax = 8U << 20;
// Lines that are refused mostly have one reason.
inline constexpr std::uint64_t kRefusalsShown = 3;

// Lines of a file descriptor, with the knowledge whether another one is there right now.
class LineReader {
 public:
  explicit LineReader(int fd) : fd_(fd) {}

  // The next line without its newline; waits for it at most `patience`. Empty when none came by
  // then or the input has ended. Throws UsageError when reading fails or a line is longer than
  // `kInputBytesMax`.
  [[nodiscard]] std::optional<std::string> next(std::optional<jobq::Span> patience);

  [[nodiscard]] bool has_ended() const { return is_at_end_ && start_ == buffer_.size(); }

  // Number of the line last returned, from 1.
  [[nodiscard]] std::size_t number() const { return number_; }

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

template <class Job>
struct LineBatch {
  static constexpr std::size_t kJobsMax = 256;
  // Well below what one message may hold (8 MiB), since every job adds its names to it.
  static constexpr std::size_t kBytesMax = 6U << 20;

  std::vector<Job> jobs;
  std::vector<std::size_t> line_numbers;
  std::size_t bytes = 0;

  [[nodiscard]] bool has_room_for(std::size_t more) const {
    return jobs.empty() || (!is_full() && bytes + more <= kBytesMax);
  }
  [[nodiscard]] bool is_full() const { return jobs.size() >= kJobsMax; }
  void add(Job job, std::size_t line_number, std::size_t line_bytes) {
    jobs.push_back(std::move(job));
    line_numbers.push_back(line_number);
    bytes += line_bytes;
  }
};

}  // namespace tools
