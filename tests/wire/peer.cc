#include "peer.h"

#include <catch2/catch.hpp>
#include <cstring>

namespace wire {
namespace {

void send_all(zmq::socket_t& socket, const std::vector<std::string>& parts, bool is_last) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool more = !is_last || i + 1 < parts.size();
    const auto sent =
        socket.send(zmq::buffer(parts[i]), more ? zmq::send_flags::sndmore : zmq::send_flags::none);
    if (!sent) {
      FAIL("the store does not take what is sent");
    }
  }
}

void make_curve_client(zmq::socket_t& socket, const PeerOptions& options) {
  const CurvePair own = options.curve.secret_key.empty() ? make_curve_pair() : options.curve;
  socket.set(zmq::sockopt::curve_serverkey, options.server_key);
  socket.set(zmq::sockopt::curve_publickey, own.public_key);
  socket.set(zmq::sockopt::curve_secretkey, own.secret_key);
}

}  // namespace

CurvePair make_curve_pair() {
  char public_key[41];
  char secret_key[41];
  REQUIRE(zmq_curve_keypair(public_key, secret_key) == 0);
  return {public_key, secret_key};
}

Peer::Peer(const std::string& endpoint, const PeerOptions& options)
    : socket_(context_, options.type), monitor_(context_, zmq::socket_type::pair) {
  socket_.set(zmq::sockopt::linger, 0);
  monitor_.set(zmq::sockopt::linger, 0);
  socket_.set(zmq::sockopt::rcvhwm, options.receive_high_water);
  socket_.set(zmq::sockopt::sndhwm, 100'000);
  const int patience_ms = static_cast<int>(std::chrono::milliseconds(kPatience).count());
  socket_.set(zmq::sockopt::sndtimeo, patience_ms);
  monitor_.set(zmq::sockopt::rcvtimeo, patience_ms);
  if (options.type == zmq::socket_type::sub) {
    socket_.set(zmq::sockopt::subscribe, "");
  }
  if (!options.routing_id.empty()) {
    socket_.set(zmq::sockopt::routing_id, options.routing_id);
  }
  if (!options.server_key.empty()) {
    make_curve_client(socket_, options);
  }
  REQUIRE(zmq_socket_monitor(socket_.handle(), "inproc://monitor", ZMQ_EVENT_ALL) == 0);
  monitor_.connect("inproc://monitor");
  socket_.set(zmq::sockopt::ipv6, endpoint.starts_with("tcp://["));
  socket_.connect(endpoint);
}

Peer::~Peer() { zmq_socket_monitor(socket_.handle(), nullptr, 0); }

void Peer::send(const std::string& frame) { send_parts({"", frame}); }

void Peer::send_parts(const std::vector<std::string>& parts) { send_all(socket_, parts, true); }

void Peer::send_first_parts(const std::vector<std::string>& parts) {
  send_all(socket_, parts, false);
}

std::optional<std::vector<std::string>> Peer::receive_until(std::chrono::milliseconds patience) {
  zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
  if (zmq::poll(&item, 1, patience) == 0) {
    return std::nullopt;
  }
  std::vector<std::string> parts;
  bool more = true;
  while (more) {
    zmq::message_t part;
    REQUIRE(socket_.recv(part));
    more = part.more();
    parts.push_back(part.to_string());
  }
  return parts;
}

std::vector<std::string> Peer::receive_parts() {
  auto parts = receive_until(kPatience);
  if (!parts) {
    FAIL("no answer");
  }
  return *std::move(parts);
}

Answer Peer::receive() {
  const auto parts = receive_parts();
  REQUIRE(parts.size() == 2);
  REQUIRE(parts[0].empty());
  return Answer(parts[1]);
}

std::optional<Answer> Peer::try_receive() {
  const auto parts = receive_until(std::chrono::milliseconds(0));
  if (!parts) {
    return std::nullopt;
  }
  REQUIRE(parts->size() == 2);
  return Answer(parts->at(1));
}

Answer Peer::ask(const std::string& frame) {
  send(frame);
  return receive();
}

std::uint16_t Peer::next_event() {
  zmq::message_t event;
  zmq::message_t address;
  if (!monitor_.recv(event) || !monitor_.recv(address)) {
    FAIL("the connection goes on, or is not made");
  }
  std::uint16_t kind = 0;
  std::memcpy(&kind, event.data(), sizeof kind);
  was_made_ = was_made_ || kind == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
  return kind;
}

void Peer::wait_for_connection() {
  while (!was_made_) {
    next_event();
  }
}

bool Peer::wait_for_end_of_connection() {
  constexpr int kEnds = ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                        ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
  while ((next_event() & kEnds) == 0) {
  }
  return was_made_;
}

}  // namespace wire
