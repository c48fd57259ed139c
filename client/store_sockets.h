// Makes sockets for one store: of the program's context, encrypted with the connection's keys, not
// connected. Internal to the client library.
#pragma once

#include <memory>
#include <string>
#include <zmq.hpp>

#include "jobq/connection.h"
#include "sockets.h"

namespace jobq {

class StoreSockets {
 public:
  // Throws std::invalid_argument when a key is none.
  explicit StoreSockets(const Connection& options);

  // To connect to `endpoint`. Takes any number of frames to be sent, connected or not: its user
  // bounds them. REQUIRES: it is closed before this object ends.
  MonitoredSocket make(zmq::socket_type type, const std::string& endpoint) const;

 private:
  const std::shared_ptr<zmq::context_t> context_;
  const std::string server_key_;  // empty: without CURVE
  std::string public_key_;
  std::string secret_key_;
};

}  // namespace jobq
