#include "status_socket.h"

#include <algorithm>
#include <array>
#include <utility>
#include <zmq.hpp>

#include "endpoint.h"
#include "held_message.h"
#include "silent_socket.h"

namespace store {
namespace {

// Subscriptions taken in before frames are sent again.
constexpr int kReceivedAtOnceMax = 1024;
// What libzmq needs for a subscription besides its bytes, in bytes of subscriptions.
constexpr std::size_t kSubscriptionCost = 8;
// Between two looks whether the socket may be replaced.
constexpr std::chrono::milliseconds kBrokenFor{20};
constexpr std::chrono::milliseconds kForEver{-1};
// What the kernel holds of what one peer sends, and of what it does not read.
constexpr int kReceiveBufferBytes = 16 << 10;
constexpr int kSendBufferBytes = 128 << 10;

}  // namespace

StatusSocket::StatusSocket(StatusSocketOptions options) : options_(std::move(options)) { open(); }
StatusSocket::~StatusSocket() = default;

void StatusSocket::open() {
  socket_ = std::make_unique<SilentSocket>(zmq::socket_type::xpub, options_.connections);
  zmq::socket_t& socket = socket_->socket;
  const int on = 1;
  zmq_setsockopt(socket.handle(), ZMQ_XPUB_MANUAL, &on, sizeof on);
  // So that send() tells when somebody's buffer is full.
  socket.set(zmq::sockopt::xpub_nodrop, true);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::sndhwm, options_.frames_max);
  socket.set(zmq::sockopt::rcvbuf, kReceiveBufferBytes);
  socket.set(zmq::sockopt::sndbuf, kSendBufferBytes);
  if (!options_.curve_secret.empty()) {
    socket.set(zmq::sockopt::curve_server, true);
    socket.set(zmq::sockopt::curve_secretkey, options_.curve_secret);
  }
  opened_at_ = Clock::now();
  ignored_bytes_ = 0;
  is_broken_ = false;
}

std::string StatusSocket::bind(const std::string& endpoint) {
  endpoints_.push_back(bind_endpoint(socket_->socket, endpoint, !options_.curve_secret.empty()));
  return endpoints_.back();
}

// False when it is too early, or when an endpoint is not free yet.
bool StatusSocket::replace() {
  if (socket_) {
    socket_.reset();  // returns when all connections are closed
  }
  if (Clock::now() < opened_at_ + options_.reopen_after) {
    return false;
  }
  open();
  try {
    for (const std::string& endpoint : endpoints_) {
      (void)bind_endpoint(socket_->socket, endpoint, !options_.curve_secret.empty());
    }
    return true;
  } catch (const SocketError&) {
    is_broken_ = true;
    return false;
  }
}

bool StatusSocket::receive(const Decide& decide) {
  if (is_broken_) {
    replace();
    return true;
  }
  zmq::socket_t& socket = socket_->socket;
  if (held_->count > options_.held_bytes_max) {
    is_broken_ = true;
    replace();
    return false;
  }
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

void StatusSocket::abandon(std::string_view topic, std::size_t subscribers) {
  ignored_bytes_ += subscribers * (topic.size() + kSubscriptionCost);
}

bool StatusSocket::send(const std::string& topic, std::string body) {
  if (is_broken_) {
    return true;
  }
  zmq::socket_t& socket = socket_->socket;
  const auto flags = zmq::send_flags::dontwait;
  bool has_room = socket.send(zmq::buffer(topic), flags | zmq::send_flags::sndmore).has_value();
  if (!has_room) {
    socket.set(zmq::sockopt::xpub_nodrop, false);
    (void)socket.send(zmq::buffer(topic), flags | zmq::send_flags::sndmore);
  }
  zmq::message_t message = held_message({std::move(body), held_});
  if (!socket.send(message, flags)) {
    has_room = false;
    socket.set(zmq::sockopt::xpub_nodrop, false);
    (void)socket.send(message, flags);
  }
  if (!has_room) {
    socket.set(zmq::sockopt::xpub_nodrop, true);
  }
  return has_room;
}

void StatusSocket::wait(int fd) {
  std::array<zmq::pollitem_t, 2> items = {{{nullptr, fd, ZMQ_POLLIN, 0}, {}}};
  std::size_t count = 1;
  if (!is_broken_) {
    items[count++] = {socket_->socket.handle(), 0, ZMQ_POLLIN, 0};
  }
  try {
    zmq::poll(items.data(), count, is_broken_ ? kBrokenFor : kForEver);
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) {
      throw;
    }
  }
}

}  // namespace store
