#include "checkpoint_writer.h"
#include "store_fixture.h"

namespace store {
namespace {

// Rotation that are made by hand, also such as no engine makes.
class HandMade {
 public:
  FaultyStorage storage;
  State state{7};
  CheckpointWriter checkpoint{storage, state};
  ToldTexts told;
  Time now = Time(1000s);
  TurnNumber last_turn = 0;
  Sequence last_sequence = 0;

  HandMade() { turn({{.job = {0, 0}, .change = DatasourceAdded{"scan"}}}); }

  void turn(std::vector<Entry> entries) {
    now += 1ms;
    storage.commit(++last_turn, encode_turn(now, entries));
    for (Entry& entry : entries) {
      state.apply(now, entry);
      told.hear(now, entry);
    }
    checkpoint.note(last_turn, now, std::move(entries), {});
  }

  Entry event(Sequence job, Change change) {
    return {.sequence = ++last_sequence, .job = {0, job}, .change = std::move(change)};
  }
  Entry submitted(const std::string& id, const std::string& function = "copy") {
    Submitted change;
    change.id = id;
    change.client = "alice";
    change.function = function;
    change.request = "\"of " + id + "\"";
    change.trace = "trace " + id;
    change.priority = 50;
    change.terms.failures_max = 5;
    change.terms.lost_leases_max = 3;
    change.terms.backoff = Backoff();
    return event(last_sequence + 1, std::move(change));
  }
  Entry accepted(Sequence job) { return event(job, Accepted{"w", 1, now + 30s}); }
  Entry restarted(Sequence parent, const std::string& id) {
    return event(last_sequence + 1, Restarted{parent, id});
  }
  Entry imported(const std::string& id, Status status) {
    jobq::JobStatus job;
    job.job = id;
    job.client = "bob";
    job.status = status;
    job.priority = 50;
    job.attempt = 2;
    job.worker = "w9";
    job.submitted_at = job.accepted_at = now - 200s;
    job.finished_at = is_final(status) ? now - 100s : Time{};
    job.progress_message = "half of " + id;
    job.response = status == Status::kComplete ? "7" : "";
    job.error = status == Status::kComplete ? JobError() : JobError{"jam", "paper", "tray"};
    job.terms.emplace().backoff.emplace();
    job.terms->keep_for = 2h;
    job.request = "\"of " + id + "\"";
    job.trace = "trace " + id;
    job.attempts = {{1, "w8", now - 200s, now - 100s, Ending::kReleased, {"", "draining", ""}}};
    job.content = std::string(32, '7');
    return event(last_sequence + 1, Imported{std::make_shared<const jobq::JobStatus>(job)});
  }
  Entry removed(Sequence job) {
    const Job* known = state.find(JobKey{0, job});
    return {.job = {0, job},
            .change = Removed{known ? known->log_lines : 0, known ? known->attempt : 0}};
  }

  // What the last write did: "+key" and "-key".
  std::vector<std::string> last_writes(const std::string& kinds) const {
    std::vector<std::string> writes;
    for (const CheckpointBatch::Write& write : storage.batches().back().writes) {
      if (kinds.find(write.key[0]) != std::string::npos) {
        writes.push_back((write.value ? "+" : "-") + write.key.substr(0, 1));
      }
    }
    return writes;
  }

