// The store's ROUTERs, for requests and for drivers. Carries bytes and knows nothing of their
// meaning; with publisher.h the only code of the store that sees zmq.hpp.
// Single-threaded. Throws SocketError when an endpoint cannot be bound.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace store {

class Publisher;

class SocketError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class SocketKind : std::uint32_t { kRequest, kDriver };

// A message of the form [identity, empty, body], or [identity, body] from a DEALER that leaves the
// delimiter out. Messages of other forms are dropped and counted, as are those of peers that chose
// an identity (ZMQ_ROUTING_ID) for themselves.
struct Frame {
  SocketKind socket = SocketKind::kRequest;
  std::string identity;
  bool has_delimiter = true;
  std::string body;
};

struct SocketOptions {
  // CURVE secret key, Z85; empty: no CURVE.
  std::string curve_secret;
  // A peer that sends more than this in one message is disconnected.
  std::size_t message_bytes_max = 0;
};

class Sockets {
 public:
  explicit Sockets(const SocketOptions& options);
  ~Sockets();

  // Returns the endpoint as bound, e.g. with the port that a wildcard port became.
  std::string bind(SocketKind socket, const std::string& endpoint);

  // Waits until something can be received, by the publisher too, `fd` is readable, or the time is
  // over (negative: never). Returns true if `fd` is readable.
  bool wait(std::chrono::milliseconds time, int fd, const Publisher& publisher);

  // The next message of any ROUTER, taking turns; empty when there is none.
  std::optional<Frame> try_receive();

  // False when the peer is gone or too slow: the message is dropped. Never waits.
  [[nodiscard]] bool send(SocketKind socket, const std::string& identity, bool has_delimiter,
                          const std::string& body);

  std::uint64_t malformed() const { return malformed_; }

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
  std::uint64_t malformed_ = 0;
};

}  // namespace store
