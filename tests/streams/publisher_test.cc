// Peers that do not keep to the rules, or do not read.
#include <catch2/catch.hpp>

#include "stream_fixture.h"

namespace store {
namespace {

// A peer that may send anything to a publisher.
class Rogue {
 public:
  explicit Rogue(const std::string& endpoint)
      : socket_(context_, zmq::socket_type::xsub), monitor_(context_, zmq::socket_type::pair) {
    socket_.set(zmq::sockopt::linger, 0);
    monitor_.set(zmq::sockopt::linger, 0);
    monitor_.set(zmq::sockopt::rcvtimeo, 60'000);
    REQUIRE(zmq_socket_monitor(socket_.handle(), "inproc://monitor", ZMQ_EVENT_DISCONNECTED) == 0);
    monitor_.connect("inproc://monitor");
    socket_.connect(endpoint);
  }
  ~Rogue() { zmq_socket_monitor(socket_.handle(), nullptr, 0); }

  void send(const std::string& message) {
    REQUIRE(socket_.send(zmq::buffer(message), zmq::send_flags::none));
  }
  // Fails the test when it never is.
  void wait_until_disconnected() {
    zmq::message_t event;
    REQUIRE(monitor_.recv(event));
  }

 private:
  zmq::context_t context_{1};
  zmq::socket_t socket_;
  zmq::socket_t monitor_;
};

StatusSocketOptions hasty() { return {.reopen_after = 1ms}; }

// Subscriptions to nothing, of the same size.
std::string nothing(int number) { return "nothing " + std::to_string(number); }
constexpr std::size_t kFiveOfThem = 5 * (9 + 8);

// The next frame that is no heartbeat.
Frame next_event(Subscriber& watcher) {
  for (;;) {
    const Frame frame = watcher.receive();
    if (frame.kind != protocol::Event::Kind::HEARTBEAT) {
      return frame;
    }
  }
}

}  // namespace

TEST_CASE("a peer that sends no subscription costs a fresh socket, and others come back") {
  StreamFixture store({}, hasty());
  const std::string topic = store.buy("alice");
  Subscriber watcher(store.endpoint);
  store.subscribe(watcher, topic);
  {
    Rogue rogue(store.endpoint);
    rogue.send("x");
    // Whoever was there is not any more, whether the new socket is there already or not.
    store.turns_until([&] { return store.streams.counters().subscribers == 0; });
  }
  store.submit_of("alice");
  store.turn();
  store.turns_until_back(watcher);
  CHECK(store.streams.counters().topics == 1);
  // What was lost in between is told by the greeting.
  const Frame greeting = watcher.receive();
  CHECK(greeting.kind == protocol::Event::Kind::HEARTBEAT);
  CHECK(greeting.topic == topic);
  CHECK(greeting.previous == 1);
  store.submit_of("alice");
  store.turn();
  const Frame frame = next_event(watcher);
  CHECK(frame.topic == topic);
  CHECK(frame.sequence == 2);
  CHECK(frame.previous == 1);
}

TEST_CASE("an empty message is no subscription either") {
  StreamFixture store({}, hasty());
  Subscriber watcher(store.endpoint);
  store.subscribe(watcher, store.buy("alice"));
  {
    Rogue rogue(store.endpoint);
    rogue.send("");
    store.turns_until([&] { return store.streams.counters().subscribers == 0; });
  }
  store.turns_until_back(watcher);
}

TEST_CASE("sockets are not replaced more often than allowed") {
  StreamFixture store({}, {.reopen_after = 1h});
  Subscriber watcher(store.endpoint);
  store.subscribe(watcher, store.buy("alice"));
  Rogue rogue(store.endpoint);
  rogue.send("x");
  store.turns_until([&] { return store.publisher.is_broken(); });
  store.turns_until_subscribed(0);
  // Without a socket frames go nowhere, and are no loss of a slow reader.
  store.submit_of("alice");
  store.pass(2s);
  CHECK(store.publisher.is_broken());
  store.publisher.send("a topic", "a body");
  CHECK(store.streams.counters().frames_lost == 0);
  CHECK(store.streams.counters().topics == 1);
}

TEST_CASE("a flood of subscriptions to nothing costs a fresh socket") {
  StreamFixture store({}, {.ignored_bytes_max = kFiveOfThem, .reopen_after = 1ms});
  Subscriber watcher(store.endpoint);
  store.subscribe(watcher, store.buy("alice"));
  {
    Subscriber stranger(store.endpoint);
    for (int i = 0; i < 5; ++i) {
      stranger.subscribe(nothing(i));
    }
    store.turns_until([&] { return store.streams.counters().ignored == 5; });
    CHECK(store.streams.counters().subscribers == 1);
    for (int i = 5; i < 10; ++i) {
      stranger.subscribe(nothing(i));
    }
    store.turns_until([&] { return store.streams.counters().subscribers == 0; });
  }
  store.turns_until_back(watcher);
  store.submit_of("alice");
  store.turn();
  CHECK(next_event(watcher).sequence == 1);
}

TEST_CASE("subscriptions to nothing that end make room for others") {
  StreamFixture store({}, {.ignored_bytes_max = kFiveOfThem, .reopen_after = 1h});
  Subscriber watcher(store.endpoint);
  store.subscribe(watcher, store.buy("alice"));
  for (int i = 1; i <= 10; ++i) {
    Subscriber stranger(store.endpoint);
    for (int k = 0; k < 4; ++k) {
      stranger.subscribe(nothing(k));
    }
    store.turns_until([&] { return store.streams.counters().ignored == 4u * unsigned(i); });
    for (int k = 0; k < 4; ++k) {
      stranger.unsubscribe(nothing(k));
    }
    // The watcher's comes and goes behind theirs: they are known to have ended.
    stranger.subscribe(store.buy("bob"));
    store.turns_until_subscribed(2);
    stranger.unsubscribe(store.buy("bob"));
    store.turns_until_subscribed(1);
  }
  CHECK_FALSE(store.publisher.is_broken());
}

TEST_CASE("a subscriber that does not read loses frames and holds up nobody") {
  StreamFixture store({}, {.frames_max = 10});
  const std::string topic = store.buy("alice");
  Subscriber fast(store.endpoint);
  store.subscribe(fast, topic);
  Subscriber slow(store.endpoint, 1);
  slow.subscribe(topic);
  store.turns_until_subscribed(2);
  REQUIRE(fast.receive().kind == protocol::Event::Kind::HEARTBEAT);
  const auto publish = [&] {
    store.submit_of("alice");
    store.turn();
    const Frame frame = fast.receive();
    REQUIRE(frame.sequence == store.last_sequence());
    REQUIRE(frame.previous == store.last_sequence() - 1);
  };
  while (store.streams.counters().frames_lost == 0) {
    publish();
  }
  for (int i = 0; i < 100; ++i) {
    publish();
  }
  CHECK(store.streams.counters().frames_lost > 0);
  // As soon as it reads it gets frames again, and sees that some are missing.
  REQUIRE(slow.receive().kind == protocol::Event::Kind::HEARTBEAT);
  Sequence cursor = 0;
  bool has_noticed = false;
  while (!has_noticed) {
    auto frame = slow.try_receive();
    if (!frame) {
      publish();
      continue;
    }
    has_noticed = frame->previous > cursor;
    REQUIRE(frame->sequence > cursor);
    cursor = frame->sequence;
  }
}

TEST_CASE("a peer with a subscription beyond all measure is disconnected alone") {
  StreamFixture store;
  Subscriber watcher(store.endpoint);
  store.subscribe(watcher, store.buy("alice"));
  Rogue rogue(store.endpoint);
  rogue.send('\1' + std::string(10'000, 'x'));
  rogue.wait_until_disconnected();
  store.submit_of("alice");
  store.turn();
  CHECK(watcher.receive().sequence == 1);
  CHECK(store.streams.counters().ignored == 0);
  CHECK(store.streams.counters().subscribers == 1);
}

}  // namespace store
