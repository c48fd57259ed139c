#include "publisher.h"

#include <algorithm>
#include <utility>
#include <zmq.hpp>

#include "connections.h"
#include "endpoint.h"

namespace store {
namespace {

// Subscriptions taken in before the loop goes on, so that a flood of them cannot hold it up.
constexpr int kReceivedAtOnceMax = 1024;
// Subscriptions are shorter, but the messages of a CURVE handshake count too.
constexpr std::int64_t kMessageBytesMax = 1024;
// What libzmq needs for a subscription besides its bytes, in bytes of subscriptions.
constexpr std::size_t kSubscriptionCost = 8;
// Who connects and says nothing is let go after so long.
constexpr int kHandshakeMs = 10'000;
// Messages of one peer that wait to be received.
constexpr int kReceiveHighWater = 64;

}  // namespace

struct Publisher::Implementation {
  explicit Implementation(Connections* the_connections) : connections(the_connections) {
    if (connections != nullptr) {
      connections->watch(context, socket, false);
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
  zmq::socket_t socket{context, zmq::socket_type::xpub};
};

Publisher::Publisher(PublisherOptions options) : options_(std::move(options)) { open(); }
Publisher::~Publisher() = default;

void Publisher::open() {
  implementation_ = std::make_unique<Implementation>(options_.connections);
  zmq::socket_t& socket = implementation_->socket;
  const int on = 1;
  zmq_setsockopt(socket.handle(), ZMQ_XPUB_MANUAL, &on, sizeof on);
  // So that send() tells when somebody's buffer is full.
  socket.set(zmq::sockopt::xpub_nodrop, true);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::handshake_ivl, kHandshakeMs);
  socket.set(zmq::sockopt::rcvhwm, kReceiveHighWater);
  socket.set(zmq::sockopt::sndhwm, options_.frames_max);
  socket.set(zmq::sockopt::maxmsgsize, kMessageBytesMax);
  if (!options_.curve_secret.empty()) {
    socket.set(zmq::sockopt::curve_server, true);
    socket.set(zmq::sockopt::curve_secretkey, options_.curve_secret);
  }
  opened_at_ = Clock::now();
  ignored_bytes_ = 0;
  is_broken_ = false;
}

std::string Publisher::bind(const std::string& endpoint) {
  endpoints_.push_back(
      bind_endpoint(implementation_->socket, endpoint, !options_.curve_secret.empty()));
  return endpoints_.back();
}

// False when it is too early, or when an endpoint is not free yet.
bool Publisher::replace() {
  if (implementation_) {
    implementation_.reset();  // returns when all connections are closed
  }
  if (Clock::now() < opened_at_ + options_.reopen_after) {
    return false;
  }
  open();
  try {
    for (const std::string& endpoint : endpoints_) {
      (void)bind_endpoint(implementation_->socket, endpoint, !options_.curve_secret.empty());
    }
    return true;
  } catch (const SocketError&) {
    is_broken_ = true;
    return false;
  }
}

bool Publisher::receive(const Decide& decide) {
  if (is_broken_) {
    replace();
    return true;
  }
  zmq::socket_t& socket = implementation_->socket;
  zmq::message_t message;
  for (int i = 0; i < kReceivedAtOnceMax && socket.recv(message, zmq::recv_flags::dontwait); ++i) {
    const std::string_view bytes(message.data<char>(), message.size());
    const bool is_subscription = !bytes.empty() && (bytes[0] == 0 || bytes[0] == 1);
    if (!is_subscription || ignored_bytes_ > options_.ignored_bytes_max) {
      is_broken_ = true;
      replace();
      return false;
    }
    const bool begins = bytes[0] == 1;
    const std::string_view topic = bytes.substr(1);
    if (decide(begins, topic)) {
      // Of the peer whose message was received last.
      zmq_setsockopt(socket.handle(), begins ? ZMQ_SUBSCRIBE : ZMQ_UNSUBSCRIBE, topic.data(),
                     topic.size());
    } else if (begins) {
      abandon(topic, 1);
      ++ignored_;
    } else {
      ignored_bytes_ -= std::min(ignored_bytes_, topic.size() + kSubscriptionCost);
    }
  }
  return true;
}

void Publisher::abandon(std::string_view topic, std::size_t subscribers) {
  ignored_bytes_ += subscribers * (topic.size() + kSubscriptionCost);
}

bool Publisher::send(const std::string& topic, const std::string& body) {
  if (is_broken_) {
    return true;
  }
  zmq::socket_t& socket = implementation_->socket;
  const auto flags = zmq::send_flags::dontwait;
  bool has_room = socket.send(zmq::buffer(topic), flags | zmq::send_flags::sndmore).has_value();
  if (!has_room) {
    socket.set(zmq::sockopt::xpub_nodrop, false);
    (void)socket.send(zmq::buffer(topic), flags | zmq::send_flags::sndmore);
  }
  if (!socket.send(zmq::buffer(body), flags)) {
    has_room = false;
    socket.set(zmq::sockopt::xpub_nodrop, false);
    (void)socket.send(zmq::buffer(body), flags);
  }
  if (!has_room) {
    socket.set(zmq::sockopt::xpub_nodrop, true);
  }
  return has_room;
}

void* Publisher::handle() const { return is_broken_ ? nullptr : implementation_->socket.handle(); }

}  // namespace store
