#include "subscriber.h"

#include <capnp/serialize.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <vector>

#include "sealed.h"

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

std::map<std::string, std::string>& Subscriber::keys() {
  static std::map<std::string, std::string> keys;
  return keys;
}

std::string Subscriber::receive_sealed() {
  zmq::message_t part;
  socket_.set(zmq::sockopt::rcvtimeo,
              static_cast<int>(std::chrono::milliseconds(kPatience).count()));
  REQUIRE(socket_.recv(part));
  REQUIRE(socket_.recv(part));
  return part.to_string();
}

Frame Subscriber::receive() {
  zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
  if (rest_.empty() && zmq::poll(&item, 1, kPatience) == 0) {
    FAIL("no frame comes");
  }
  return read();
}

std::optional<Frame> Subscriber::try_receive() {
  zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
  return rest_.empty() && zmq::poll(&item, 1, std::chrono::milliseconds(0)) == 0
             ? std::nullopt
             : std::optional(read());
}

Frame Subscriber::read() {
  const bool is_joined = !rest_.empty();
  if (!is_joined) {
    zmq::message_t part;
    REQUIRE(socket_.recv(part));
    REQUIRE(part.more());
    topic_ = part.to_string();
    REQUIRE(socket_.recv(part));
    REQUIRE_FALSE(part.more());
    const auto body = auth::open_sealed(keys().at(topic_), part.to_string_view());
    REQUIRE(body);
    rest_.resize(body->size() / sizeof(std::uint64_t));
    std::memcpy(rest_.data(), body->data(), body->size());
  }
  const auto* words = reinterpret_cast<const capnp::word*>(rest_.data());
  capnp::FlatArrayMessageReader reader(kj::arrayPtr(words, rest_.size()));
  const auto event = reader.getRoot<protocol::Event>();
  Frame frame{.topic = topic_,
              .kind = event.getKind(),
              .sequence = event.getSequence(),
              .previous = is_joined ? last_ : event.getPrevious(),
              .datasource = event.getDatasource(),
              .job = event.getJob(),
              .time = event.getTime(),
              .is_joined = is_joined};
  last_ = frame.sequence;
  rest_.erase(rest_.begin(), rest_.begin() + (reader.getEnd() - words));
  return frame;
}

}  // namespace store
