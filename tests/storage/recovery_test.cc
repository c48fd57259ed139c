#include "recovery.h"

#include "busy_store.h"

namespace store {
namespace {

// Every record is about a job that there is, a client with jobs waiting, or a token that is known.
void require_nothing_left_behind(const StartedAgain& store) {
  store.storage.scan_checkpoint("c", [&](std::string_view key, std::string_view) {
    CAPTURE(name_of_key(key));
    REQUIRE_FALSE(
        store.engine.state().rotations_of(datasource_of_key(key), name_of_key(key)).empty());
  });
  store.storage.scan_checkpoint("t", [&](std::string_view key, std::string_view) {
    CAPTURE(name_of_key(key));
    REQUIRE(store.engine.state().tokens.use_of(name_of_key(key)) != nullptr);
  });
  for (const char* prefix : {"j", "r", "h", "l"}) {
    store.storage.scan_checkpoint(prefix, [&](std::string_view key, std::string_view) {
      CAPTURE(prefix, job_of_key(key).sequence);
      REQUIRE(store.engine.state().find(job_of_key(key)) != nullptr);
    });
  }
}

void require_survives(BusyStore& before, std::size_t lost) {
  StartedAgain after(before.limits, before.storage.crashed(lost));
  REQUIRE(after.engine.digest() == before.engine.digest());
  REQUIRE(after.recovered.last_turn == before.last_turn);
  before.told.require_same(after.engine.state(), after.checkpoint.texts());
  after.checkpoint.write();
  before.told.require_same(after.engine.state(), after.checkpoint.texts());
  require_nothing_left_behind(after);
}

}  // namespace

TEST_CASE("a crash that loses any suffix of the checkpoint's batches loses nothing", "[recovery]") {
  std::set<std::size_t> kinds;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    BusyStore store(seed);
    for (int step = 1; step <= 500; ++step) {
      store.step();
      if (step % 100 == 0) {
        for (std::size_t lost = 0; lost <= store.storage.unflushed(); lost += 1 + lost / 4) {
          CAPTURE(seed, step, lost);
          require_survives(store, lost);
        }
        CAPTURE(seed, step);
        store.told.require_same(store.engine.state(), store.checkpoint.texts());
      }
      if (step % 250 == 0) {
        store.storage.flush_checkpoint(true);
        store.storage.trim_journal(store.storage.checkpoint_on_disk());
      }
    }
    REQUIRE(store.storage.first_turn() > 1);
    kinds.insert(store.kinds.begin(), store.kinds.end());
  }
  REQUIRE(kinds.size() == std::variant_size_v<Change>);
}

// Both are asked the same from now on.
void require_alike(BusyStore& store, Engine& one, Engine& other) {
  for (int i = 0; i < 200; ++i) {
    CAPTURE(i);
    store.now += store.traffic().pause();
    const std::uint64_t chance = store.chance();
    const Origin origin = store.traffic().origin();
    const Command command = store.traffic().next(store.now, one.state());
    Effects expected;
    Effects actual;
    one.tick(store.now, chance, expected);
    one.apply(store.now, chance, origin, command, expected);
    other.tick(store.now, chance, actual);
    other.apply(store.now, chance, origin, command, actual);
    REQUIRE(encode_turn(store.now, actual.entries) == encode_turn(store.now, expected.entries));
    REQUIRE(actual.replies.size() == expected.replies.size());
  }
  REQUIRE(one.digest() == other.digest());
}

TEST_CASE("a restarted store goes on like the one that never stopped", "[recovery]") {
  for (unsigned seed = 101; seed <= 110; ++seed) {
    CAPTURE(seed);
    BusyStore store(seed);
    // When a store forgets tokens is its own affair.
    store.traffic().has_budgets = false;
    for (int step = 0; step < 200; ++step) {
      store.step();
    }
    store.settle();
    StartedAgain after(store.limits, store.storage.crashed(store.storage.unflushed()));
    require_alike(store, store.engine, after.engine);
  }
}

TEST_CASE("two starts go on alike, one from the journal and one from records", "[recovery]") {
  for (unsigned seed = 111; seed <= 120; ++seed) {
    CAPTURE(seed);
    BusyStore store(seed);
    for (int step = 0; step < 200; ++step) {
      store.step();
    }
    store.settle();
    StartedAgain one(store.limits, store.storage.crashed(store.storage.unflushed()));
    store.checkpoint.write();
    StartedAgain other(store.limits, store.storage.crashed(0));
    require_alike(store, one.engine, other.engine);
  }
}

TEST_CASE("a journal with a gap is refused", "[recovery]") {
  FaultyStorage storage;
  storage.commit(1, encode_turn(Time(1s), {Entry{0, {0, 0}, DatasourceAdded{"a"}}}));
  storage.commit(3, encode_turn(Time(1s), {Entry{0, {1, 0}, DatasourceAdded{"b"}}}));
  REQUIRE_THROWS_WITH(StartedAgain(Limits{}, storage), Catch::Contains("lacks turn 2"));
}

TEST_CASE("a damaged journal record is refused", "[recovery]") {
  FaultyStorage storage;
  storage.commit(1, "this is no record");
  REQUIRE_THROWS_AS(StartedAgain(Limits{}, storage), StorageError);
}

}  // namespace store