  void require_all_survives() {
    told.require_same(state, checkpoint.texts());
    for (std::size_t lost = 0; lost <= storage.unflushed(); ++lost) {
      CAPTURE(lost);
      StartedAgain after(Limits{}, storage.crashed(lost));
      REQUIRE(after.engine.digest() == state.digest());
      told.require_same(after.engine.state(), after.checkpoint.texts());
    }
  }
};

}  // namespace

TEST_CASE_METHOD(StoreFixture, "a job that lives and ends between two writes is written once") {
  run(submit_command({.job = "b", .request = "[2]"}));
  run(accept_command(1));
  say({"b", 1}, Completed{"[3]"});
  REQUIRE(status("b") == Status::kComplete);
  REQUIRE(storage.unflushed() == 0);
  now += options.age_max;
  checkpoint.write_if_due(now);
  REQUIRE(storage.unflushed() == 1);
  const StoredTexts stored = decode_job_texts(*storage.read_checkpoint(job_key({0, 1})));
  REQUIRE(stored.payload->request == "[2]");
  REQUIRE(stored.texts.response == "[3]");
  REQUIRE_FALSE(storage.read_checkpoint(payload_key({0, 1})));
}

TEST_CASE_METHOD(HandMade, "jobs of an export survive with all that they brought") {
  turn({imported("a", Status::kComplete), imported("b", Status::kRetrying)});
  require_all_survives();
  turn({accepted(2), imported("c", Status::kFailed), removed(4)});
  checkpoint.write();
  require_all_survives();
  turn({event(2, Completed{"[1]"}), removed(1)});
  checkpoint.write();
  require_all_survives();
}

TEST_CASE_METHOD(StoreFixture, "a request is written once, however often its job changes") {
  const std::string request = "\"" + std::string(50'000, 'r') + "\"";
  run(submit_command({.job = "a", .request = request}));
  checkpoint.write();
  const auto after_submit = checkpoint.bytes_written();
  REQUIRE(after_submit > request.size());
  run(accept_command(1));
  checkpoint.write();
  say({"a", 1}, Progress{0.5F, "half"});
  checkpoint.write();
  say({"a", 1}, Completed{"[3]"});
  checkpoint.write();
  REQUIRE(checkpoint.bytes_written() - after_submit < request.size());
  REQUIRE(checkpoint.texts().payload({0, 1}).request == request);
  REQUIRE(checkpoint.texts().texts({0, 1}).response == "[3]");
}

TEST_CASE_METHOD(StoreFixture, "failure and message of a job outlive its place in memory") {
  options.texts_bytes_max = 0;
  CheckpointWriter cold(storage, engine.state(), options);
  const auto turn = [&](Command command) {
    engine.apply(now, chance(), {}, std::move(command), effects);
    for (const Entry& entry : effects.entries) {
      told.hear(now, entry);
    }
    cold.note(++last_turn, now, std::move(effects.entries), std::move(effects.events));
    effects.clear();
    cold.write();
  };
  const auto word = [&](Report word) {
    turn(Update{"scan", {Outcome{lease_of("a"), std::move(word)}}});
  };
  turn(submit_command({.job = "a"}));
  turn(accept_command());
  word(Retry{{"jam", "paper", "tray 2"}, 1ms});
  now += 1s;
  engine.tick(now, chance(), effects);
  turn(accept_command());
  word(Progress{0.25F, "a quarter"});
  word(Log{{{LogLevel::kInfo, "a line"}}, 0});
  REQUIRE(cold.texts().texts(key_of("a")).failure.code == "jam");
  REQUIRE(cold.texts().texts(key_of("a")).message == "a quarter");
  told.require_same(engine.state(), cold.texts());
  word(Completed{"[1]"});
  REQUIRE(cold.texts().texts(key_of("a")).failure.code.empty());
  told.require_same(engine.state(), cold.texts());
}

TEST_CASE_METHOD(StoreFixture, "what is at hand is bounded, the youngest stay") {
  options.texts_bytes_max = 20'000;
  CheckpointWriter bounded(storage, engine.state(), options);
  const auto turn = [&](Command command) {
    engine.apply(now, chance(), {}, std::move(command), effects);
    bounded.note(++last_turn, now, std::move(effects.entries), std::move(effects.events));
    effects.clear();
    bounded.write();
  };
  const auto reads_of = [&](const std::string& job) {
    const std::size_t before = storage.reads;
    bounded.texts().payload(key_of(job));
    return storage.reads - before;
  };
  const auto submit = [&](int first, int last) {
    for (int i = first; i <= last; ++i) {
      turn(submit_command({.job = "j" + std::to_string(i), .request = std::string(5000, 'x')}));
    }
  };
  submit(1, 10);
  REQUIRE(reads_of("j10") == 0);
  REQUIRE(reads_of("j8") == 0);
  REQUIRE(reads_of("j6") == 1);
  // Smaller and larger again: what it takes is counted anew each time.
  for (const std::size_t size : {10u, 6000u, 1u, 7000u, 20u}) {
    turn(Edit{"scan", "j10", 0, {}, std::string(size, 'y')});
  }
  REQUIRE(reads_of("j10") == 0);
  REQUIRE(bounded.texts().payload(key_of("j10")).request.size() == 20);
  submit(11, 12);
  REQUIRE(reads_of("j12") == 0);
  REQUIRE(reads_of("j11") == 0);
  REQUIRE(reads_of("j9") == 0);
  REQUIRE(reads_of("j8") == 1);
}

TEST_CASE_METHOD(HandMade, "an edited request is written in place of the first") {
  turn({submitted("a")});
  SECTION("of a job that was never written") {}
  SECTION("of a job at hand") { checkpoint.write(); }
  SECTION("of a job on disk") {
    checkpoint.write();
    turn({event(1, Edited{.request = "[1]"})});
    checkpoint.write();
  }
  turn({event(1, Edited{.request = "[2]"})});
  SECTION("that ends before the next write") { turn({event(1, Cancelled{})}); }
  require_all_survives();
  checkpoint.write();
  REQUIRE(checkpoint.texts().payload({0, 1}).request == "[2]");
  REQUIRE(checkpoint.texts().payload({0, 1}).trace == "trace a");
  require_all_survives();
}

TEST_CASE_METHOD(HandMade, "a child is given what its parent was, and the parent keeps its own") {
  turn({submitted("parent")});
  const bool is_written_alive = GENERATE(false, true);
  const bool is_written_final = GENERATE(false, true);
  const bool is_removed = GENERATE(false, true);
  CAPTURE(is_written_alive, is_written_final, is_removed);
  if (is_written_alive) {
    checkpoint.write();
  }
  turn({accepted(1)});
  turn({event(1, Completed{"[1]"})});
  if (is_written_final) {
    checkpoint.write();
  }
  std::vector<Entry> entries = {restarted(1, "child")};
  if (is_removed) {
    entries.push_back(removed(1));
  }
  turn(std::move(entries));
  require_all_survives();
  checkpoint.write();
  REQUIRE(checkpoint.texts().payload({0, 4}).request == "\"of parent\"");
  require_all_survives();
  REQUIRE(count_records(storage, "j") == (is_removed ? 1 : 2));
  REQUIRE(count_records(storage, "r") == (is_written_alive && !is_removed ? 2 : 1));
}

TEST_CASE_METHOD(HandMade,
                 "rows that a job altered are written though it is gone in the same turn") {
  turn({submitted("a"), submitted("b"), submitted("other", "")});
  const bool is_written = GENERATE(false, true);
  if (is_written) {
    checkpoint.write();
  }
  SECTION("a job") { turn({accepted(1), event(1, Completed{"[1]"}), removed(1)}); }
  SECTION("a child and its parent") {
    turn({accepted(1), event(1, Completed{"[1]"})});
    checkpoint.write();
    turn({restarted(1, "c"), event(6, Cancelled{}), removed(6), removed(1)});
  }
  SECTION("a job submitted in it") {
    turn({submitted("c", "new"), event(4, Cancelled{}), removed(4)});
  }
  checkpoint.write();
  require_all_survives();
}

TEST_CASE_METHOD(HandMade, "functions that are counted together are written though a job is gone") {
  std::vector<Entry> entries;
  for (int i = 1; i <= 1'100; ++i) {
    entries.push_back(submitted("j" + std::to_string(i), "f" + std::to_string(i)));
  }
  turn(std::move(entries));
  REQUIRE(state.counted_as(*state.find(JobKey{0, 1'099})) != "f1099");
  checkpoint.write();
  turn({event(1'099, Cancelled{}), removed(1'099)});
  checkpoint.write();
  StartedAgain after(Limits{}, storage.crashed(0));
  REQUIRE(after.engine.digest() == state.digest());
}

TEST_CASE_METHOD(HandMade, "the youngest attempts and lines are kept, and go with their job") {
  const std::uint32_t attempts = GENERATE(1u, 31u, 32u, 33u, 70u);
  const std::uint32_t lines = GENERATE(0u, 1u, 999u, 1000u, 1001u, 2500u);
  const bool is_written_often = GENERATE(false, true);
  CAPTURE(attempts, lines, is_written_often);
  turn({submitted("a"), submitted("other")});
  turn({accepted(2), event(2, Logged{1, 1, 1, LogLevel::kDebug, "stays"}),
        event(2, Released{"stays", now, {}})});
  std::uint32_t line = 0;
  for (std::uint32_t attempt = 1; attempt <= attempts; ++attempt) {
    std::vector<Entry> entries = {accepted(1)};
    while (line < lines * attempt / attempts) {
      ++line;
      entries.push_back(
          event(1, Logged{line, attempt, 0, LogLevel::kWarning, "line " + std::to_string(line)}));
    }
    entries.push_back(event(1, Released{"why " + std::to_string(attempt), now, {}}));
    turn(std::move(entries));
    if (is_written_often && attempt % 3 == 0) {
      checkpoint.write();
    }
  }
  REQUIRE(told.of({0, 1}).lines.size() == lines);
  REQUIRE(checkpoint.texts().attempts({0, 1}).size() == std::min(attempts, kAttemptsKept));
  REQUIRE(checkpoint.texts().log({0, 1}, 0, UINT32_MAX).size() == std::min(lines, kLogLinesKept));
  REQUIRE(checkpoint.texts().log({0, 1}, lines, lines + 1).empty());
  require_all_survives();
  turn({event(1, Cancelled{})});
  turn({removed(1)});
  checkpoint.write();
  REQUIRE(count_records(storage, "j") == 1);
  REQUIRE(count_records(storage, "r") == 1);
  REQUIRE(count_records(storage, "h") == 1);
  REQUIRE(count_records(storage, "l") == 1);
  REQUIRE(checkpoint.texts().attempts({0, 2}).at(0).error.message == "stays");
  require_all_survives();
}

TEST_CASE_METHOD(HandMade, "what is noted of a job that is removed is not written") {
  turn({submitted("a")});
  turn({accepted(1), event(1, Logged{1, 1, 0, LogLevel::kInfo, "x"}),
        event(1, Released{"why", now, {}}), event(1, Cancelled{})});
  turn({removed(1)});
  checkpoint.write();
  REQUIRE(last_writes("jrhl") == std::vector<std::string>{"-j", "-r", "-h", "-l"});
}

TEST_CASE_METHOD(HandMade, "to remove a job without history deletes its own records only") {
  turn({submitted("a")});
  turn({event(1, Cancelled{})});
  checkpoint.write();
  turn({removed(1)});
  checkpoint.write();
  REQUIRE(last_writes("jrhl") == std::vector<std::string>{"-j", "-r"});
  REQUIRE(last_writes("cfdw").empty());
}

TEST_CASE_METHOD(HandMade, "only what was decided about a datasource has a record") {
  turn({submitted("a")});
  checkpoint.write();
  REQUIRE(count_records(storage, "d") == 0);
  DatasourceConfig config;
  config.weights = {{"alice", 3}};
  turn({{.job = {0, 0}, .change = Configured{config}}});
  turn({{.job = {0, 0}, .change = ModeSet{Mode::kDraining}}});
  checkpoint.write();
  REQUIRE(decode_record<DatasourceState>(*storage.read_checkpoint(datasource_key(0))) ==
          DatasourceState{config, Mode::kDraining});
  require_all_survives();
  turn({{.job = {0, 0}, .change = ModeSet{Mode::kRunning}},
        {.job = {0, 0}, .change = Configured{}}});
  checkpoint.write();
  REQUIRE(count_records(storage, "d") == 0);
  require_all_survives();
}

TEST_CASE_METHOD(HandMade, "a function that many jobs change is written once") {
  turn({submitted("a"), submitted("b"), submitted("c", "other"), submitted("d")});
  turn({accepted(1), accepted(2), accepted(3)});
  checkpoint.write();
  REQUIRE(last_writes("f") == std::vector<std::string>{"+f", "+f"});
  const Counters counters =
      decode_record<Counters>(*storage.read_checkpoint(function_key(0, "copy")));
  REQUIRE(counters.submitted == 3);
  REQUIRE(counters.runs == 2);
}

}  // namespace store
