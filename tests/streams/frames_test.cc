// What frames say of each other: which events came before, and that there are no more.
#include <memory>
#include <random>

#include "stream_fixture.h"

namespace store {
namespace {

// What the frames of a scope have to be, from the moment its topic was bought.
struct Expected {
  EventScope scope;
  std::string topic;
  Sequence last;
  std::vector<std::pair<Sequence, Sequence>> frames = {};  // previous, sequence

  void hear(const Event& event) {
    if (covers(scope, event) && event.sequence > last) {
      frames.emplace_back(last, event.sequence);
      last = event.sequence;
    }
  }
};

}  // namespace

TEST_CASE_METHOD(StreamFixture, "each frame says which event of its scope was before") {
  std::mt19937 random(5);
  const std::vector<std::string> clients{"alice", "bob", "carol"};
  std::vector<Expected> scopes;
  std::vector<std::unique_ptr<Subscriber>> watchers;
  const auto watch = [&](const std::string& client, Sequence job) {
    scopes.push_back({{0, client, job}, buy(client, job), last_sequence()});
    watchers.push_back(std::make_unique<Subscriber>(endpoint));
    subscribe(*watchers.back(), scopes.back().topic);
  };
  const auto end_turn = [&] {
    for (const Event& event : effects.events) {
      for (Expected& scope : scopes) {
        scope.hear(event);
      }
    }
    turn();
  };
  watch("", 0);
  for (int i = 0; i < 300; ++i) {
    // Of the other clients and jobs in the midst of it all, and of the turn's own events.
    const std::string client = clients[random() % 3];
    const Sequence job = submit_of(client);
    if (i == 20 || i == 40) {
      end_turn();
      watch(client, 0);
      watch(client, job);
      continue;
    }
    for (auto more = random() % 3; more > 0; --more) {
      const std::string id = "j" + std::to_string(1 + random() % static_cast<unsigned>(i + 1));
      engine.apply(now, chance(), {}, accept_command(2), effects);
      engine.apply(now, chance(), {}, Cancel{"scan", id, std::nullopt}, effects);
    }
    end_turn();
  }
  pass(2s);
  REQUIRE(scopes.size() == 5);
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    CAPTURE(scopes[i].scope.client, scopes[i].scope.job);
    CHECK_FALSE(scopes[i].frames.empty());
    for (const auto& [previous, sequence] : scopes[i].frames) {
      const Frame frame = watchers[i]->receive();
      REQUIRE(frame.topic == scopes[i].topic);
      REQUIRE(frame.previous == previous);
      REQUIRE(frame.sequence == sequence);
    }
    const Frame heartbeat = watchers[i]->receive();
    CHECK(heartbeat.kind == Kind::HEARTBEAT);
    CHECK(heartbeat.previous == scopes[i].last);
    CHECK(heartbeat.sequence == last_sequence());
  }
}

TEST_CASE_METHOD(StreamFixture,
                 "events of the turn before the topic was bought are in its snapshot") {
  submit_of("alice");
  const std::string topic = buy("alice");
  submit_of("alice");
  turn();
  Subscriber watcher(endpoint);
  watcher.subscribe(topic);
  turns_until_subscribed(1);
  const Frame greeting = watcher.receive();
  CHECK(greeting.previous == 2);
  CHECK(greeting.sequence == 2);
}

TEST_CASE_METHOD(StreamFixture, "of a turn in which a topic is bought only later events are sent") {
  const std::string other = buy("bob");
  Subscriber watcher(endpoint);
  subscribe(watcher, other);
  submit_of("alice");
  const std::string topic = buy("alice");
  submit_of("alice");
  // Subscribed to before the turn ends.
  watcher.subscribe(topic);
  const auto patience = std::chrono::steady_clock::now() + 60s;
  while (streams.counters().subscribers < 2) {
    streams.begin(now);
    REQUIRE(std::chrono::steady_clock::now() < patience);
  }
  turn();
  const Frame frame = watcher.receive();
  CHECK(frame.kind == Kind::SUBMITTED);
  CHECK(frame.sequence == 2);
  CHECK(frame.previous == 1);
}

TEST_CASE_METHOD(StreamFixture, "who comes late learns at once which event was last") {
  const std::string topic = buy("alice");
  submit_of("alice");
  submit_of("alice");
  submit_of("bob");
  turn();
  Subscriber watcher(endpoint);
  watcher.subscribe(topic);
  turns_until_subscribed(1);
  const Frame greeting = watcher.receive();
  CHECK(greeting.kind == Kind::HEARTBEAT);
  CHECK(greeting.topic == topic);
  CHECK(greeting.datasource == "scan");
  CHECK(greeting.previous == 2);
  CHECK(greeting.sequence == 3);
  CHECK(greeting.time == static_cast<std::uint64_t>(now.time_since_epoch().count()));
  // Several at once are greeted with one frame.
  const std::uint64_t before = streams.counters().frames_sent;
  turn();
  CHECK(streams.counters().frames_sent == before);
}

