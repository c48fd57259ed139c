// What the library's sockets have in common: receiving without waiting, a monitor that tells of
// their connection, and frames read as Cap'n Proto messages. Internal to the client and driver
// libraries.
#pragma once

#include <capnp/serialize.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <zmq.hpp>

namespace jobq {

// What would block, and what a signal interrupts, has not happened. Throws zmq::error_t.
bool has_happened(int result);
bool receive(zmq::socket_t& socket, zmq::message_t& frame);

// What a monitor tells of a socket's connection.
enum class LinkEvent {
  kUp,               // its handshake has succeeded
  kHandshakeFailed,  // it is tried again
  kNotThere,         // nobody takes the connection; it is tried again
  kGone,
};

struct MonitoredSocket {
  zmq::socket_t socket;
  zmq::socket_t monitor;

  MonitoredSocket() = default;
  MonitoredSocket(zmq::socket_t the_socket, zmq::socket_t its_monitor)
      : socket(std::move(the_socket)), monitor(std::move(its_monitor)) {}
  ~MonitoredSocket() { close(); }
  MonitoredSocket(MonitoredSocket&&) = default;
  MonitoredSocket& operator=(MonitoredSocket&& other) noexcept {
    close();
    socket = std::move(other.socket);
    monitor = std::move(other.monitor);
    return *this;
  }

  // An event that nobody takes would hold up libzmq's thread, and with it all sockets of the
  // context, for ever: so the events end before the monitor does.
  void close() {
    if (socket) {
      zmq_socket_monitor(socket.handle(), nullptr, 0);
    }
    socket.close();
    monitor.close();
  }
  explicit operator bool() { return static_cast<bool>(socket); }
};

// What all sockets of a program share, and with it one thread of libzmq: as long as somebody has
// it. After a fork() the child gets one of its own. Any thread.
std::shared_ptr<zmq::context_t> shared_context();

zmq::socket_t make_monitor(zmq::context_t& context, zmq::socket_t& socket);
// The next event of a monitor; empty when there is none now.
std::optional<LinkEvent> next_event(zmq::socket_t& monitor);

// The first of the messages that are there. Throws kj::Exception when something is wrong with it,
// here or when it is read.
capnp::FlatArrayMessageReader read_message(kj::ArrayPtr<const capnp::word> words);

// An aligned copy of a frame, whose memory is used again for the next one.
class MessageCopy {
 public:
  // Throws DamagedReply when the frame cannot be a message.
  kj::ArrayPtr<const capnp::word> words(std::span<const std::byte> frame);
  capnp::FlatArrayMessageReader read(std::span<const std::byte> frame) {
    return read_message(words(frame));
  }

 private:
  kj::Array<capnp::word> words_;
};

}  // namespace jobq
