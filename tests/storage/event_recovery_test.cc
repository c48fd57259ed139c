// Events of a whole store: over writes, restarts and crashes, watchers find each of them.
#include "busy_store.h"
#include "event_list.h"

namespace store {
namespace {

constexpr Sequence kBorder = Sequence{1} << kEventSegmentBits;

const std::vector<Event>& events_of(const BusyStore& store, DatasourceIndex datasource) {
  static const std::vector<Event> kNone;
  const auto found = store.all_events.find(datasource);
  return found == store.all_events.end() ? kNone : found->second;
}

// Of all datasources, for all clients and some jobs.
void require_same(const BusyStore& told, const State& state, TextSource& source, std::size_t limit,
                  std::size_t scans) {
  const auto read = [&](const EventsReply& query) { return source.events(query); };
  for (DatasourceIndex i = 0; i < state.datasource_count(); ++i) {
    const Datasource& datasource = state.datasource(i);
    const std::vector<Event>& all = events_of(told, i);
    const EventList list(all, datasource.oldest_event);
    REQUIRE(list.last() == datasource.last_sequence);
    EventsReply query{.datasource = datasource.name,
                      .scope = {i, "", 0},
                      .after = datasource.oldest_event - 1,
                      .limit = limit,
                      .scans = scans};
    for (const char* const client : {"", "c0", "c1", "c2", "nobody"}) {
      query.scope.client = client;
      list.require_all(query, read);
    }
    for (std::size_t k = 0; k < all.size(); k += 1 + all.size() / 5) {
      query.scope = {i, all[k].client, all[k].job.sequence};
      list.require_all(query, read);
    }
  }
}

}  // namespace

TEST_CASE("a crash that loses any suffix of the checkpoint's batches loses no event",
          "[recovery]") {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    BusyStore store(seed, seed % 2 == 0 ? kBorder - 6 : kBorder - 200);
    // All from disk, or all from memory.
    CheckpointOptions options = store.options;
    options.events_bytes_max = seed % 4 < 2 ? 0 : 1u << 20;
    for (int step = 1; step <= 300; ++step) {
      store.step();
      if (step % 100 == 0) {
        for (std::size_t lost = 0; lost <= store.storage.unflushed(); lost += 1 + lost / 2) {
          CAPTURE(seed, step, lost);
          StartedAgain after(store.limits, store.storage.crashed(lost), options);
          require_same(store, after.engine.state(), after.checkpoint.texts(), 50, 100);
          after.checkpoint.write();
          require_same(store, after.engine.state(), after.checkpoint.texts(), 1000, 10'000);
        }
      }
      if (step % 25 == 0) {
        CAPTURE(seed, step);
        require_same(store, store.engine.state(), store.checkpoint.texts(), 30, 64);
      }
      if (step % 150 == 0) {
        store.storage.flush_checkpoint(true);
        store.storage.trim_journal(store.storage.checkpoint_on_disk());
      }
    }
    REQUIRE(store.engine.state().datasource(0).last_sequence > kBorder);
  }
}

TEST_CASE("forgotten events leave nothing on disk", "[recovery]") {
  BusyStore store(21);
  for (int step = 0; step < 300; ++step) {
    store.step();
  }
  for (DatasourceIndex i = 0; i < store.engine.state().datasource_count(); ++i) {
    const Datasource& datasource = store.engine.state().datasource(i);
    if (datasource.oldest_event <= datasource.last_sequence) {
      store.engine.forget_events(store.now, i, datasource.last_sequence + 1, store.effects);
    }
  }
  store.end_turn();
  store.checkpoint.write();
  store.run(store.submit_command({.job = "one-more"}));
  store.checkpoint.write();
  // What was noted but not written when it was forgotten goes with the next forgetting.
  const DatasourceIndex scan = *store.engine.state().find_datasource("scan");
  store.engine.forget_events(
      store.now, scan, store.engine.state().datasource(scan).last_sequence + 1, store.effects);
  store.end_turn();
  store.checkpoint.write();
  std::size_t below = 0;
  store.storage.scan_checkpoint("v", [&](std::string_view key, std::string_view) {
    const Datasource& datasource = store.engine.state().datasource(datasource_of_key(key));
    below += datasource.name == "scan" && last_of_key(key) < datasource.oldest_event ? 1 : 0;
  });
  CHECK(below == 0);
}

TEST_CASE("a store that kept no events has none that are old", "[recovery]") {
  FaultyStorage storage;
  storage.write_checkpoint(
      {1, {{std::string(kMarkerKey), encode_record(Marker{Time(1s), {{"scan", 17, 3, 0}}})}}});
  storage.commit(1, encode_turn(Time(1s), {}));
  StartedAgain store({}, storage);
  CHECK(store.engine.state().datasource(0).oldest_event == 18);
  const FoundEvents found = store.checkpoint.texts().events(
      {.datasource = "scan", .scope = {0, "", 0}, .after = 17, .limit = 10, .scans = 10});
  CHECK(found.events.empty());
  CHECK(found.is_end);
}

TEST_CASE_METHOD(StoreFixture, "after a start nobody waits for what may be there already",
                 "[recovery]") {
  run(submit_command({.job = "a"}));
  run(submit_command({.job = "b", .client = "bob"}));
  checkpoint.write();
  StartedAgain after(limits, storage);
  const auto read = [&](Sequence last) {
    Effects answered;
    after.engine.apply(now, 1, {},
                       ReadEvents{.datasource = "scan",
                                  .job = {},
                                  .client = "alice",
                                  .after = last,
                                  .limit = 10,
                                  .wait = 60s},
                       answered);
    return answered.replies.size();
  };
  // That nothing of alice's is after 1 is not known any more; that nothing is after 2, is.
  CHECK(read(1) == 1);
  CHECK(read(2) == 0);
}

TEST_CASE_METHOD(StoreFixture, "an event is at hand in the turn that made it", "[checkpoint]") {
  run(submit_command({.job = "a"}));
  engine.apply(now, 1, {}, accept_command(), effects);
  const Event event = effects.events.at(0);
  storage.commit(++last_turn, encode_turn(now, effects.entries));
  checkpoint.note(last_turn, now, std::move(effects.entries), std::move(effects.events));
  effects.clear();
  CHECK(checkpoint.events().noted(0, event.sequence) == event);
  checkpoint.write();
  CHECK(checkpoint.events().noted(0, event.sequence) == event);
}

TEST_CASE_METHOD(StoreFixture, "what is forgotten while a query waits is no damage",
                 "[event_recovery]") {
  options.events_bytes_max = 0;
  CheckpointWriter cold(storage, engine.state(), options);
  const auto end = [&] {
    cold.note(++last_turn, now, std::move(effects.entries), std::move(effects.events));
    effects.clear();
    cold.write();
  };
  const auto turn = [&](Command command) {
    engine.apply(now, chance(), {}, std::move(command), effects);
    end();
  };
  for (const char* const job : {"a", "b", "c", "d"}) {
    turn(submit_command({.job = job}));
  }
  // All of alice's, of whom an index knows; or of one job, behind whose events there are others.
  const Sequence job = GENERATE(0, 1);
  const EventsReply query{
      .datasource = "scan", .scope = {0, "alice", job}, .after = 1, .limit = 100, .scans = 100};
  REQUIRE(cold.texts().events(query).events.size() == (job == 0 ? 3 : 0));
  engine.forget_events(now, 0, 4, effects);
  end();
  const FoundEvents found = cold.texts().events(query);
  REQUIRE(found.cursor == 4);
  REQUIRE(found.is_end);
  REQUIRE(found.events.size() == (job == 0 ? 1 : 0));
}

}  // namespace store
