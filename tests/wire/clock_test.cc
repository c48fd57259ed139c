#include "clock.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "../temporary_directory.h"
#include "alive.h"
#include "lease_tokens.h"
#include "local_store.h"
#include "peer.h"

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
  StoreTime time(clock, {});
  REQUIRE(time.now() == clock.time);
  clock.pass(5s);
  REQUIRE(time.now() == clock.time);
  clock.time += 1s;  // within a moment
  REQUIRE(time.now() == clock.time);
}

TEST_CASE("a clock that is set forward is caught up with and not leapt to") {
  ManualClock clock;
  StoreTime time(clock, {});
  const Time before = time.now();
  clock.time += 1h;
  REQUIRE(time.now() == before);
  REQUIRE(time.pace() == Pace::kFaster);
  for (int i = 0; i < 8000; ++i) {
    clock.pass(1ms);
    time.now();
  }
  REQUIRE(time.now() == before + 9s);
  clock.pass(8h - 24s);
  REQUIRE(time.now() == before + 9h - 18s);
  REQUIRE(time.now() < clock.time);
  clock.pass(16s);
  time.now();
  REQUIRE(time.now() == clock.time);
  REQUIRE(time.pace() == Pace::kClock);
}

TEST_CASE("a clock that is more than a day ahead is not believed, and no harm is left by it") {
  ManualClock clock;
  StoreTime time(clock, {});
  const Time before = time.now();
  for (const Span wrong : {Span(25h), Span(365 * 24h), Span(100 * 365 * 24h)}) {
    clock.time += wrong;
    clock.pass(2s);
    time.now();
    REQUIRE(time.pace() == Pace::kOwnPace);
    clock.time -= wrong;
  }
  REQUIRE(time.now() == before + 6s);
  REQUIRE(time.now() == clock.time);
  REQUIRE(time.pace() == Pace::kClock);
}

TEST_CASE("a start believes the time that has passed since the store was alive") {
  ManualClock clock;
  clock.passed = 50h;
  const LastAlive alive{clock.time, 40h};
  // The store was off for ten hours; the clock says something else.
  for (const Span wrong : {Span(365 * 24h), Span(-5h)}) {
    clock.time = alive.time + 10h + wrong;
    StoreTime time(clock, {.journal_last = alive.time - 3h, .alive = alive});
    CHECK(time.now() == alive.time + 10h);
    CHECK(time.last_alive() == alive.time);
  }
  clock.time = alive.time + 10h + 365 * 24h;
  StoreTime time(clock, {.alive = alive, .is_clock_believed = true});
  CHECK(time.now() == clock.time);
}

TEST_CASE("a start that does not know how long it was off believes the clock for a month") {
  ManualClock clock;
  const Time journal = clock.time;
  clock.time += 29 * 24h;
  CHECK(StoreTime(clock, {.journal_last = journal}).now() == clock.time);
  clock.time += 2 * 24h;
  CHECK(StoreTime(clock, {.journal_last = journal}).now() == journal);
  CHECK(StoreTime(clock, {.journal_last = journal, .is_clock_believed = true}).now() == clock.time);
}

TEST_CASE("time does not go back over a start, wherever the clock is") {
  ManualClock clock;
  StoreTime time(clock, {});
  clock.time -= 1h;
  clock.pass(800s);
  const LastAlive alive{time.now(), time.elapsed()};
  clock.pass(2s);
  StoreTime again(clock, {.journal_last = alive.time - 3s, .alive = alive});
  REQUIRE(again.now() >= alive.time);
}

TEST_CASE("when the store was alive is known in the same run of the machine only") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() / "clock";
  ManualClock clock;
  const auto look = [&] { return AliveFile(path, clock, {}).last(); };
  {
    AliveFile file(path, clock, {});
    CHECK_FALSE(file.last());
    file.note(Time(123456789s), 55555ms);
    file.note(Time(1s), 5ms);
  }
  const auto last = look();
  REQUIRE(last);
  CHECK(last->time == Time(1s));
  CHECK(last->elapsed == 5ms);
  std::string another = "1000 5 another-start";
  another.resize(100, ' ');
  directory.write("clock", another + "\n");
  CHECK_FALSE(look());
  CHECK_FALSE(AliveFile::is_damaged(path));
  directory.write("clock", "damaged");
  CHECK_FALSE(look());
  CHECK(AliveFile::is_damaged(path));
}

