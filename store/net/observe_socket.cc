#include "observe_socket.h"

#include <array>
#include <zmq.hpp>

#include "connections.h"
#include "endpoint.h"
#include "patched_libzmq.h"

namespace store {
namespace {

// Messages held for one observer that does not take them.
constexpr int kSendHighWater = 1000;
// Observers say nothing, but the messages of a CURVE handshake count too.
constexpr std::int64_t kMessageBytesMax = 640;
constexpr Connections::Terms kTerms = {
    .hears = false, .unheard_bytes_max = 256u << 10, .unheard_bytes_of_each = 1u << 10};
constexpr int kHandshakeMs = 10'000;
constexpr int kReceiveHighWater = 1;
constexpr int kLingerMs = 500;  // so that the ends of observes go out
constexpr int kDroppedAtOnceMax = 256;
constexpr std::size_t kKeyCharacters = 40;

}  // namespace

struct ObserveSocket::Implementation {
  explicit Implementation(Connections* the_connections) : connections(the_connections) {
    if (connections != nullptr) {
      connections->watch(context, socket, kTerms);
    }
  }
  ~Implementation() {
    if (connections != nullptr) {
      connections->forget(socket);
    }
  }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  Connections* const connections;
  zmq::context_t context{1};
  zmq::socket_t socket{context, zmq::socket_type::router};
};

ObserveSocket::ObserveSocket(const ObserveSocketOptions& options)
    : implementation_(std::make_unique<Implementation>(options.connections)) {
  zmq::socket_t& socket = implementation_->socket;
  socket.set(zmq::sockopt::linger, kLingerMs);
  socket.set(zmq::sockopt::handshake_ivl, kHandshakeMs);
  socket.set(zmq::sockopt::rcvhwm, kReceiveHighWater);
  socket.set(zmq::sockopt::sndhwm, kSendHighWater);
  socket.set(zmq::sockopt::maxmsgsize, kMessageBytesMax);
  socket.set(zmq::sockopt::router_mandatory, true);
  (void)guard_against_peers(socket, 1, PeerNames::kTheirs);
  if (options.has_curve) {
    std::array<char, kKeyCharacters + 1> public_key{};
    std::array<char, kKeyCharacters + 1> secret_key{};
    if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
      throw SocketError("no CURVE key for the observe endpoint: libzmq has no CURVE");
    }
    public_key_ = public_key.data();
    socket.set(zmq::sockopt::curve_server, true);
    socket.set(zmq::sockopt::curve_secretkey, secret_key.data());
  }
}

ObserveSocket::~ObserveSocket() = default;

std::string ObserveSocket::bind(const std::string& endpoint) {
  return bind_endpoint(implementation_->socket, endpoint, !public_key_.empty());
}

ObserveSocket::Sent ObserveSocket::send(const std::string& observer, const std::string& message) {
  zmq::socket_t& socket = implementation_->socket;
  const auto flags = zmq::send_flags::dontwait;
  try {
    if (!socket.send(zmq::buffer(observer), flags | zmq::send_flags::sndmore)) {
      return Sent::kFull;
    }
    (void)socket.send(zmq::buffer(message), flags);
    return Sent::kTaken;
  } catch (const zmq::error_t& error) {
    if (error.num() != EHOSTUNREACH) {
      throw;
    }
    return Sent::kAbsent;
  }
}

void ObserveSocket::listen() {
  zmq::message_t message;
  for (int i = 0;
       i < kDroppedAtOnceMax && implementation_->socket.recv(message, zmq::recv_flags::dontwait);
       ++i) {
  }
}

}  // namespace store
