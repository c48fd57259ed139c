// The question that event streams ask the store, again and again.
#pragma once

#include <kj/async.h>

#include <cstdint>
#include <string>

#include "answers.h"
#include "store_calls.h"
#include "values.h"

namespace gateway {

// An event log that came this far is none: it is answered with the snapshot.
inline constexpr std::uint64_t kNoEvent = INT64_MAX;

// GET `path` with `query`, whose wait is cut to what the store takes. What is no answer is told by
// its code.
kj::Promise<EventsAnswer> ask_events(StoreCalls& calls, const std::string& path, EventQuery query,
                                     const std::string& token);

}  // namespace gateway
