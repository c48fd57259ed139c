// One event stream over many event logs: where something has happened, but not what. For pages that
// show numbers of many datasources, since a browser has six connections to a site.
#pragma once

#include <kj/compat/http.h>
#include <kj/timer.h>

#include "http_request.h"
#include "reply.h"
#include "settings.h"
#include "store_calls.h"
#include "stream_parts.h"

namespace gateway {

class Changes {
 public:
  using Parts = StreamParts;
  // All must outlive this.
  explicit Changes(const Parts& parts) : parts_(parts) {}

  // GET /changes?path=/jobs/scan/events,/mail/job/events: paths of events, as the store has them.
  // As Streams::run().
  kj::Promise<kj::Maybe<Reply>> run(const HttpRequest& request, kj::HttpService::Response& response,
                                    Reply head);

 private:
  class Stream;

  const Parts parts_;
};

}  // namespace gateway
