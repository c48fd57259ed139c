#include "recovery.h"

#include <random>

#include "engine_fixture.h"
#include "faulty_storage.h"
#include "record.h"

namespace store {
namespace {

// An engine with storage below it, as the server joins them.
class StoreFixture : public EngineFixture {
 public:
  FaultyStorage storage;
  WriteBehindOptions options{.jobs_max = 8, .bytes_max = 4096, .age_max = 1s, .hot_bytes_max = 256};
  WriteBehind write_behind{storage, engine.jobs(), options};
  TurnNumber last_turn = 0;
  std::map<std::string, std::string> requests;

  // Ends a turn: what has been recorded since the last one is committed and noted.
  void end_turn() {
    if (!effects.entries.empty()) {
      storage.commit(++last_turn, encode_turn(now, effects.entries));
      write_behind.note(last_turn, now, std::move(effects.entries));
    }
    effects.clear();
    write_behind.write_if_due(now);
  }
};

struct Restarted {
  Limits limits;
  Engine engine{limits, 12345};
  FaultyStorage storage;
  WriteBehind write_behind;
  Recovered recovered;

  explicit Restarted(FaultyStorage survivor)
      : storage(std::move(survivor)),
        write_behind(storage, engine.jobs()),
        recovered(recover(storage, engine.jobs_to_restore(), write_behind)) {}
};

// Random commands of every kind, from a few clients and workers that behave in every way.
class Traffic {
 public:
  Traffic(StoreFixture& fixture, unsigned seed) : fixture_(fixture), random_(seed) {}

