// Jobs as JobEngine has them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jobq/types.h"

namespace gateway {

enum class EngineState : std::uint8_t { kQueued, kInProgress, kComplete, kFailed };
std::string_view word_of(EngineState state);
std::optional<EngineState> engine_state_named(std::string_view word);
EngineState engine_state(jobq::Status status);

// What was left in place of the request: by a worker while it had the job, or as it ended.
std::string engine_content(const jobq::JobStatus& job);

std::string engine_job(const jobq::JobStatus& job);

// Whose detail is the content.
inline constexpr const char* kEngineError = "jobengine";

}  // namespace gateway
