// A socket whose peers connect to hear, and say next to nothing: with a context, and so an I/O
// thread, of its own, its connections counted, and bounded in what may come over them. Used by one
// thread.
#pragma once

#include <zmq.hpp>

#include "patched_libzmq.h"

namespace store {

class Connections;

struct SilentSocket {
  // `connections`: nullptr: counted nowhere. Must outlive it.
  SilentSocket(zmq::socket_type type, Connections* connections, PeerNames names = PeerNames::kOurs);
  ~SilentSocket();
  SilentSocket(const SilentSocket&) = delete;
  SilentSocket& operator=(const SilentSocket&) = delete;

  Connections* const connections;
  zmq::context_t context{1};
  zmq::socket_t socket;
};

}  // namespace store
