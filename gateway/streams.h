// Event streams: server-sent events, or lines of JSON without an end, over what the store answers
// to GET .../events. Each stream has one question under way, held back by the store until there is
// something: the event log has all events, so nothing is lost whoever restarts, and nothing is kept
// here but how far the reader has come.
#pragma once

#include <kj/compat/http.h>
#include <kj/timer.h>

#include <string>

#include "counters.h"
#include "http_request.h"
#include "operations.h"
#include "reply.h"
#include "settings.h"
#include "store_calls.h"
#include "stream_parts.h"

namespace gateway {

class Streams {
 public:
  using Parts = StreamParts;
  // All must outlive this.
  explicit Streams(const Parts& parts) : parts_(parts) {}

  static bool wants_stream(const HttpRequest& request, const store::Route& route);

  // A reply where there is no stream; else nothing, once it has ended. `head`: its headers. Throws
  // Refusal.
  // REQUIRES: the request outlives the promise.
  kj::Promise<kj::Maybe<Reply>> run(const HttpRequest& request, const store::Route& route,
                                    kj::HttpService::Response& response, Reply head);

 private:
  class Stream;

  const Parts parts_;
};

}  // namespace gateway
