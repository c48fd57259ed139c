// Answers libzmq's questions whether a CURVE peer may connect (ZAP, RFC 27) in the thread that
// serves the sockets: its poll loop waits for handle() and then calls serve(). Until the answer a
// peer's handshake stands still. The key becomes the peer's User-Id, which messages carry.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <zmq.hpp>

namespace store {

class ZapHandler {
 public:
  // `domain` is the ZMQ_ZAP_DOMAIN of the socket; `key` is in Z85.
  using MayConnect = std::function<bool(std::string_view domain, const std::string& key)>;

  // Answers for all sockets of `context`, which must outlive it; made before they are bound.
  ZapHandler(zmq::context_t& context, MayConnect may_connect);

  void* handle() { return socket_.handle(); }

  // Answers the questions that are there, some at most.
  void serve();

 private:
  bool serve_one();

  zmq::socket_t socket_;
  const MayConnect may_connect_;
};

}  // namespace store
