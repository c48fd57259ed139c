// What all that streams events has of the gateway.
#pragma once

#include <kj/timer.h>

#include "counters.h"
#include "reply.h"
#include "settings.h"
#include "store_calls.h"
#include "stream_places.h"

namespace gateway {

// All must outlive it.
struct StreamParts {
  const Settings& settings;
  kj::Timer& timer;
  StoreCalls& calls;
  Sender& sender;
  Counters& counters;
  StreamPlaces& places;
};

}  // namespace gateway
