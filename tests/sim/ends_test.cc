// Stores that are started from what a crash leaves, at many moments of lives made at random:
// whatever is lost of the checkpoint, nothing else is.
#include "audit.h"
#include "generator.h"
#include "store_fixture.h"
#include "verify.h"

namespace store::sim {
namespace {

constexpr Sequence kBorder = Sequence{1} << kEventSegmentBits;

// A store's life that does not end by itself. Its checkpoint is flushed every 250 steps.
class Life {
 public:
  Life(std::uint64_t seed, Sequence last_event = 0,
       Generator::Faults faults = Generator::Faults::kNone)
      : limits(small_limits(seed)),
        is_behind(last_event > 0),
        world(limits, {}, last_event),
        generator_(seed, limits, faults) {}

  const Step& go_on() {
    done_ = generator_.next(world);
    done_.end = Step::End::kNone;
    done_.writes_checkpoint = done_.writes_checkpoint || ++steps_ % 250 == 0;
    done_.flushes_checkpoint = done_.trims_journal = steps_ % 250 == 0;
    world.run(done_);
    return done_;
  }

  const Limits limits;
  const bool is_behind;
  World world;

 private:
  Generator generator_;
  Step done_;
  std::size_t steps_ = 0;
};

// Requires that `source` tells the texts of all jobs as the model does.
void require_same_texts(World& world, Engine& engine, TextSource& source) {
  const auto require = [&](Command command) {
    Effects effects;
    engine.apply(world.now(), 1, {}, std::move(command), effects);
    const Reply& reply = effects.replies.at(0).reply;
    REQUIRE(bytes_of(reply, source, engine.state()) ==
            bytes_of(reply, world.model(), engine.state()));
  };
  for (const ModelDatasource& datasource : world.model().datasources()) {
    for (const ModelJob& job : datasource.jobs) {
      GetJob get{.datasource = datasource.name, .job = job.facts.job, .client = {}};
      get.with_attempts = get.with_request = true;
      require(get);
      for (const std::uint32_t after : {0u, job.facts.log_lines / 2}) {
        require(ReadLog{datasource.name, job.facts.job, {}, after, 1000});
      }
    }
  }
}

// Requires that whoever follows the cursor sees the events of all scopes, and each once.
void require_same_events(World& world, TextSource& source, std::size_t limit, std::size_t scans) {
  for (const ModelDatasource& datasource : world.model().datasources()) {
    std::vector<EventScope> scopes;
    for (const char* const client : {"", "c0", "c1", "c4", "nobody"}) {
      scopes.push_back({datasource.index, client, 0});
    }
    for (std::size_t i = 0; i < datasource.jobs.size(); i += 1 + datasource.jobs.size() / 5) {
      const JobView& job = datasource.jobs[i].facts;
      scopes.push_back({datasource.index, job.client, job.key.sequence});
    }
    for (const EventScope& scope : scopes) {
      EventsReply query{.datasource = datasource.name,
                        .scope = scope,
                        .after = datasource.oldest_event - 1,
                        .limit = limit,
                        .scans = scans};
      for (bool is_end = false; !is_end;) {
        const FoundEvents found = source.events(query);
        world.model().check_found(query, found);
        REQUIRE((found.is_end || found.cursor > query.after));
        query.after = found.cursor;
        is_end = found.is_end;
      }
    }
  }
}

void require_sound(const Life& life, FaultyStorage& storage) {
  // A life that begins behind some events has a journal that does not know them.
  if (!life.is_behind || storage.first_turn() > 1) {
    REQUIRE_NOTHROW(verify(storage, [](const std::string&) {}));
  }
}

void require_survives(Life& life, std::size_t lost, std::size_t events_bytes_max) {
  World& world = life.world;
  CheckpointOptions options;
  options.events_bytes_max = events_bytes_max;
  FaultyStorage survivor = world.storage().crashed(lost);
  require_sound(life, survivor);
  StartedAgain after(life.limits, std::move(survivor), options);
  REQUIRE(after.engine.digest() == world.engine().digest());
  REQUIRE(after.recovered.last_turn == world.last_turn());
  require_same_texts(world, after.engine, after.checkpoint.texts());
  require_same_events(world, after.checkpoint.texts(), 50, 100);
  after.checkpoint.write();
  require_same_texts(world, after.engine, after.checkpoint.texts());
  require_same_events(world, after.checkpoint.texts(), 1000, 10'000);
  check_nothing_is_left_behind(after.engine.state(), after.storage);
  require_sound(life, after.storage);
}

}  // namespace

TEST_CASE("a crash that loses any suffix of the checkpoint's batches loses nothing") {
  std::map<std::string, std::size_t> seen;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const bool is_at_border = seed % 2 == 0;
    Life life(seed, is_at_border ? kBorder - 20 : 0);
    for (int step = 1; step <= 500; ++step) {
      life.go_on();
      for (std::size_t lost = 0; step % 100 == 0 && lost <= life.world.storage().unflushed();
           lost += 1 + lost / 4) {
        CAPTURE(seed, step, lost);
        // Events all from disk, or all from memory.
        require_survives(life, lost, seed % 4 < 2 ? 0 : 1u << 20);
      }
    }
    REQUIRE(life.world.storage().first_turn() > 1);
    REQUIRE((!is_at_border || life.world.engine().state().datasource(0).last_sequence > kBorder));
    for (const auto& [what, times] : life.world.seen()) {
      seen[what] += times;
    }
  }
  for (const char* const change : {"Submitted", "Restarted", "Accepted", "Logged", "Completed",
                                   "Retried", "Released", "LeaseLost", "Returned", "Cancelled",
                                   "Edited", "Removed", "EventsForgotten", "TokenForgotten"}) {
    CAPTURE(change);
    CHECK(seen[std::string("entry ") + change] > 0);
  }
}

TEST_CASE("two starts go on alike, one from the journal and one from records") {
  for (std::uint64_t seed = 111; seed <= 120; ++seed) {
    Life life(seed, 0, Generator::Faults::kSome);
    for (int step = 0; step < 200; ++step) {
      life.go_on();
    }
    std::mt19937_64 chance(seed);
    StartedAgain one(life.limits, life.world.storage().crashed(life.world.storage().unflushed()));
    life.world.checkpoint().write();
    StartedAgain other(life.limits, life.world.storage().crashed(0));
    for (int step = 0; step < 150; ++step) {
      CAPTURE(seed, step);
      const Step& done = life.go_on();
      const Time now = life.world.now();
      Effects expected;
      Effects actual;
      const std::uint64_t of_timers = chance();
      one.engine.tick(now, of_timers, expected);
      other.engine.tick(now, of_timers, actual);
      for (const Request& request : done.requests) {
        const Origin origin{0, "peer", true, request.number, request.token, {}};
        const std::uint64_t of_request = chance();
        one.engine.apply(now, of_request, origin, request.command, expected);
        other.engine.apply(now, of_request, origin, request.command, actual);
      }
      REQUIRE(encode_turn(now, actual.entries) == encode_turn(now, expected.entries));
      REQUIRE(actual.replies.size() == expected.replies.size());
    }
    REQUIRE(one.engine.digest() == other.engine.digest());
  }
}

}  // namespace store::sim
