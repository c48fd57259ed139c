#include "subscriber.h"

#include <capnp/serialize.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <vector>

namespace store {
namespace {

// Never reached by a test that passes.
constexpr std::chrono::seconds kPatience{60};

}  // namespace

Subscriber::Subscriber(const std::string& endpoint, int high_water)
    : socket_(context_, zmq::socket_type::sub) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.set(zmq::sockopt::rcvhwm, high_water);
  socket_.set(zmq::sockopt::reconnect_ivl, 5);
  socket_.connect(endpoint);
}

Frame Subscriber::receive() {
  zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
  if (zmq::poll(&item, 1, kPatience) == 0) {
    FAIL("no frame comes");
  }
  return read();
}

std::optional<Frame> Subscriber::try_receive() {
  zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
  return zmq::poll(&item, 1, std::chrono::milliseconds(0)) == 0 ? std::nullopt
                                                                : std::optional(read());
}

Frame Subscriber::read() {
  zmq::message_t topic;
  zmq::message_t body;
  REQUIRE(socket_.recv(topic));
  REQUIRE(topic.more());
  REQUIRE(socket_.recv(body));
  REQUIRE_FALSE(body.more());
  std::vector<capnp::word> words(body.size() / sizeof(capnp::word));
  std::memcpy(words.data(), body.data(), body.size());
  capnp::FlatArrayMessageReader reader(kj::arrayPtr(words.data(), words.size()));
  const auto event = reader.getRoot<protocol::Event>();
  return {.topic = topic.to_string(),
          .kind = event.getKind(),
          .sequence = event.getSequence(),
          .previous = event.getPrevious(),
          .datasource = event.getDatasource(),
          .job = event.getJob(),
          .time = event.getTime()};
}

}  // namespace store