TEST_CASE_METHOD(StreamFixture, "who joins many others is greeted a little later") {
  const std::string topic = buy("alice");
  std::deque<Subscriber> watchers;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    watchers.emplace_back(endpoint).subscribe(topic);
    turns_until_subscribed(i);
  }
  pass(2ms);  // all were
  const std::uint64_t before = streams.counters().frames_sent;
  Subscriber newcomer(endpoint);
  newcomer.subscribe(topic);
  turns_until_subscribed(21);
  CHECK(streams.counters().frames_sent == before);
  CHECK(streams.next_deadline() == now + 2ms);
  pass(2ms);
  CHECK(streams.counters().frames_sent == before + 1);
  CHECK(newcomer.receive().kind == Kind::HEARTBEAT);
}

TEST_CASE_METHOD(StreamFixture,
                 "a turn's events of a scope are one message, as long as it is small") {
  Subscriber all(endpoint);
  Subscriber alice(endpoint);
  subscribe(all, buy(""));
  subscribe(alice, buy("alice"));
  submit_of("bob");
  turn();
  CHECK_FALSE(all.receive().is_joined);
  const std::uint64_t before = streams.counters().frames_sent;
  constexpr Sequence kEach = 500;
  for (Sequence i = 0; i < kEach; ++i) {
    submit_of("alice");
    submit_of("bob");
  }
  turn();
  std::uint64_t messages = 0;
  for (Sequence i = 0; i < 2 * kEach; ++i) {
    const Frame frame = all.receive();
    REQUIRE(frame.sequence == i + 2);
    REQUIRE(frame.previous == i + 1);
    messages += frame.is_joined ? 0 : 1;
  }
  // Of each message the first event names the one before, though it is another message's.
  for (Sequence i = 0; i < kEach; ++i) {
    const Frame frame = alice.receive();
    REQUIRE(frame.sequence == 2 * i + 2);
    REQUIRE(frame.previous == (i == 0 ? 0 : 2 * i));
    messages += frame.is_joined ? 0 : 1;
  }
  CHECK(messages == streams.counters().frames_sent - before);
  CHECK(messages > 4);
  CHECK(messages < kEach / 10);
  CHECK_FALSE(all.try_receive());
}

TEST_CASE_METHOD(StreamFixture, "a greeting in a turn with events comes after them") {
  const std::string topic = buy("alice");
  Subscriber watcher(endpoint);
  watcher.subscribe(topic);
  const auto patience = std::chrono::steady_clock::now() + 60s;
  while (streams.counters().subscribers == 0) {
    streams.begin(now);
    REQUIRE(std::chrono::steady_clock::now() < patience);
  }
  submit_of("alice");
  turn();
  CHECK(watcher.receive().kind == Kind::SUBMITTED);
  const Frame greeting = watcher.receive();
  CHECK(greeting.kind == Kind::HEARTBEAT);
  CHECK(greeting.previous == 1);
  CHECK(greeting.sequence == 1);
}

TEST_CASE_METHOD(StreamFixture, "a silent topic has a heartbeat after the interval") {
  const std::string topic = buy("alice");
  Subscriber watcher(endpoint);
  subscribe(watcher, topic);
  CHECK(streams.next_deadline() == now + 2s);
  pass(1999ms);
  submit_of("bob");
  pass(1ms);
  const Frame heartbeat = watcher.receive();
  CHECK(heartbeat.kind == Kind::HEARTBEAT);
  CHECK(heartbeat.previous == 0);
  CHECK(heartbeat.sequence == 1);
  // A frame is as good as a heartbeat.
  pass(1s);
  submit_of("alice");
  turn();
  CHECK(streams.next_deadline() == now + 2s);
  pass(1999ms);
  pass(1ms);
  CHECK(watcher.receive().sequence == 2);
  const Frame next = watcher.receive();
  CHECK(next.kind == Kind::HEARTBEAT);
  CHECK(next.previous == 2);
  CHECK(next.sequence == 2);
}

TEST_CASE_METHOD(StreamFixture, "a heartbeat says nothing of events that are not on disk yet") {
  Subscriber watcher(endpoint);
  subscribe(watcher, buy("alice"));
  submit_of("alice");
  const std::vector<Event> next = std::exchange(effects.events, {});
  now += streams.heartbeat();
  streams.begin(now);
  streams.finish(now, next);
  const Frame heartbeat = watcher.receive();
  CHECK(heartbeat.kind == Kind::HEARTBEAT);
  CHECK(heartbeat.sequence == next.front().sequence - 1);
  effects.events = next;
  turn();
  CHECK(watcher.receive().sequence == next.front().sequence);
}

TEST_CASE("each topic keeps its own interval") {
  StreamFixture store({.heartbeat = 10s});
  Subscriber watcher(store.endpoint);
  const std::string alice = store.buy("alice");
  const std::string bob = store.buy("bob");
  store.subscribe(watcher, alice);
  store.pass(4s);
  store.subscribe(watcher, bob);
  CHECK(store.streams.next_deadline() == store.now + 6s);
  store.pass(6s);
  CHECK(watcher.receive().topic == alice);
  CHECK(store.streams.next_deadline() == store.now + 4s);
  store.pass(4s);
  CHECK(watcher.receive().topic == bob);
  store.pass(60s);
  CHECK(watcher.receive().topic == alice);
  CHECK(watcher.receive().topic == bob);
  CHECK_FALSE(watcher.try_receive());
}

}  // namespace store
