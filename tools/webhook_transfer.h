// Posts over HTTP, one at a time: without redirects, proxies of the environment, netrc or a cache
// of connections, and only to addresses that are permitted.
#pragma once

#include <functional>
#include <string>

#include "webhook_post.h"

namespace tools {

struct TransferOptions {
  jobq::Span timeout = std::chrono::seconds(30);  // of all of it
  std::string ca_file{};                          // of who signs certificates; empty: the system's
};

// What ends a post before its time: `fd` is readable then.
struct TransferWatch {
  std::function<bool()> is_interrupted;
  int fd = -1;
};

// REQUIRES: start_transfers(); SIGPIPE is ignored.
[[nodiscard]] WebhookEnd transfer(const WebhookPost& post, const Permission& permission,
                                  const TransferOptions& options, const TransferWatch& watch);

// Once, before there are threads. Throws std::runtime_error.
void start_transfers();

}  // namespace tools
