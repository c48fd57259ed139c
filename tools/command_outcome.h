// What a command says to its worker: by its end, and by lines on standard error before.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "jobq/driver.h"
#include "jobq/limits.h"
#include "shell_command.h"

namespace tools {

inline constexpr std::size_t kResponseBytesMax = 1U << 20;
inline constexpr std::size_t kMessageBytesMax = jobq::limits::kErrorMessageBytesMax;
inline constexpr std::size_t kDetailBytesMax = 64U << 10;

// What a command says with its exit status. Any other, and a signal, is a failure to be retried.
inline constexpr int kExitComplete = 0;
inline constexpr int kExitRetry = 75;
inline constexpr int kExitRelease = 76;
inline constexpr int kExitForbid = 77;
inline constexpr int kExitFail = 78;  // for good

// Complete: the output is the response when it is JSON, otherwise it becomes a JSON string without
// its last newline, and nothing becomes null; one that is too large fails the job for good. Of
// failures the code is exit-<n>, signal-<n> or response-too-large, the message the last line of
// standard error, the detail its end. `delay`: of a retry or release, zero: none was asked for.
// A command that was stopped: cancelled when the client wanted it, released when the worker ends;
// otherwise the lease is lost and the outcome, lease-lost or timeout, only for the worker's log,
// unless the store has kept the lease: then the job is handed back, or retried.
// One that cannot be run says nothing of the job, which is released.
[[nodiscard]] jobq::Result outcome_of(const CommandEnd& end, jobq::Span delay);

// Of a command in `mode: lines`, its answer to a job's line: {"response": ...}, or {"error":
// {"code":
// "...", "message": "...", "detail": "..."}, "outcome": "retry", "delay": "2s"}; outcomes are
// retry, which is the default, fail, forbid and release. What is none of that fails the attempt
// with "bad-answer". `delay`: as above, where the answer names none.
[[nodiscard]] jobq::Result outcome_of_line(std::string_view line, jobq::Span delay);
// Of one that has ended, or was stopped, without an answer.
[[nodiscard]] jobq::Result outcome_without_line(const CommandEnd& end, jobq::Span delay);

// As a shell says that there is no such command, or none that may be run: 126 or 127.
[[nodiscard]] bool cannot_be_run(const CommandEnd& end);

// What a command says to its worker on standard error, one line at a time:
//   jobq:progress 0.5 page 5 of 10      (or 50%)
//   jobq:log warning page 6 is empty    (debug, info, warning, error; any other word: error)
//   jobq:delay 2s                       (of a retry or release)
//   jobq:state add pages 5              (set, add, min, max, remove)
// Every other line is the command's own.
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

struct StateLine {
  jobq::StateChange change{};
};

struct OwnLine {};

// One that begins like these and is none of them.
struct BadLine {};

using ChildLine = std::variant<OwnLine, ProgressLine, LogLineSaid, DelayLine, StateLine, BadLine>;

// Texts are valid UTF-8; a message is cut to what the store takes.
[[nodiscard]] ChildLine parse_child_line(std::string_view line);

// Of what a function keeps: `text` is the value or the number, and empty for what is removed.
// Nothing: it is none.
[[nodiscard]] std::optional<jobq::StateChange> state_change_of(jobq::ChangeHow how,
                                                               std::string_view name,
                                                               std::string_view text);

// A text as lines of a job's log: pieces within the store's limit, none empty.
[[nodiscard]] std::vector<std::string> log_texts(std::string_view text);

inline constexpr std::size_t kLogTextBytesMax = jobq::limits::kLogTextBytesMax;

}  // namespace tools
