// A peer that says exactly what it is told, right or wrong.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "messages.h"

namespace wire {

// Never reached by a test that passes: it only keeps one that fails from hanging.
inline constexpr std::chrono::seconds kPatience{60};

struct CurvePair {
  std::string public_key;
  std::string secret_key;
};
CurvePair make_curve_pair();

struct PeerOptions {
  // A subscriber is one to everything.
  zmq::socket_type type = zmq::socket_type::dealer;
  std::string routing_id = {};
  // Of the store, Z85; empty: no CURVE.
  std::string server_key = {};
  // The peer's own; empty: a fresh pair.
  CurvePair curve = {};
  // Messages that may wait to be received before the peer stops reading its connection.
  int receive_high_water = 100'000;
};

class Peer {
 public:
  explicit Peer(const std::string& endpoint, const PeerOptions& options = {});
  ~Peer();

  // As a DEALER ought to: an empty delimiter, then the frame.
  void send(const std::string& frame);
  void send_parts(const std::vector<std::string>& parts);
  // Leaves the message unfinished.
  void send_first_parts(const std::vector<std::string>& parts);

  // The parts of the next message; fails the test when none comes.
  std::vector<std::string> receive_parts();
  Answer receive();
  // Receives what is there already.
  std::optional<Answer> try_receive();
  Answer ask(const std::string& frame);

  // Waits until the handshake is over. REQUIRES: it is the first connection of this peer.
  void wait_for_connection();
  // Waits until the connection has ended, or could not be made, and returns whether it had been
  // made. REQUIRES: it is the first connection of this peer.
  bool wait_for_end_of_connection();

 private:
  std::optional<std::vector<std::string>> receive_until(std::chrono::milliseconds patience);
  // What happens next to the connection.
  std::uint16_t next_event();

  zmq::context_t context_{1};
  zmq::socket_t socket_;
  zmq::socket_t monitor_;
  bool was_made_ = false;
};

}  // namespace wire
