// Subscribers that do not keep to the rules, and an XPUB whose peers have gone.
#include <catch2/catch.hpp>
#include <random>
#include <zmq.hpp>

#include "attacked_store.h"
#include "zmtp_peer.h"

namespace hostile {
namespace {

// An XPUB in manual mode, as a publisher has it that decides who may listen.
class Publisher {
 public:
  explicit Publisher(const std::string& endpoint) {
    const int on = 1;
    REQUIRE(zmq_setsockopt(socket_.handle(), ZMQ_XPUB_MANUAL, &on, sizeof on) == 0);
    REQUIRE(zmq_socket_monitor(socket_.handle(), "inproc://events",
                               ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED) == 0);
    events_.set(zmq::sockopt::rcvtimeo, 60'000);
    events_.connect("inproc://events");
    socket_.bind(endpoint);
  }
  ~Publisher() { zmq_socket_monitor(socket_.handle(), nullptr, 0); }

  // As a busy program: what has come is looked at, and not received yet.
  void wait_for_event() {
    zmq::message_t head;
    zmq::message_t endpoint;
    REQUIRE(events_.recv(head));
    REQUIRE(events_.recv(endpoint));
    (void)socket_.get(zmq::sockopt::events);
  }
  ZmtpPeer join(const std::string& endpoint) {
    ZmtpPeer peer(endpoint);
    REQUIRE(peer.shake_hands({.type = "SUB"}));
    wait_for_event();
    return peer;
  }
  bool has_message() const { return (socket_.get(zmq::sockopt::events) & ZMQ_POLLIN) != 0; }
  std::string receive() {
    zmq::message_t message;
    REQUIRE(socket_.recv(message));
    return message.to_string();
  }
  void grant(const std::string& topic) {
    REQUIRE(zmq_setsockopt(socket_.handle(), ZMQ_SUBSCRIBE, topic.data(), topic.size()) == 0);
  }
  void send(const std::string& message) {
    REQUIRE(socket_.send(zmq::buffer(message), zmq::send_flags::none));
  }

 private:
  zmq::context_t context_{1};
  zmq::socket_t socket_{context_, zmq::socket_type::xpub};
  zmq::socket_t events_{context_, zmq::socket_type::pair};
};

}  // namespace

TEST_CASE("subscriptions without rule or sense end nobody's stream but their own") {
  for (const bool has_curve : {false, true}) {
    AttackedStore store(has_curve);
    std::mt19937 random(7);
    for (int i = 0; i < 60; ++i) {
      ZmtpPeer peer(store.endpoint("status"), store.server_key());
      REQUIRE(peer.shake_hands({.type = "SUB"}));
      const std::string topic(random() % 300, static_cast<char>(random()));
      for (int k = 0; k < 10; ++k) {
        switch (random() % 4) {
          case 0: (void)peer.send_command("SUBSCRIBE", topic); break;
          case 1: (void)peer.send_command("CANCEL", topic); break;
          case 2: (void)peer.send({"\1" + topic}); break;
          default:  // of what was never begun
            (void)peer.send({std::string(1, '\0') + topic + "x"});
            break;
        }
      }
      if (i % 2 == 0) {
        peer.finish();
      }
    }
    // Those after which a publisher may begin anew.
    for (const std::string& first : {std::string("\1topic"), std::string("x"), std::string()}) {
      ZmtpPeer peer(store.endpoint("status"), store.server_key());
      if (peer.shake_hands({.type = "SUB"})) {
        (void)peer.send({first, "x"});
      }
    }
    store.check_is_well();
    store.end();
  }
}

TEST_CASE("a message that is no subscription leaves those behind it with who sent them") {
  if (!can_hold()) {
    return;
  }
  TemporaryDirectory directory;
  const std::string endpoint = directory.endpoint("status");
  Publisher publisher(endpoint);
  const auto join = [&] { return publisher.join(endpoint); };
  ZmtpPeer talker = join();
  std::vector<ZmtpPeer> peers;
  peers.push_back(join());
  peers.push_back(join());
  REQUIRE(talker.send({"no subscription"}));
  while (!publisher.has_message()) {
  }
  REQUIRE(peers[0].send({"\1a"}));
  REQUIRE(peers[1].send({"\1b"}));
  join();
  join();  // all of it has come by now
  CHECK(publisher.receive() == "no subscription");
  for (int i = 0; i < 2; ++i) {
    publisher.grant(publisher.receive().substr(1));
  }
  publisher.send("a");
  publisher.send("b");
  for (const std::size_t i : {1u, 0u}) {
    const auto parts = peers[i].receive();
    REQUIRE(parts);
    CHECK(parts->front() == (i == 0 ? "a" : "b"));
  }
}

TEST_CASE("what a peer asked for that has gone is not given to the next one") {
  if (!can_hold()) {
    return;
  }
  TemporaryDirectory directory;
  const std::string endpoint = directory.endpoint("status");
  Publisher publisher(endpoint);
  const auto join = [&] { return publisher.join(endpoint); };
  constexpr int kGone = 20;
  for (int i = 0; i < kGone; ++i) {
    {
      ZmtpPeer gone = join();
      REQUIRE(gone.send({"\1topic"}));
      while (!publisher.has_message()) {
      }
    }
    publisher.wait_for_event();
  }
  // To come and to go takes several turns of the socket: these make sure that the others have gone.
  std::vector<ZmtpPeer> newcomers;
  for (int i = 0; i < 2 * kGone; ++i) {
    newcomers.push_back(join());
  }
  while (publisher.has_message()) {
    if (publisher.receive().front() == '\1') {
      publisher.grant("topic");
    }
  }
  for (int i = 0; i < 2 * kGone; ++i) {
    newcomers.push_back(join());
  }
  publisher.send("topic");
  // The one thing that they asked for.
  for (ZmtpPeer& newcomer : newcomers) {
    REQUIRE(newcomer.send({"\1end"}));
    CHECK(publisher.receive() == "\1end");
    publisher.grant("end");
  }
  publisher.send("end");
  for (ZmtpPeer& newcomer : newcomers) {
    const auto parts = newcomer.receive();
    REQUIRE(parts);
    CHECK(parts->front() == "end");
  }
}

}  // namespace hostile
