#include "clock.h"

#include <catch2/catch.hpp>

namespace store {
namespace {

using namespace std::chrono_literals;

class ManualClock : public Clock {
 public:
  Time time = Time(1000h);
  Span passed{};

  Time now() const override { return time; }
  Span elapsed() const override { return passed; }
  void pass(Span span) {
    time += span;
    passed += span;
  }
};

}  // namespace

TEST_CASE("store time is the clock's") {
  ManualClock clock;
  StoreTime time(clock, Time{});
  REQUIRE(time.now() == clock.time);
  clock.pass(5s);
  REQUIRE(time.now() == clock.time);
  clock.time += 2h;  // set forward
  REQUIRE(time.now() == clock.time);
}

TEST_CASE("a clock that is set back neither turns time back nor stops it") {
  ManualClock clock;
  StoreTime time(clock, Time{});
  const Time before = time.now();
  clock.time -= 1h;
  REQUIRE(time.now() == before);
  for (int i = 0; i < 8000; ++i) {
    clock.pass(1ms);
    time.now();
  }
  REQUIRE(time.now() == before + 7s);
  clock.pass(8h - 8s);
  REQUIRE(time.now() == before + 7h);
  clock.pass(1s);  // the clock has caught up
  REQUIRE(time.now() == clock.time);
}

TEST_CASE("time goes on from the journal's last turn when the clock is behind it") {
  ManualClock clock;
  const Time journal = clock.time + 1h;
  StoreTime time(clock, journal);
  REQUIRE(time.now() == journal);
  clock.pass(16s);
  REQUIRE(time.now() == journal + 14s);
}

}  // namespace store