  void step() {
    switch (pick(7)) {
      case 0:
      case 1: submit(); break;
      case 2: accept(); break;
      case 3:
      case 4: finish(); break;
      case 5: renew(); break;
      case 6: fixture_.now += Span(pick(40'000)); break;
    }
    fixture_.engine.tick(fixture_.now, fixture_.effects);
    fixture_.end_turn();
  }

 private:
  unsigned pick(unsigned count) { return static_cast<unsigned>(random_() % count); }
  void apply(Command command) {
    fixture_.engine.apply(fixture_.now, {}, std::move(command), fixture_.effects);
  }
  void submit() {
    Submit command{pick(4) == 0 ? "print" : "scan", {}};
    for (unsigned i = 0; i <= pick(3); ++i) {
      const std::string job = "j" + std::to_string(++jobs_);
      const std::string request = "\"" + std::string(pick(300), 'x') + job + "\"";
      fixture_.requests[job] = request;
      command.jobs.push_back(Submitted{job, "c" + std::to_string(pick(3)), request,
                                       static_cast<std::uint8_t>(1 + pick(3)),
                                       Span(1000 + pick(100'000))});
    }
    apply(std::move(command));
  }
  void accept() {
    apply(Accept{"scan", "w" + std::to_string(pick(2)), ++number_, 1 + pick(4),
                 Span(100 + pick(60'000)), Span(pick(2) * 1000)});
  }
  Lease any_lease() {
    const Job* job = fixture_.find("j" + std::to_string(1 + pick(jobs_ + 1)));
    return job == nullptr ? Lease{"none", 1} : Lease{job->id, job->attempt};
  }
  void finish() {
    Update command{"scan", {}};
    for (unsigned i = 0; i <= pick(5); ++i) {
      if (pick(3) == 0) {
        command.outcomes.push_back(Outcome{any_lease(), Failed{{"bad", "luck", "detail"}}});
      } else {
        command.outcomes.push_back(Outcome{any_lease(), Completed{"[1]"}});
      }
    }
    apply(std::move(command));
  }
  void renew() { apply(Renew{"scan", {any_lease(), any_lease()}, Span(100 + pick(60'000))}); }

  StoreFixture& fixture_;
  std::mt19937 random_;
  unsigned jobs_ = 0;
  std::uint64_t number_ = 0;
};

void require_same_texts(const StoreFixture& before, Restarted& after) {
  for (DatasourceIndex i = 0; i < after.engine.jobs().datasource_count(); ++i) {
    after.engine.jobs().datasource(i).jobs.walk(0, [&](Slot slot) {
      const Job& job = after.engine.jobs().at(slot);
      const Texts& texts = after.write_behind.texts(job.key);
      REQUIRE(texts.request == before.requests.at(job.id));
      REQUIRE(texts.response == (job.status == Status::kComplete ? "[1]" : ""));
      REQUIRE(texts.failure.code.empty() == (job.status != Status::kFailed));
      return true;
    });
  }
}

}  // namespace

TEST_CASE("a crash that loses any suffix of the derived records loses nothing", "[recovery]") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    StoreFixture fixture;
    Traffic traffic(fixture, seed);
    for (int step = 1; step <= 400; ++step) {
      traffic.step();
      if (step % 100 == 0) {
        for (std::size_t lost = 0; lost <= fixture.storage.unflushed(); lost += 1 + lost / 4) {
          CAPTURE(seed, step, lost);
          Restarted after(fixture.storage.crashed(lost));
          REQUIRE(after.engine.digest() == fixture.engine.digest());
          REQUIRE(after.recovered.last_turn == fixture.last_turn);
          require_same_texts(fixture, after);
        }
      }
      if (step % 150 == 0) {
        fixture.storage.flush_derived(true);
        fixture.storage.trim_journal(fixture.storage.derived_on_disk());
      }
    }
    REQUIRE(fixture.storage.first_turn() > 1);
  }
}

TEST_CASE_METHOD(StoreFixture, "a restarted store goes on like the one that never stopped",
                 "[recovery]") {
  Traffic traffic(*this, 99);
  for (int step = 0; step < 200; ++step) {
    traffic.step();
  }
  Restarted after(storage.crashed(storage.unflushed()));
  for (int i = 0; i < 50; ++i) {
    now += 7s;
    Effects expected;
    Effects actual;
    const Accept accept{"scan", "late", 1000u + static_cast<std::uint64_t>(i), 2, 10s, 0s};
    engine.tick(now, expected);
    engine.apply(now, {}, accept, expected);
    after.engine.tick(now, actual);
    after.engine.apply(now, {}, accept, actual);
    REQUIRE(encode_turn(now, actual.entries) == encode_turn(now, expected.entries));
  }
  REQUIRE(after.engine.digest() == engine.digest());
}

TEST_CASE_METHOD(StoreFixture, "a job that lives and ends between two writes is written once",
                 "[write_behind]") {
  engine.apply(now, {}, submit_command({.job = "b", .request = "[2]"}), effects);
  end_turn();
  engine.apply(now, {}, accept_command(1), effects);
  end_turn();
  engine.apply(now, {}, Update{"scan", {Outcome{{"b", 1}, Completed{"[3]"}}}}, effects);
  end_turn();
  REQUIRE(status("b") == Status::kComplete);
  REQUIRE(storage.unflushed() == 0);
  now += options.age_max;
  write_behind.write_if_due(now);
  REQUIRE(storage.unflushed() == 1);
  REQUIRE(decode_job({0, 1}, *storage.read_derived(job_key({0, 1})), true).texts.request == "[2]");
  REQUIRE_FALSE(storage.read_derived(request_key({0, 1})));
}

TEST_CASE_METHOD(StoreFixture, "a request is written once, however often its job changes",
                 "[write_behind]") {
  const std::string request = "\"" + std::string(2000, 'r') + "\"";
  engine.apply(now, {}, submit_command({.job = "a", .request = request}), effects);
  end_turn();
  write_behind.write();
  const auto after_submit = write_behind.bytes_written();
  REQUIRE(after_submit > request.size());
  engine.apply(now, {}, accept_command(1), effects);
  end_turn();
  write_behind.write();
  engine.apply(now, {}, Update{"scan", {Outcome{{"a", 1}, Completed{"[3]"}}}}, effects);
  end_turn();
  write_behind.write();
  REQUIRE(write_behind.bytes_written() - after_submit < request.size());
  REQUIRE(write_behind.texts({0, 1}).request == request);
  REQUIRE(write_behind.texts({0, 1}).response == "[3]");
}

TEST_CASE("a journal with a gap is refused", "[recovery]") {
  FaultyStorage storage;
  storage.commit(1, encode_turn(Time(1s), {Entry{0, {0, 0}, DatasourceAdded{"a"}}}));
  storage.commit(3, encode_turn(Time(1s), {Entry{0, {1, 0}, DatasourceAdded{"b"}}}));
  REQUIRE_THROWS_WITH(Restarted(storage), Catch::Contains("lacks turn 2"));
}

TEST_CASE("a damaged journal record is refused", "[recovery]") {
  FaultyStorage storage;
  storage.commit(1, "this is no record");
  REQUIRE_THROWS_AS(Restarted(storage), StorageError);
}

}  // namespace store
