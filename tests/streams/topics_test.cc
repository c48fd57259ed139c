// Who gets the frames of which topic, and when a topic ends.
#include "sealed.h"
#include "stream_fixture.h"

namespace store {

TEST_CASE_METHOD(StreamFixture, "a topic carries the events of its scope, and no others") {
  Subscriber watcher(endpoint);
  const std::string topic = buy("alice");
  subscribe(watcher, topic);
  submit_of("bob");
  submit_of("alice");
  submit_of("bob");
  turn();
  submit_of("alice");
  turn();
  const Frame first = watcher.receive();
  CHECK(first.kind == Kind::SUBMITTED);
  CHECK(first.topic == topic);
  CHECK(first.datasource == "scan");
  CHECK(first.job == "j2");
  CHECK(first.sequence == 2);
  CHECK(watcher.receive().sequence == 4);
  CHECK(streams.counters().frames_sent == 3);
}

TEST_CASE_METHOD(StreamFixture, "a frame says nothing to whoever has not its topic's key") {
  const std::string topic = buy("alice");
  const std::string other = buy("bob");
  Subscriber watcher(endpoint);
  Subscriber stranger(endpoint);  // to whom libzmq gives what is not his
  watcher.subscribe(topic);
  stranger.subscribe(topic);
  turns_until_subscribed(2);
  submit_of("alice");
  turn();
  while (watcher.receive().kind == Kind::HEARTBEAT) {
  }
  const std::string greeting = stranger.receive_sealed();
  const std::string sealed = stranger.receive_sealed();
  for (const std::string& frame : {greeting, sealed}) {
    for (const char* word : {"scan", "alice", "j1"}) {
      CHECK(frame.find(word) == std::string::npos);
    }
    CHECK(auth::open_sealed(Subscriber::keys().at(topic), frame));
    CHECK_FALSE(auth::open_sealed(Subscriber::keys().at(other), frame));
  }
  // Each has a nonce of its own, without which one key is not enough.
  CHECK(greeting.substr(0, 24) != sealed.substr(0, 24));
  for (std::size_t byte = 0; byte < sealed.size(); ++byte) {
    std::string damaged = sealed;
    damaged[byte] = static_cast<char>(damaged[byte] ^ 1);
    CHECK_FALSE(auth::open_sealed(Subscriber::keys().at(topic), damaged));
    CHECK_FALSE(auth::open_sealed(Subscriber::keys().at(topic), sealed.substr(0, byte)));
  }
}

TEST_CASE_METHOD(StreamFixture, "a scope's next topic has another key") {
  buy("alice");
  const std::string key = bought("alice").key;
  CHECK(bought("alice").key == key);
  CHECK(bought("bob").key != key);
  streams.end_all(now);
  CHECK(bought("alice").key != key);
}

TEST_CASE_METHOD(StreamFixture, "what is no topic gets nothing, nor what begins like one") {
  const std::string topic = buy("alice");
  const std::string own = buy("bob");
  Subscriber honest(endpoint);
  subscribe(honest, topic);
  Subscriber stranger(endpoint);
  stranger.subscribe("");
  stranger.subscribe(topic.substr(0, 1));
  stranger.subscribe(topic.substr(0, topic.size() - 1));
  stranger.subscribe(topic + "x");
  stranger.subscribe(std::string(topic.size(), 'x'));
  stranger.subscribe(std::string("\0", 1));
  subscribe(stranger, own);
  turns_until([&] { return streams.counters().ignored == 6; });
  CHECK(streams.counters().subscribers == 2);
  for (int i = 0; i < 10; ++i) {
    submit_of("alice");
  }
  submit_of("bob");
  turn();
  // Frames to one peer keep their order: what was sent before this would have come before.
  const Frame first = stranger.receive();
  CHECK(first.topic == own);
  CHECK(first.sequence == 11);
  CHECK_FALSE(stranger.try_receive());
  for (Sequence sequence = 1; sequence <= 10; ++sequence) {
    CHECK(honest.receive().sequence == sequence);
  }
}

TEST_CASE_METHOD(StreamFixture, "who has unsubscribed gets no more") {
  Subscriber watcher(endpoint);
  const std::string alice = buy("alice");
  subscribe(watcher, alice);
  subscribe(watcher, buy("bob"));
  watcher.unsubscribe(alice);
  turns_until_subscribed(1);
  submit_of("alice");
  submit_of("bob");
  turn();
  CHECK(watcher.receive().sequence == 2);
}

TEST_CASE_METHOD(StreamFixture, "all subscribers of a scope share its topic and its frames") {
  const std::string topic = buy("alice");
  CHECK(buy("alice") == topic);
  CHECK(buy("bob") != topic);
  CHECK(buy("alice", 7) != topic);
  CHECK(buy("") != topic);
  Subscriber first(endpoint);
  Subscriber second(endpoint);
  Subscriber third(endpoint);
  for (Subscriber* watcher : {&first, &second, &third}) {
    watcher->subscribe(topic);
  }
  turns_until_subscribed(3);
  const std::uint64_t before = streams.counters().frames_sent;
  submit_of("alice");
  turn();
  CHECK(streams.counters().frames_sent == before + 1);
  for (Subscriber* watcher : {&first, &second, &third}) {
    Frame frame = watcher->receive();
    while (frame.kind == Kind::HEARTBEAT) {
      frame = watcher->receive();
    }
    CHECK(frame.sequence == 1);
  }
}

TEST_CASE_METHOD(StreamFixture, "an event is one frame for each scope with subscribers") {
  const Sequence job = submit_of("alice");
  turn();
  Subscriber watcher(endpoint);
  subscribe(watcher, buy(""));
  subscribe(watcher, buy("alice"));
  subscribe(watcher, buy("alice", job));
  buy("bob");
  buy("alice", job + 99);
  const std::uint64_t before = streams.counters().frames_sent;
  submit_of("alice");
  turn();
  CHECK(streams.counters().frames_sent == before + 2);
  cancel("j1");
  engine.apply(now, 1, {}, Cancel{"scan", "j2", "alice"}, effects);
  turn();
  CHECK(streams.counters().frames_sent == before + 4);
}

TEST_CASE_METHOD(StreamFixture, "a topic ends with the first of the tokens that bought it") {
  const std::string topic = buy("alice", 0, now + 1s);
  CHECK(streams.next_deadline() == now + 1s);
  CHECK(buy("alice", 0, now + 2s) == topic);
  CHECK(buy("alice", 0, now + 500ms) == topic);
  CHECK(bought("alice").expires_at == now + 500ms);
  CHECK(streams.next_deadline() == now + 500ms);
  const std::string other = buy("bob");
  Subscriber watcher(endpoint);
  subscribe(watcher, topic);
  subscribe(watcher, other);
  submit_of("alice");
  pass(499ms);
  submit_of("alice");
  pass(1ms);
  submit_of("alice");
  submit_of("bob");
  turn();
  CHECK(watcher.receive().sequence == 1);
  const Frame ended = watcher.receive();
  CHECK(ended.kind == Kind::ENDED);
  CHECK(ended.topic == topic);
  CHECK(ended.datasource == "scan");
  // Nothing follows, not even what happened in the turn of the end.
  CHECK(watcher.receive().topic == other);
  CHECK(streams.counters().topics == 1);
  CHECK(streams.counters().subscribers == 1);
  CHECK(buy("alice") != topic);
}

TEST_CASE_METHOD(StreamFixture, "the end of a topic claims nothing that was not sent") {
  const std::string topic = buy("alice", 0, now + 1s);
  Subscriber watcher(endpoint);
  subscribe(watcher, topic);
  submit_of("alice");
  turn();
  submit_of("alice");
  pass(1s);
  const Frame last = watcher.receive();
  const Frame ended = watcher.receive();
  REQUIRE(ended.kind == Kind::ENDED);
  CHECK(ended.previous == last.sequence);
  // The second event was never sent, so whoever goes on from here must find it.
  CHECK(ended.sequence < 2);
}

TEST_CASE_METHOD(StreamFixture, "a topic that nobody has subscribed to ends unnoticed") {
  const std::string topic = buy("alice");
  CHECK(streams.next_deadline() == now + 1min);
  pass(1min - 1ms);
  CHECK(buy("alice") == topic);
  pass(1ms);
  CHECK(streams.counters().topics == 0);
  CHECK_FALSE(streams.has_topics());
  CHECK(streams.counters().frames_sent == 0);
  CHECK(streams.next_deadline() == kNever);
  const std::string next = buy("alice");
  CHECK(next != topic);
  // With a subscriber it goes on, and without one the minute begins anew.
  {
    Subscriber watcher(endpoint);
    subscribe(watcher, next);
    pass(2min);
    CHECK(buy("alice") == next);
  }
  // Whose subscribers are gone is kept for a moment only, in which they may come back.
  turns_until_subscribed(0);
  CHECK(streams.next_deadline() == now + 5s);
  pass(5s - 1ms);
  CHECK(buy("alice") == next);
  {
    Subscriber watcher(endpoint);
    watcher.subscribe(next);
    turns_until_subscribed(1);
    pass(1min);
  }
  turns_until_subscribed(0);
  pass(5s);
  CHECK(streams.counters().topics == 0);
}

TEST_CASE_METHOD(StreamFixture, "when tokens lose their worth all topics end") {
  Subscriber watcher(endpoint);
  const std::string first = buy("alice");
  subscribe(watcher, first);
  subscribe(watcher, buy("bob"));
  buy("carol");
  streams.end_all(now);
  CHECK(watcher.receive().kind == Kind::ENDED);
  CHECK(watcher.receive().kind == Kind::ENDED);
  CHECK(streams.counters().topics == 0);
  CHECK(streams.counters().subscribers == 0);
  CHECK(buy("alice") != first);
  turn();
}

TEST_CASE("there are no more topics than the limits") {
  StreamFixture store({.topics_max = 6, .topics_per_client_max = 3});
  CHECK(store.refused("alice", 0).empty());
  CHECK(store.refused("alice", 1).empty());
  CHECK(store.refused("alice", 2).empty());
  CHECK(store.refused("alice", 3) == "topicsPerClientMax");
  CHECK(store.refused("alice", 2).empty());  // it is there
  CHECK(store.refused("bob", 4).empty());
  CHECK(store.refused("", 0).empty());
  CHECK(store.refused("carol", 0).empty());
  CHECK(store.refused("dave", 0) == "topicsMax");
  CHECK(store.streams.counters().topics == 6);
  store.pass(1min);
  CHECK(store.refused("dave", 0).empty());
  CHECK(store.refused("alice", 3).empty());
}

TEST_CASE("a token that buys topics without end leaves some for others") {
  StreamFixture store({.topics_max = 4, .topics_per_token_max = 2});
  store.token = "greedy";
  CHECK(store.refused("alice", 1).empty());
  CHECK(store.refused("alice", 2).empty());
  CHECK(store.refused("alice", 3) == "topicsPerTokenMax");
  CHECK(store.streams.refuse_new("greedy"));
  store.token = "modest";
  CHECK(store.refused("alice", 2).empty());  // the other's
  CHECK(store.refused("alice", 3).empty());
  CHECK(store.refused("alice", 4).empty());
  CHECK(store.refused("alice", 5) == "topicsPerTokenMax");
  store.token = "third";
  CHECK(store.refused("alice", 5) == "topicsMax");
  store.pass(1min);
  store.token = "greedy";
  CHECK(store.refused("alice", 3).empty());
}

}  // namespace store
