// What the end of a command means for the job it worked on.
#pragma once

#include <cstddef>

#include "jobq/driver.h"
#include "shell_command.h"

namespace tools {

inline constexpr std::size_t kResponseBytesMax = 1U << 20;
inline constexpr std::size_t kMessageBytesMax = 1024;
inline constexpr std::size_t kDetailBytesMax = 64U << 10;

// What a command can say with its exit status besides 0 (sysexits.h has the names).
inline constexpr int kExitRetry = 75;   // EX_TEMPFAIL
inline constexpr int kExitForbid = 77;  // EX_NOPERM

// Exit status 0: complete. The output is the response when it is JSON, otherwise it becomes a JSON
// string without its last newline, and nothing becomes null. Status 75 is a failure to be retried,
// 77 forbids the job; everything else fails it, or is to be retried when `retries_failures`. The
// code is exit-<n>, signal-<n> or response-too-large, the message the last line of standard error,
// the detail its end.
// A command that was stopped: cancelled when the client wanted it, released when the worker ends;
// otherwise the lease is lost and the outcome, lease-lost or timeout, only for the worker's log.
[[nodiscard]] jobq::Word outcome_of(const CommandEnd& end, bool retries_failures);

}  // namespace tools
