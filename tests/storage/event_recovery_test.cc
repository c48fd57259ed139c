// Events of a whole store. That crashes lose none of them, see tests/sim/ends_test.cc.
#include "store_fixture.h"

namespace store {

TEST_CASE_METHOD(StoreFixture, "forgotten events leave nothing on disk") {
  const auto forget_all = [&] {
    engine.forget_events(now, 0, engine.state().datasource(0).last_sequence + 1, effects);
    end_turn();
    checkpoint.write();
  };
  for (int i = 0; i < 300; ++i) {
    run(submit_command({.client = "c" + std::to_string(i % 3)}));
    if (i % 7 == 0) {
      checkpoint.write();
    }
  }
  forget_all();
  run(submit_command({.job = "one-more"}));
  checkpoint.write();
  // What was noted but not written when it was forgotten goes with the next forgetting.
  forget_all();
  CHECK(count_records(storage, "v") == 0);
}

TEST_CASE("a store that kept no events has none that are old") {
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

TEST_CASE_METHOD(StoreFixture, "after a start nobody waits for what may be there already") {
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

TEST_CASE_METHOD(StoreFixture, "what is forgotten while a query waits is no damage") {
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
  const Sequence job = GENERATE(Sequence{0}, Sequence{1});
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
