// What the end of a command means for the job it worked on.
#pragma once

#include <cstddef>

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
// otherwise the lease is lost and the outcome, lease-lost or timeout, only for the worker's log.
// One that cannot be run says nothing of the job, which is released.
[[nodiscard]] jobq::Result outcome_of(const CommandEnd& end, jobq::Span delay);

// As a shell says that there is no such command, or none that may be run: 126 or 127.
[[nodiscard]] bool cannot_be_run(const CommandEnd& end);

}  // namespace tools
