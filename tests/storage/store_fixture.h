// An engine with storage below it, as the server joins them, and what a start makes of that.
#pragma once

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint_writer.h"
#include "engine_fixture.h"
#include "faulty_storage.h"
#include "record.h"
#include "recovery.h"
#include "told_texts.h"

namespace store {

class StoreFixture : public EngineFixture {
 public:
  FaultyStorage storage;
  CheckpointOptions options{
      .jobs_max = 8, .bytes_max = 4096, .age_max = 1s, .texts_bytes_max = 2048};
  CheckpointWriter checkpoint{storage, engine.state(), options};
  TurnNumber last_turn = 0;
  ToldTexts told;

  // Not steps of one size, which the engine takes itself from one number to the next.
  std::uint64_t chance() { return chance_(); }

  // Ends a turn: what has been recorded since the last one is committed and noted.
  void end_turn() {
    if (!effects.entries.empty()) {
      for (const Entry& entry : effects.entries) {
        told.hear(now, entry);
      }
      storage.commit(++last_turn, encode_turn(now, effects.entries));
      checkpoint.note(last_turn, now, std::move(effects.entries), std::move(effects.events));
    }
    effects.clear();
    checkpoint.write_if_due(now);
    checkpoint.cool_events();
  }
  // A turn of one command.
  void run(Command command) {
    engine.apply(now, chance(), {0, {}, true, 0, token, caveats}, std::move(command), effects);
    end_turn();
  }
  void pass(Span span) {
    now += span;
    engine.tick(now, chance(), effects);
    end_turn();
  }
  void say(const Lease& lease, Report word) {
    run(Update{"scan", {Outcome{lease, std::move(word)}}});
  }
  // The job as the last accept of it has it.
  Lease lease_of(const std::string& job) const { return {job, find(job)->attempt}; }
  JobKey key_of(const std::string& job) const { return find(job)->key; }

 private:
  std::mt19937_64 chance_{1};
};

struct StartedAgain {
  Limits limits;
  Engine engine;
  FaultyStorage storage;
  CheckpointWriter checkpoint;
  Recovered recovered;

  StartedAgain(const Limits& limits_given, FaultyStorage survivor,
               const CheckpointOptions& options = {})
      : limits(limits_given),
        engine(limits, 12345),
        storage(std::move(survivor)),
        checkpoint(storage, engine.state(), options),
        recovered(recover(storage, engine.state_to_restore(), checkpoint)) {}
};

// How many records of the checkpoint there are whose keys begin with `prefix`.
inline std::size_t count_records(const Storage& storage, std::string_view prefix) {
  std::size_t count = 0;
  storage.scan_checkpoint(prefix, [&](std::string_view, std::string_view) { ++count; });
  return count;
}

}  // namespace store
