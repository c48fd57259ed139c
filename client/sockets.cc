#include "sockets.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "mutex.h"
#include "question.h"

namespace jobq {
namespace {

constexpr int kMonitored = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED |
                           ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                           ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

}  // namespace

bool has_happened(int result) {
  if (result < 0 && errno != EAGAIN && errno != EINTR) {
    throw zmq::error_t();
  }
  return result >= 0;
}

bool receive(zmq::socket_t& socket, zmq::message_t& frame) {
  return has_happened(zmq_msg_recv(frame.handle(), socket.handle(), ZMQ_DONTWAIT));
}

std::shared_ptr<zmq::context_t> shared_context() {
  static Mutex mutex;
  static std::weak_ptr<zmq::context_t> shared GUARDED_BY(mutex);
  static pid_t process GUARDED_BY(mutex) = 0;
  const MutexLock lock(mutex);
  auto context = process == getpid() ? shared.lock() : nullptr;
  if (!context) {
    context = std::make_shared<zmq::context_t>(1);
    context->set(zmq::ctxopt::max_sockets, context->get(zmq::ctxopt::socket_limit));
    shared = context;
    process = getpid();
  }
  return context;
}

zmq::socket_t make_monitor(zmq::context_t& context, zmq::socket_t& socket) {
  static std::atomic<std::uint64_t> monitors = 0;  // their names differ
  const std::string name = "inproc://monitor-" + std::to_string(++monitors);
  if (zmq_socket_monitor(socket.handle(), name.c_str(), kMonitored) != 0) {
    throw zmq::error_t();
  }
  zmq::socket_t monitor(context, zmq::socket_type::pair);
  monitor.set(zmq::sockopt::linger, 0);
  monitor.set(zmq::sockopt::rcvhwm, 0);  // or libzmq's thread would wait for who does not read it
  monitor.connect(name);
  return monitor;
}

std::optional<LinkEvent> next_event(zmq::socket_t& monitor) {
  zmq::message_t event;
  zmq::message_t endpoint;
  if (!receive(monitor, event) || !receive(monitor, endpoint) ||
      event.size() < sizeof(std::uint16_t)) {
    return std::nullopt;
  }
  std::uint16_t number = 0;
  std::memcpy(&number, event.data(), sizeof(number));
  switch (number) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return LinkEvent::kUp;
    case ZMQ_EVENT_CONNECT_RETRIED: return LinkEvent::kNotThere;
    case ZMQ_EVENT_DISCONNECTED: return LinkEvent::kGone;
    default: return LinkEvent::kHandshakeFailed;
  }
}

capnp::FlatArrayMessageReader read_message(kj::ArrayPtr<const capnp::word> words) {
  // Everything is read about once; the limit keeps a message from pointing at itself for ever.
  return capnp::FlatArrayMessageReader(
      words, {.traversalLimitInWords = 4 * words.size() + 1024, .nestingLimit = 16});
}

kj::ArrayPtr<const capnp::word> MessageCopy::words(std::span<const std::byte> frame) {
  if (frame.empty() || frame.size() % sizeof(capnp::word) != 0) {
    throw DamagedReply("is no Cap'n Proto message");
  }
  const std::size_t size = frame.size() / sizeof(capnp::word);
  if (words_.size() < size) {
    words_ = kj::heapArray<capnp::word>(size);
  }
  std::memcpy(words_.begin(), frame.data(), frame.size());
  return words_.slice(0, size);
}

}  // namespace jobq
