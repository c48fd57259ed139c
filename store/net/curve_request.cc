#include "curve_request.h"

#include <array>
#include <cstring>
#include <zmq.hpp>

namespace store {
namespace {

constexpr const char* kMonitor = "inproc://request-monitor";
constexpr int kHeartbeatMs = 5'000;  // or a server whose machine went away would be silent for ever
constexpr std::int64_t kAnswerBytesMax = 65'536;

}  // namespace

struct CurveRequest::Implementation {
  void take_events();
  void take_answer();

  zmq::context_t context{1};
  zmq::socket_t request{context, zmq::socket_type::req};
  zmq::socket_t monitor{context, zmq::socket_type::pair};
  State state = State::kUnreachable;
  std::string answer;
};

// What befell the connection. Its number is the first two bytes of an event.
void CurveRequest::Implementation::take_events() {
  zmq::message_t event;
  while (monitor.recv(event, zmq::recv_flags::dontwait)) {
    std::uint16_t number = 0;
    std::memcpy(&number, event.data(), sizeof number);
    zmq::message_t address;
    (void)monitor.recv(address);
    switch (number) {
      case ZMQ_EVENT_CONNECTED: state = State::kStrange; break;
      case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: state = State::kSilent; break;
      case ZMQ_EVENT_DISCONNECTED: state = state == State::kSilent ? State::kLost : state; break;
      default: break;
    }
    if (state == State::kLost) {
      return;
    }
  }
}

void CurveRequest::Implementation::take_answer() {
  zmq::message_t part;
  if (request.recv(part, zmq::recv_flags::dontwait)) {
    answer = part.to_string();
    state = State::kAnswered;
  }
}

CurveRequest::CurveRequest(const std::string& endpoint, const std::string& server_key,
                           const std::string& frame)
    : implementation_(std::make_unique<Implementation>()) {
  zmq::socket_t& request = implementation_->request;
  std::array<char, 41> public_key;
  std::array<char, 41> secret_key;
  zmq_curve_keypair(public_key.data(), secret_key.data());
  try {
    request.set(zmq::sockopt::linger, 0);
    request.set(zmq::sockopt::maxmsgsize, kAnswerBytesMax);
    implementation_->monitor.set(zmq::sockopt::linger, 0);
    request.set(zmq::sockopt::heartbeat_ivl, kHeartbeatMs);
    request.set(zmq::sockopt::ipv6, endpoint.starts_with("tcp://["));
    request.set(zmq::sockopt::curve_serverkey, server_key);
    request.set(zmq::sockopt::curve_publickey, public_key.data());
    request.set(zmq::sockopt::curve_secretkey, secret_key.data());
    zmq_socket_monitor(
        request.handle(), kMonitor,
        ZMQ_EVENT_CONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED);
    implementation_->monitor.connect(kMonitor);
    request.connect(endpoint);
    request.send(zmq::buffer(frame), zmq::send_flags::none);
  } catch (const zmq::error_t& failure) {
    throw SocketError(endpoint + ": " + failure.what());
  }
}

CurveRequest::~CurveRequest() { zmq_socket_monitor(implementation_->request.handle(), nullptr, 0); }

CurveRequest::State CurveRequest::wait(std::chrono::milliseconds time, int fd) {
  Implementation& inside = *implementation_;
  const auto end = std::chrono::steady_clock::now() + time;
  while (inside.state != State::kAnswered && inside.state != State::kLost) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    std::array<zmq_pollitem_t, 3> items = {{{inside.request.handle(), 0, ZMQ_POLLIN, 0},
                                            {inside.monitor.handle(), 0, ZMQ_POLLIN, 0},
                                            {nullptr, fd, ZMQ_POLLIN, 0}}};
    if (left.count() <= 0 || zmq::poll(items.data(), items.size(), left) == 0 ||
        items[2].revents != 0) {
      break;
    }
    inside.take_answer();
    if (inside.state != State::kAnswered) {
      inside.take_events();
    }
  }
  return inside.state;
}

const std::string& CurveRequest::answer() const { return implementation_->answer; }

}  // namespace store
