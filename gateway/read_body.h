// The body of a request, within bounds of size, of time, and of what all bodies may take together.
#pragma once

#include <kj/async-io.h>
#include <kj/timer.h>

#include <memory>
#include <optional>
#include <string>

#include "held_bytes.h"
#include "reply.h"

namespace gateway {

struct BodyText {
  std::string text{};
  std::optional<Reply> refused{};
};

// REQUIRES: `share` outlives the promise.
kj::Promise<BodyText> read_body(kj::AsyncInputStream& body, kj::Timer& timer, kj::Duration patience,
                                HeldBytes::Share& share);

}  // namespace gateway
