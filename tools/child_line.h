// What a command says to its worker on standard error, one line at a time:
//   jobq:progress 0.5 page 5 of 10      (or 50%)
//   jobq:log warning page 6 is empty    (debug, info, warning, error; any other word: error)
//   jobq:delay 2s                       (of a retry or release)
// Every other line is the command's own.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "jobq/driver.h"
#include "jobq/limits.h"

namespace tools {

struct ProgressLine {
  double value = 0;  // 0 .. 1
  std::string message{};
};

struct LogLineSaid {
  jobq::LogLevel level = jobq::LogLevel::kInfo;
  std::string text{};  // not empty
};

struct DelayLine {
  jobq::Span delay{};
};

struct OwnLine {};

// One that begins like these and is none of them.
struct BadLine {};

using ChildLine = std::variant<OwnLine, ProgressLine, LogLineSaid, DelayLine, BadLine>;

// Texts are valid UTF-8; a message is cut to what the store takes.
[[nodiscard]] ChildLine parse_child_line(std::string_view line);

// A text as lines of a job's log: pieces within the store's limit, none empty.
[[nodiscard]] std::vector<std::string> log_texts(std::string_view text);

inline constexpr std::size_t kLogTextBytesMax = jobq::limits::kLogTextBytesMax;

}  // namespace tools
