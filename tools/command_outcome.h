// What the end of a command means for the job it worked on.
#pragma once

#include <cstddef>
#include <variant>

#include "jobq/driver.h"
#include "shell_command.h"

namespace tools {

inline constexpr std::size_t kResponseBytesMax = 1U << 20;
inline constexpr std::size_t kMessageBytesMax = 1024;
inline constexpr std::size_t kDetailBytesMax = 64U << 10;

// Exit status 0: complete. The output is the response when it is JSON, otherwise it becomes a JSON
// string without its last newline, and nothing becomes null. Everything else: failed, with code
// exit-<n>, signal-<n>, response-too-large or lease-lost, the last line of standard error as the
// message and its end as the detail.
[[nodiscard]] std::variant<jobq::Done, jobq::JobError> outcome_of(const CommandEnd& end);

}  // namespace tools
