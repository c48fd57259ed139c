#include "sockets.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string_view>
#include <thread>
#include <zmq.hpp>

#include "connections.h"
#include "held_message.h"
#include "patched_libzmq.h"
#include "zap_handler.h"

namespace store {
namespace {

// Messages held for one peer in each direction; beyond, the peer waits (in) or loses (out).
constexpr int kReceiveHighWater = 64;
constexpr int kSendHighWater = 1000;
// A few more than a message has, so that mistakes are counted before they cost the connection.
constexpr int kPartsMax = 16;
// Time that replies have to leave when the store stops.
constexpr int kLingerMs = 500;
// Malformed messages dropped before the loop goes on, so that a flood of them cannot hold it up.
constexpr int kDroppedAtOnceMax = 256;
// Who connects and says nothing is let go after so long.
constexpr int kHandshakeMs = 10'000;
// By SocketKind.
constexpr std::array<const char*, 2> kDomains = {"request", "driver"};
// How long a changed list of keys may go unnoticed by those who are connected.
constexpr std::chrono::seconds kLookInterval{1};

// Identities that a ROUTER gives itself are a zero byte and a number. One that a peer chose is not
// served: when that peer goes, the next to choose the same would receive what was meant for it.
constexpr std::size_t kIdentityBytes = 5;
// Behind it stand the number of the connection, and the key of a listed driver.
constexpr std::size_t kNumberBytes = sizeof(std::uint64_t);

bool is_given_identity(const zmq::message_t& identity) {
  return identity.size() == kIdentityBytes && *identity.data<char>() == '\0';
}

std::uint64_t number_in(const std::string& identity) {
  std::uint64_t number = 0;
  std::memcpy(&number, identity.data() + kIdentityBytes, kNumberBytes);
  return number;
}

// What the ZAP handler said of the sender when it connected; without CURVE that is what the sender
// says of itself. Not by message_t::gets(), which throws where nothing was said.
std::string curve_key_of(zmq::message_t& message) {
  const char* key = zmq_msg_gets(message.handle(), "User-Id");
  return key == nullptr ? std::string() : std::string(key);
}

}  // namespace

struct Sockets::Implementation {
  explicit Implementation(const SocketOptions& options)
      : has_curve(!options.curve_secret.empty()),
        drivers(options.drivers),
        connections(options.connections_max, options.unread_bytes_max),
        zap(context, [this](auto domain, auto& key) { return may_connect(domain, key); }) {}

  zmq::socket_t& of(SocketKind kind) { return sockets[static_cast<std::size_t>(kind)]; }

  void look() {
    next_look = std::chrono::steady_clock::now() + kLookInterval;
    if (drivers.look) {
      drivers.look();
    }
  }
  bool admits(std::string_view key) const { return !drivers.admits || drivers.admits(key); }

  bool may_connect(std::string_view domain, const std::string& key) {
    if (domain != kDomains[static_cast<std::size_t>(SocketKind::kDriver)]) {
      return true;
    }
    look();
    return admits(key);
  }

  // Requires of a driver's frame that its key is on the list still. The address of a listed one has
  // the key in it, for the answer may be sent much later.
  void judge(Frame& frame) {
    if (frame.socket != SocketKind::kDriver || !drivers.admits) {
      return;
    }
    frame.is_listed = admits(frame.curve_key);
    if (frame.is_listed) {
      frame.identity += frame.curve_key;
    }
  }
  bool may_have_answer(const std::string& identity) const {
    if (!connections.is_open(number_in(identity))) {
      return false;
    }
    const auto key = std::string_view(identity).substr(kIdentityBytes + kNumberBytes);
    return key.empty() || admits(key);
  }

  const bool has_curve;
  const DriverKeys drivers;
  std::chrono::steady_clock::time_point next_look{};
  zmq::context_t context{1};
  Connections connections;
  ZapHandler zap;
  std::array<zmq::socket_t, 2> sockets;
  bool is_guarded = true;
  std::size_t next_to_receive = 0;
};

Sockets::Sockets(const SocketOptions& options)
    : implementation_(std::make_unique<Implementation>(options)) {
  // A ROUTER numbers its peers from where rand() is, which nobody else seeds: who knows the numbers
  // could ask for one, to get another's answers, or to end the store when it meets one twice.
  std::srand(std::random_device()());
  for (std::size_t i = 0; i < implementation_->sockets.size(); ++i) {
    zmq::socket_t socket(implementation_->context, zmq::socket_type::router);
    socket.set(zmq::sockopt::linger, kLingerMs);
    socket.set(zmq::sockopt::rcvhwm, kReceiveHighWater);
    socket.set(zmq::sockopt::sndhwm, kSendHighWater);
    socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(options.message_bytes_max));
    socket.set(zmq::sockopt::router_mandatory, true);
    socket.set(zmq::sockopt::handshake_ivl, kHandshakeMs);
    implementation_->is_guarded = guard_against_peers(socket, kPartsMax);
    if (!options.curve_secret.empty()) {
      socket.set(zmq::sockopt::curve_server, true);
      socket.set(zmq::sockopt::curve_secretkey, options.curve_secret);
      socket.set(zmq::sockopt::zap_domain, kDomains[i]);
    }
    implementation_->connections.watch(implementation_->context, socket, {});
    implementation_->sockets[i] = std::move(socket);
  }
}

