// A watcher's socket, and what it is sent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "protocol.capnp.h"

namespace store {

struct Frame {
  std::string topic;
  protocol::Event::Kind kind{};
  std::uint64_t sequence = 0;
  std::uint64_t previous = 0;
  std::string datasource;
  std::string job;
  std::uint64_t time = 0;
  bool is_joined = false;  // in one message with the one before
};

class Subscriber {
 public:
  // `high_water`: frames that may wait to be received.
  explicit Subscriber(const std::string& endpoint, int high_water = 100'000);

  // Of the topics that this process knows.
  static std::map<std::string, std::string>& keys();

  void subscribe(const std::string& topic) { socket_.set(zmq::sockopt::subscribe, topic); }
  void unsubscribe(const std::string& topic) { socket_.set(zmq::sockopt::unsubscribe, topic); }

  // A socket subscribes anew after a disconnection only when it is looked at.
  void attend() { (void)socket_.get(zmq::sockopt::events); }

  // What comes behind the next frame's topic.
  std::string receive_sealed();
  // The next event or sign; fails the test when none comes.
  Frame receive();
  // Receives what is there already.
  std::optional<Frame> try_receive();

 private:
  Frame read();

  zmq::context_t context_{1};
  zmq::socket_t socket_;
  // Of the message that was received last: its topic, what is not read yet, and what was read last.
  std::string topic_;
  std::vector<std::uint64_t> rest_;
  std::uint64_t last_ = 0;
};

}  // namespace store
