// The store's ROUTERs, for requests and for drivers. Carries bytes and knows nothing of their
// meaning; of their senders it knows the CURVE keys. With CURVE it is also what decides whose
// handshake succeeds (ZAP, RFC 27): on the request endpoints everybody's, on the driver endpoints
// everybody's or, where there is a list of keys, only theirs.
// Single-threaded. Throws SocketError when an endpoint cannot be bound.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "endpoint.h"
#include "held_bytes.h"

namespace store {

class Connections;

enum class SocketKind : std::uint32_t { kRequest, kDriver };

// A message of the form [identity, empty, body], or [identity, body] from a DEALER that leaves the
// delimiter out. Messages of other forms are dropped and counted, as are those of peers that chose
// an identity (ZMQ_ROUTING_ID) for themselves, or speak a version of ZMTP before 3.0, which cannot
// be known again. With our patches of libzmq a chosen identity is not used, and its peer is served;
// who sends far too many parts is disconnected.
struct Frame {
  SocketKind socket = SocketKind::kRequest;
  // What send() needs to answer: names the connection, so that nobody else is answered when it is
  // over.
  std::string identity;
  bool has_delimiter = true;
  // The sender's public key, Z85; empty without CURVE.
  std::string curve_key = {};
  // False on a driver endpoint when the sender's key has been taken off the list since it
  // connected: it must not be served.
  bool is_listed = true;
  std::string body;
};

// Who may use the driver endpoints, by public keys in Z85. Without functions: whoever connects.
struct DriverKeys {
  std::function<bool(std::string_view key)> admits{};
  std::function<void()> look{};  // before each of them connects, and now and then: keys may change
};

struct SocketOptions {
  // CURVE secret key, Z85; empty: no CURVE.
  std::string curve_secret{};
  // A peer that sends more than this in one message is disconnected.
  std::size_t message_bytes_max = 0;
  DriverKeys drivers{};  // REQUIRES: CURVE
  std::size_t connections_max = 10'000;
  // Of answers that peers have not read.
  std::size_t unread_bytes_max = 256u << 20;
};

class Sockets {
 public:
  explicit Sockets(const SocketOptions& options);
  ~Sockets();

  // As bind_endpoint().
  std::string bind(SocketKind socket, const std::string& endpoint);

  // Waits until something can be received, one of the descriptors is readable, a handshake has been
  // decided, or the time is over (negative: never). Returns true if `fd` is readable.
  bool wait(std::chrono::milliseconds time, int fd, std::array<int, 3> other_fds);

  // Returns when a message can be received or the time is over. Does not sleep, but gives way to
  // other threads.
  void watch(std::chrono::microseconds time);

  // The next message of any ROUTER, taking turns; empty when there is none.
  std::optional<Frame> try_receive();

  // Where what is sent there counts as unread; nullptr when the peer is gone, or has to read first
  // what it was sent before.
  std::shared_ptr<HeldBytes> room_for(const std::string& identity);

  // False when the peer is gone or too slow, or its key was taken off the list since it asked: the
  // message is dropped. Never waits.
  [[nodiscard]] bool send(SocketKind socket, const std::string& identity, bool has_delimiter,
                          HeldText body);

  // Whether the peer is there still that is to be answered there.
  bool is_connected(const std::string& identity) const;

  // Where the peer is; empty if it has no address, or is gone.
  std::string address_of(const std::string& identity) const;

  // Of all sockets, those of other classes too that are told to it.
  Connections& connections();

  // Whether the libzmq has our patches (docs/libzmq.md).
  bool is_guarded() const;

  std::uint64_t malformed() const { return malformed_; }

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
  std::uint64_t malformed_ = 0;
};

}  // namespace store