Sockets::~Sockets() {
  for (zmq::socket_t& socket : implementation_->sockets) {
    implementation_->connections.forget(socket);
  }
}

std::string Sockets::bind(SocketKind kind, const std::string& endpoint) {
  return bind_endpoint(implementation_->of(kind), endpoint, implementation_->has_curve);
}

bool Sockets::wait(std::chrono::milliseconds time, int fd, std::array<int, 3> other_fds) {
  std::array<zmq::pollitem_t, 7> items = {{
      {nullptr, fd, ZMQ_POLLIN, 0},
      {nullptr, other_fds[0], ZMQ_POLLIN, 0},
      {nullptr, other_fds[1], ZMQ_POLLIN, 0},
      {nullptr, other_fds[2], ZMQ_POLLIN, 0},
      {implementation_->sockets[0].handle(), 0, ZMQ_POLLIN, 0},
      {implementation_->sockets[1].handle(), 0, ZMQ_POLLIN, 0},
      {implementation_->zap.handle(), 0, ZMQ_POLLIN, 0},
  }};
  try {
    zmq::poll(items.data(), items.size(), time);
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) {
      throw;
    }
    return false;
  }
  if ((items[6].revents & ZMQ_POLLIN) != 0) {
    implementation_->zap.serve();
  }
  // Only here, so that what is received and answered before the next time is judged alike.
  if (std::chrono::steady_clock::now() >= implementation_->next_look) {
    implementation_->look();
  }
  return (items[0].revents & ZMQ_POLLIN) != 0;
}

void Sockets::watch(std::chrono::microseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  do {
    for (const zmq::socket_t& socket : implementation_->sockets) {
      if ((socket.get(zmq::sockopt::events) & ZMQ_POLLIN) != 0) {
        return;
      }
    }
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() < end);
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
      const bool has_delimiter = count == 3 && parts[1].empty();
      zmq::message_t& body = parts[has_delimiter ? 2 : 1];
      if ((!has_delimiter && count != 2) || !is_given_identity(parts[0]) ||
          zmq_msg_get(body.handle(), ZMQ_SRCFD) < 0) {
        ++malformed_;
        continue;
      }
      const std::uint64_t connection = implementation_->connections.number_of(
          socket, zmq_msg_get(body.handle(), ZMQ_SRCFD), parts[0].to_string_view(), body.size());
      Frame frame{.socket = static_cast<SocketKind>(index),
                  .identity = parts[0].to_string(),
                  .has_delimiter = has_delimiter,
                  .curve_key = implementation_->has_curve ? curve_key_of(body) : std::string(),
                  .body = body.to_string()};
      frame.identity.append(reinterpret_cast<const char*>(&connection), kNumberBytes);
      implementation_->judge(frame);
      return frame;
    }
  }
  return std::nullopt;
}

bool Sockets::is_guarded() const { return implementation_->is_guarded; }

bool Sockets::is_connected(const std::string& identity) const {
  return implementation_->connections.is_open(number_in(identity));
}

std::string Sockets::address_of(const std::string& identity) const {
  return implementation_->connections.address_of(number_in(identity));
}

Connections& Sockets::connections() { return implementation_->connections; }

std::shared_ptr<HeldBytes> Sockets::room_for(const std::string& identity) {
  return implementation_->connections.room_for(number_in(identity));
}

bool Sockets::send(SocketKind kind, const std::string& identity, bool has_delimiter,
                   HeldText body) {
  if (!implementation_->may_have_answer(identity)) {
    return false;
  }
  zmq::socket_t& socket = implementation_->of(kind);
  const std::string_view peer = std::string_view(identity).substr(0, kIdentityBytes);
  const auto flags = zmq::send_flags::dontwait;
  try {
    if (!socket.send(zmq::buffer(peer), flags | zmq::send_flags::sndmore)) {
      return false;
    }
    // Once the first part is taken, the others follow it whatever the peer does.
    if (has_delimiter) {
      (void)socket.send(zmq::message_t(), flags | zmq::send_flags::sndmore);
    }
    zmq::message_t message = held_message(std::move(body));
    (void)socket.send(message, flags);
    return true;
  } catch (const zmq::error_t& error) {
    if (error.num() != EHOSTUNREACH) {
      throw;
    }
    return false;
  }
}

}  // namespace store
