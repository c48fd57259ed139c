#include "store_sockets.h"

#include <array>
#include <cstdint>
#include <stdexcept>

#include "jobq/limits.h"
#include "z85.h"

namespace jobq {
namespace {

// Enough for any reply; a bound on what a false store can make us hold.
constexpr std::int64_t kReplyBytesMax = 4 * std::int64_t{limits::kFrameBytesMax};
constexpr int kReconnectMs = 20;
constexpr int kReconnectMaxMs = 500;
constexpr std::size_t kKeyTextBytes = 40;

using KeyText = std::array<char, kKeyTextBytes + 1>;

void require_key(const char* name, const std::string& text) {
  if (!auth::is_curve_key(text)) {
    throw std::invalid_argument(std::string(name) + ": is not a key of 40 Z85 characters");
  }
}

}  // namespace

StoreSockets::StoreSockets(const Connection& options)
    : context_(shared_context()),
      server_key_(options.server_key),
      secret_key_(options.curve_secret_key) {
  if (server_key_.empty()) {
    if (!secret_key_.empty()) {
      throw std::invalid_argument("curve_secret_key: needs the server_key of a store with CURVE");
    }
    return;
  }
  require_key("server_key", server_key_);
  KeyText public_key{};
  KeyText secret_key{};
  if (secret_key_.empty()) {
    if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
      throw zmq::error_t();
    }
    secret_key_ = secret_key.data();
  } else {
    require_key("curve_secret_key", secret_key_);
    if (zmq_curve_public(public_key.data(), secret_key_.c_str()) != 0) {
      throw zmq::error_t();
    }
  }
  public_key_ = public_key.data();
}

MonitoredSocket StoreSockets::make(zmq::socket_type type, const std::string& endpoint) const {
  zmq::socket_t socket(*context_, type);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::sndhwm, 0);
  socket.set(zmq::sockopt::ipv6, endpoint.starts_with("tcp://["));
  socket.set(zmq::sockopt::reconnect_ivl, kReconnectMs);
  socket.set(zmq::sockopt::reconnect_ivl_max, kReconnectMaxMs);
  socket.set(zmq::sockopt::maxmsgsize, kReplyBytesMax);
  if (!server_key_.empty()) {
    socket.set(zmq::sockopt::curve_serverkey, server_key_);
    socket.set(zmq::sockopt::curve_publickey, public_key_);
    socket.set(zmq::sockopt::curve_secretkey, secret_key_);
  }
  zmq::socket_t monitor = make_monitor(*context_, socket);
  return {std::move(socket), std::move(monitor)};
}

}  // namespace jobq
