#include "sockets.h"

#include <array>
#include <zmq.hpp>

#include "publisher.h"

namespace store {
namespace {

// Messages held for one peer in each direction; beyond, the peer waits (in) or loses (out).
constexpr int kReceiveHighWater = 64;
constexpr int kSendHighWater = 1000;
// Time that replies have to leave when the store stops.
constexpr int kLingerMs = 500;
// Malformed messages dropped before the loop goes on, so that a flood of them cannot hold it up.
constexpr int kDroppedAtOnceMax = 256;

// Identities that a ROUTER gives itself are a zero byte and a number. One that a peer chose is not
// served: when that peer goes, the next to choose the same would receive what was meant for it.
bool is_given_identity(const zmq::message_t& identity) {
  return identity.size() == 5 && *identity.data<char>() == '\0';
}

}  // namespace

struct Sockets::Implementation {
  zmq::context_t context{1};
  std::array<zmq::socket_t, 2> sockets;
  std::size_t next_to_receive = 0;

  zmq::socket_t& of(SocketKind kind) { return sockets[static_cast<std::size_t>(kind)]; }
};

Sockets::Sockets(const SocketOptions& options)
    : implementation_(std::make_unique<Implementation>()) {
  for (zmq::socket_t& place : implementation_->sockets) {
    zmq::socket_t socket(implementation_->context, zmq::socket_type::router);
    socket.set(zmq::sockopt::linger, kLingerMs);
    socket.set(zmq::sockopt::rcvhwm, kReceiveHighWater);
    socket.set(zmq::sockopt::sndhwm, kSendHighWater);
    socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(options.message_bytes_max));
    socket.set(zmq::sockopt::router_mandatory, true);
    if (!options.curve_secret.empty()) {
      socket.set(zmq::sockopt::curve_server, true);
      socket.set(zmq::sockopt::curve_secretkey, options.curve_secret);
    }
    place = std::move(socket);
  }
}

Sockets::~Sockets() = default;

std::string Sockets::bind(SocketKind kind, const std::string& endpoint) {
  try {
    implementation_->of(kind).bind(endpoint);
    return implementation_->of(kind).get(zmq::sockopt::last_endpoint);
  } catch (const zmq::error_t& error) {
    throw SocketError("cannot bind " + endpoint + ": " + error.what());
  }
}

bool Sockets::wait(std::chrono::milliseconds time, int fd, const Publisher& publisher) {
  std::array<zmq::pollitem_t, 4> items = {{
      {nullptr, fd, ZMQ_POLLIN, 0},
      {implementation_->sockets[0].handle(), 0, ZMQ_POLLIN, 0},
      {implementation_->sockets[1].handle(), 0, ZMQ_POLLIN, 0},
      {publisher.handle(), 0, ZMQ_POLLIN, 0},
  }};
  try {
    zmq::poll(items.data(), items.size() - (publisher.is_broken() ? 1 : 0), time);
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) {
      throw;
    }
    return false;
  }
  return (items[0].revents & ZMQ_POLLIN) != 0;
}

std::optional<Frame> Sockets::try_receive() {
  for (int tried = 0; tried < 2; ++tried) {
    const std::size_t index = implementation_->next_to_receive;
    zmq::socket_t& socket = implementation_->sockets[index];
    implementation_->next_to_receive = 1 - index;

    std::array<zmq::message_t, 3> parts;
    for (int dropped = 0;
         dropped < kDroppedAtOnceMax && socket.recv(parts[0], zmq::recv_flags::dontwait);
         ++dropped) {
      // The parts of a message arrive together, so that the rest is there.
      std::size_t count = 1;
      bool more = parts[0].more();
      while (more) {
        zmq::message_t excess;
        zmq::message_t& part = count < parts.size() ? parts[count] : excess;
        (void)socket.recv(part, zmq::recv_flags::none);
        more = part.more();
        ++count;
      }
      const bool has_delimiter = count == 3 && parts[1].size() == 0;
      if ((!has_delimiter && count != 2) || !is_given_identity(parts[0])) {
        ++malformed_;
        continue;
      }
      return Frame{.socket = static_cast<SocketKind>(index),
                   .identity = parts[0].to_string(),
                   .has_delimiter = has_delimiter,
                   .body = parts[has_delimiter ? 2 : 1].to_string()};
    }
  }
  return std::nullopt;
}

bool Sockets::send(SocketKind kind, const std::string& identity, bool has_delimiter,
                   const std::string& body) {
  zmq::socket_t& socket = implementation_->of(kind);
  const auto flags = zmq::send_flags::dontwait;
  try {
    if (!socket.send(zmq::buffer(identity), flags | zmq::send_flags::sndmore)) {
      return false;
    }
    // Once the first part is taken, the others follow it whatever the peer does.
    if (has_delimiter) {
      (void)socket.send(zmq::message_t(), flags | zmq::send_flags::sndmore);
    }
    (void)socket.send(zmq::buffer(body), flags);
    return true;
  } catch (const zmq::error_t& error) {
    if (error.num() != EHOSTUNREACH) {
      throw;
    }
    return false;
  }
}

}  // namespace store
