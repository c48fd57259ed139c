// A watch whose stream, store or token is not as it should be.
#include <algorithm>
#include <thread>

#include "subscriber.h"
#include "watch_fixture.h"

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Reason = jobq::WatchRepair::Reason;

TEST_CASE("the journal carries the watch where the stream cannot be reached, until it can") {
  WatchFixture fixture({.promised = 100ms, .has_stream = false});
  auto watch = fixture.watch_from_now();
  REQUIRE(next_reason(watch) == Reason::kNoStream);
  fixture.stream.add("a");
  REQUIRE(next_as<jobq::Event>(watch).job == "a");
  const auto asked = fixture.stream.asked();
  REQUIRE(std::any_of(asked.begin(), asked.end(), [](const Asked& one) {
    return one.request().getBody().isEventQuery() &&
           one.request().getBody().getEventQuery().getWaitMs() > 0;
  }));
  fixture.stream.change([](FakeStream::Options& options) { options.has_stream = true; });
  REQUIRE(next_reason(watch) == Reason::kBack);
  fixture.stream.await_subscriber();
  const auto before = watch.counters().from_stream;
  fixture.stream.add("b");
  REQUIRE(next_as<jobq::Event>(watch).job == "b");
  REQUIRE(watch.counters().from_stream == before + 1);
}

TEST_CASE("where the store holds no questions back, the journal is asked from time to time") {
  WatchFixture fixture({.promised = 10s, .has_stream = false, .may_hold = false});
  auto watch = fixture.watch_from_now();
  REQUIRE(next_reason(watch) == Reason::kNoStream);
  REQUIRE_FALSE(watch.next(300ms));
  REQUIRE(fixture.stream.asked().size() < 20);
  fixture.stream.add("a");
  const auto start = Clock::now();
  REQUIRE(next_as<jobq::Event>(watch).job == "a");
  REQUIRE(Clock::now() - start < 10s);  // not only with the next subscription
}

TEST_CASE("topics that end again and again are not asked for in a tight loop") {
  WatchFixture fixture({.promised = 20ms});
  auto watch = fixture.watch_from_now();
  const auto end = Clock::now() + 500ms;
  while (Clock::now() < end) {
    fixture.stream.end_topic();
    static_cast<void>(watch.next(5ms));
  }
  REQUIRE(fixture.stream.subscriptions() > 1);
  REQUIRE(fixture.stream.subscriptions() < 10);
}

TEST_CASE("next returns when its time is over, whether or not the store is there") {
  WatchFixture fixture;
  auto watch = fixture.watch_from_now();
  const auto start = Clock::now();
  REQUIRE_FALSE(watch.next(100ms));
  REQUIRE(Clock::now() - start >= 100ms);
  fixture.stream.stop();
  REQUIRE(next_reason(watch) == Reason::kDisconnected);
  REQUIRE_FALSE(watch.next(100ms));
  REQUIRE_FALSE(watch.next(-1ms));
  REQUIRE(Clock::now() - start < 5s);
}

TEST_CASE("an interrupt ends the wait under way, or else the next one") {
  WatchFixture fixture({.promised = 100s});
  auto watch = fixture.watch_from_now();
  std::thread other([&] { watch.interrupt(); });
  REQUIRE_FALSE(watch.next(kForEver));
  other.join();
  watch.interrupt();
  fixture.stream.add("a");
  REQUIRE_FALSE(watch.next(kForEver));
  REQUIRE(next_as<jobq::Event>(watch).job == "a");
  fixture.stream.stop();
  REQUIRE(next_reason(watch) == Reason::kDisconnected);
  std::thread third([&] { watch.interrupt(); });
  const auto start = Clock::now();
  REQUIRE_FALSE(watch.next(kForEver));
  REQUIRE(Clock::now() - start < kForEver);
  third.join();
}

TEST_CASE("a refusal is thrown; the watch goes on when it is over") {
  WatchFixture fixture;
  const unsigned code = GENERATE(401u, 403u, 404u, 429u);
  fixture.stream.refuse(code);
  auto watch = fixture.watch();
  try {
    static_cast<void>(watch.next(kForEver));
    FAIL("was not refused");
  } catch (const jobq::Refused& refused) {
    REQUIRE(refused.code() == code);
  }
  fixture.stream.refuse(0);
  next_as<jobq::WatchSnapshot>(watch);
  fixture.stream.refuse(code);
  fixture.stream.end_topic();
  fixture.stream.add_unsent("a");
  if (code == 429) {
    // For now: the journal carries the watch.
    Seen seen;
    for (const auto before = fixture.stream.subscriptions();
         fixture.stream.subscriptions() < before + 2;) {
      if (auto news = watch.next(10ms)) {
        seen.take(std::move(*news));
      }
    }
    fixture.stream.add_unsent("b");
    seen.take_until(watch, fixture.stream.last());
    REQUIRE(seen.events.size() == 2);
    return;
  }
  const auto ask = [&] {
    while (watch.next(kForEver)) {
    }
  };
  REQUIRE_THROWS_AS(ask(), jobq::Refused);
}

TEST_CASE("the stream is encrypted as the connection is") {
  const KeyPair keys = new_key_pair();
  FakeStream::Options options;
  options.keys = keys;
  options.promised = 2s;  // handshakes take their time
  WatchFixture fixture(options);
  auto watch = fixture.watch({}, {.server_key = keys.public_key});
  next_as<jobq::WatchSnapshot>(watch);
  fixture.stream.await_subscriber();
  const auto end = Clock::now() + kForEver;
  while (watch.counters().from_stream == 0 && Clock::now() < end) {
    fixture.stream.add("a");
    next_as<jobq::Event>(watch);
  }
  REQUIRE(watch.counters().from_stream > 0);
}

TEST_CASE("an explicit status endpoint is used instead of the store's word") {
  WatchFixture fixture({.has_stream = false});
  const TemporaryDirectory elsewhere;
  FakeStream other(elsewhere, {});
  auto watch = fixture.watch({.status_endpoint = elsewhere.endpoint() + "-stream"});
  next_as<jobq::WatchSnapshot>(watch);
  // The other's first topic is called as this one's.
  other.await_subscriber();
  REQUIRE_THROWS_AS(fixture.watch({.status_endpoint = "nowhere"}), std::invalid_argument);
}

TEST_CASE("of the status endpoints that of the same transport is taken, at the request's host") {
  const std::vector<std::string> bound{"ipc:///run/status", "tcp://0.0.0.0:5557",
                                       "tcp://10.0.0.1:5558"};
  using jobq::status_endpoint;
  REQUIRE(status_endpoint(bound, "ipc:///run/request") == "ipc:///run/status");
  REQUIRE(status_endpoint(bound, "tcp://store.example:5555") == "tcp://store.example:5557");
  REQUIRE(status_endpoint({"tcp://*:1"}, "tcp://[::1]:2") == "tcp://[::1]:1");
  REQUIRE(status_endpoint({"tcp://[::]:1"}, "tcp://10.0.0.7:2") == "tcp://10.0.0.7:1");
  REQUIRE(status_endpoint({"tcp://10.0.0.1:5558"}, "tcp://store:1") == "tcp://10.0.0.1:5558");
  REQUIRE_FALSE(status_endpoint({"tcp://*:1"}, "ipc:///run/request"));
  REQUIRE_FALSE(status_endpoint({"ipc:///run/status", "tcp://", "nonsense"}, "tcp://store:1"));
  REQUIRE_FALSE(status_endpoint({}, "tcp://store:1"));
}
