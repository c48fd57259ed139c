#include "observe_socket.h"

#include <array>

#include "endpoint.h"
#include "silent_socket.h"

namespace store {
namespace {

// Messages held for one observer that does not take them.
constexpr int kSendHighWater = 1000;
constexpr int kLingerMs = 500;  // so that the ends of observes go out
constexpr int kDroppedAtOnceMax = 256;
constexpr std::size_t kKeyCharacters = 40;

}  // namespace

ObserveSocket::ObserveSocket(const ObserveSocketOptions& options)
    : socket_(std::make_unique<SilentSocket>(zmq::socket_type::router, options.connections,
                                             PeerNames::kTheirs)) {
  zmq::socket_t& socket = socket_->socket;
  socket.set(zmq::sockopt::linger, kLingerMs);
  socket.set(zmq::sockopt::sndhwm, kSendHighWater);
  socket.set(zmq::sockopt::router_mandatory, true);
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
  return bind_endpoint(socket_->socket, endpoint, !public_key_.empty());
}

ObserveSocket::Sent ObserveSocket::send(const std::string& observer, const std::string& message) {
  zmq::socket_t& socket = socket_->socket;
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
  for (int i = 0; i < kDroppedAtOnceMax && socket_->socket.recv(message, zmq::recv_flags::dontwait);
       ++i) {
  }
}

}  // namespace store