TEST_CASE("what an older store noted without a check is believed up to a day ahead") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() / "clock";
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  ManualClock clock;
  clock.passed = 10h;
  const auto believes = [&](Time time, Span elapsed, Time journal = {}) {
    std::string line = std::to_string(time.time_since_epoch().count()) + ' ' +
                       std::to_string(elapsed.count()) + ' ' + boot;
    line.resize(100, ' ');
    directory.write("clock", line + '\n');
    CHECK_FALSE(AliveFile::is_damaged(path));
    return AliveFile(path, clock, journal).last().has_value();
  };
  CHECK(believes(clock.time, 10h));
  CHECK(believes(clock.time + 20h, 6h));
  CHECK_FALSE(believes(clock.time + 20h, 5h));
  CHECK(believes(clock.time + 20h, 5h, clock.time + 2h));
  CHECK_FALSE(believes(clock.time, 11h));
  CHECK_FALSE(believes(Time(Span(INT64_MAX)), 0h));
}

TEST_CASE("a clock that is set back neither turns time back nor stops it") {
  ManualClock clock;
  StoreTime time(clock, {});
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
  StoreTime time(clock, {.journal_last = journal});
  REQUIRE(time.now() == journal);
  clock.pass(16s);
  REQUIRE(time.now() == journal + 14s);
}

}  // namespace store

namespace wire {
namespace {

using namespace std::chrono_literals;

// The system's clock, and by how much it is wrong.
class WrongClock : public store::SystemClock {
 public:
  std::atomic<store::Span> wrong{};
  store::Time now() const override { return SystemClock::now() + wrong.load(); }
};

}  // namespace

TEST_CASE("a clock that was wrong for a moment neither ends tokens nor moves jobs") {
  WrongClock clock;
  LocalStore store({}, &clock);
  const std::string expires = "time < 2099-01-01T00:00:00.000Z";
  const std::string token = store.mint({"path = *", "client = alice", expires});
  const std::string driver = store.mint({"path = /jobs/*", expires});
  Peer peer(store.request_endpoint());
  std::uint64_t id = 0;
  const auto submit = [&](const NewJob& job) {
    return peer.ask(submit_frame(submit_head(++id, token), {job})).code();
  };
  const auto tomorrow = store::SystemClock().now() + 24h;
  REQUIRE(submit({.job = "tomorrow", .not_before = tomorrow}) == 200);
  REQUIRE(submit({.job = "done", .terms = {.keep_for = store::Span(1h)}}) == 200);
  const auto accept = [&] {
    ++id;
    return peer.ask(accept_frame(accept_head(id, driver), {.worker = "w", .request_number = id}));
  };
  LeaseTokens leases;
  const Answer accepted = accept();
  leases.remember(accepted);
  REQUIRE(accepted.body().getAccepted().size() == 1);
  REQUIRE(peer.ask(update_frame(update_head(++id, driver), {leases.with_token({{"done", 1}, {}})}))
              .code() == 200);

  clock.wrong = 100 * 365 * 24h;
  CHECK(submit({.job = "later"}) == 403);
  clock.wrong = 3h;
  CHECK(submit({.job = "later"}) == 200);
  CHECK(accept().body().getAccepted().size() == 1);  // which is not tomorrow's
  clock.wrong = 0s;
  CHECK(submit({.job = "last"}) == 200);
  for (const std::string job : {"tomorrow", "done"}) {
    INFO(job);
    const Answer found =
        peer.ask(job_query_frame({.id = ++id, .path = "/scan/job", .token = token}, {.job = job}));
    CHECK(found.code() == 200);
  }
}

}  // namespace wire
