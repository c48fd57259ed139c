// Accepts connections, as many as may be, with TLS or without, and hands them to the HTTP server.
#pragma once

#include <kj/async-io.h>
#include <kj/compat/http.h>
#include <kj/compat/tls.h>

#include <memory>
#include <string>
#include <vector>

#include "counters.h"
#include "settings.h"

namespace gateway {

class Listener : private kj::TaskSet::ErrorHandler {
 public:
  // All must outlive this. Throws std::runtime_error for a certificate or key that is none.
  Listener(const Settings& settings, kj::HttpServer& server, kj::Timer& timer, Counters& counters);

  // Rejected when an address cannot be listened to. Says where it listens, on standard output.
  kj::Promise<void> listen(kj::Network& network);

 private:
  kj::Promise<void> accept(kj::Own<kj::ConnectionReceiver> port);
  void take(kj::Own<kj::AsyncIoStream> stream);
  void taskFailed(kj::Exception&& exception) override;

  const Settings& settings_;
  kj::HttpServer& server_;
  kj::Timer& timer_;
  Counters& counters_;
  std::unique_ptr<kj::TlsKeypair> keys_;
  kj::Maybe<kj::Own<kj::TlsContext>> tls_;
  kj::TaskSet connections_;
};

}  // namespace gateway
