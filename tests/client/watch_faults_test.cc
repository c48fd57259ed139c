// Every event exactly once and in order, whatever happens to frames, topics and the store.
#include <algorithm>

#include "watch_fixture.h"

using namespace std::chrono_literals;
using Reason = jobq::WatchRepair::Reason;
using Kind = protocol::Event::Kind;

namespace {

constexpr unsigned kSeeds = 25;

// What a seed decides.
struct Weather {
  explicit Weather(unsigned seed) : random(seed) {}
  unsigned below(unsigned bound) { return static_cast<unsigned>(random() % bound); }
  std::mt19937 random;
};

FakeStream::Options bad_frames(unsigned seed) {
  return {.heartbeat = 10ms,
          .page_max = seed % 2 == 0 ? 3u : 1000u,
          .repeats_events = seed % 5 == 0,
          .faults = {.seed = seed,
                     .lost = seed % 3 == 0 ? 40u : 10u,
                     .twice = 15,
                     .late = 15,
                     .damaged = 10,
                     .strange = 10,
                     .joined = seed % 4 == 0 ? 70u : 0u,
                     .tampered = 10}};
}

void add_some(FakeStream& stream, Weather& weather) {
  for (unsigned n = weather.below(8); n > 0; --n) {
    if (weather.below(4) == 0) {
      stream.add("b" + std::to_string(weather.below(3)), Kind::PROGRESS, "bob");
    } else if (weather.below(5) == 0 && !stream.sequences().empty()) {
      stream.send_again(stream.sequences().front());
    } else {
      stream.add("a" + std::to_string(weather.below(3)), static_cast<Kind>(weather.below(14)));
    }
  }
}

void take_some(jobq::Watch& watch, Weather& weather, Seen& seen) {
  for (unsigned n = weather.below(10); n > 0; --n) {
    if (auto news = watch.next(jobq::Span(weather.below(4)))) {
      seen.take(std::move(*news));
    }
  }
}

}  // namespace

TEST_CASE("bad frames do no harm: each event comes once, in order") {
  std::uint64_t from_stream = 0;
  std::uint64_t repairs = 0;
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    WatchFixture fixture(bad_frames(seed));
    Weather weather(seed);
    add_some(fixture.stream, weather);
    auto watch = fixture.watch();
    const std::uint64_t start = next_as<jobq::WatchSnapshot>(watch).cursor;
    REQUIRE(watch.cursor() == start);
    Seen seen;
    for (int round = 0; round < 40; ++round) {
      add_some(fixture.stream, weather);
      take_some(watch, weather, seen);
    }
    seen.take_until(watch, fixture.stream.last());
    REQUIRE(seen.events == fixture.stream.sequences(start));
    const auto counters = watch.counters();
    REQUIRE(counters.from_stream + counters.from_log == seen.events.size());
    from_stream += counters.from_stream;
    repairs += counters.repairs;
  }
  // Both ways were taken.
  REQUIRE(from_stream > 100);
  REQUIRE(repairs > kSeeds);
}

TEST_CASE("topics that end and stores that restart lose nothing") {
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    WatchFixture fixture(bad_frames(seed));
    Weather weather(seed);
    auto watch = fixture.watch();
    const std::uint64_t start = next_as<jobq::WatchSnapshot>(watch).cursor;
    Seen seen;
    for (int round = 0; round < 12; ++round) {
      add_some(fixture.stream, weather);
      take_some(watch, weather, seen);
      if (weather.below(5) == 0) {
        fixture.stream.end_topic();
      } else if (weather.below(6) == 0) {
        fixture.stream.restart([&] { fixture.stream.add_unsent("a", Kind::ACCEPTED); });
      }
    }
    seen.take_until(watch, fixture.stream.last());
    REQUIRE(seen.events == fixture.stream.sequences(start));
  }
}

TEST_CASE("a watch that goes on from a cursor sees what the one before did not") {
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    WatchFixture fixture(bad_frames(seed));
    Weather weather(seed);
    Seen seen;
    std::uint64_t cursor = 0;
    for (int life = 0; life < 5; ++life) {
      auto watch = fixture.watch({.from = cursor});
      add_some(fixture.stream, weather);
      take_some(watch, weather, seen);
      cursor = watch.cursor();
    }
    auto watch = fixture.watch({.from = cursor});
    seen.take_until(watch, fixture.stream.last());
    REQUIRE(seen.events == fixture.stream.sequences());
  }
}

TEST_CASE("streams without heartbeats, and none at all, lose nothing") {
  for (const bool has_stream : {true, false}) {
    CAPTURE(has_stream);
    FakeStream::Options options = bad_frames(2);
    options.promised = 20ms;
    options.has_heartbeats = false;
    options.has_stream = has_stream;
    WatchFixture fixture(options);
    Weather weather(2);
    auto watch = fixture.watch_from_now();
    Seen seen;
    for (int round = 0; round < 20; ++round) {
      add_some(fixture.stream, weather);
      take_some(watch, weather, seen);
    }
    seen.take_until(watch, fixture.stream.last());
    REQUIRE(seen.events == fixture.stream.sequences());
    REQUIRE(seen.count(Reason::kBack) <= seen.reasons.size() / 2);
  }
}

TEST_CASE("more frames than a socket holds are a gap, not memory") {
  WatchFixture fixture;
  auto watch = fixture.watch_from_now();
  REQUIRE_FALSE(watch.next(50ms));  // the subscription is there
  fixture.stream.await_subscriber();
  for (int i = 0; i < 20'000; ++i) {
    fixture.stream.add("a");
  }
  Seen seen;
  seen.take_until(watch, fixture.stream.last());
  REQUIRE(seen.events == fixture.stream.sequences());
  REQUIRE(seen.count(Reason::kGap) > 0);
}
