// What verify() finds. That it finds nothing in what stores leave, however they end, is tested in
// tests/sim/ends_test.cc.
#include "verify.h"

#include "store_fixture.h"

namespace store {
namespace {

// A store that has records of each kind, in the checkpoint and in turns behind it.
class Kept : public StoreFixture {
 public:
  Kept() {
    run(Configure{"scan", DatasourceConfig{.description = "scans"}});
    for (const char* const job : {"a", "b", "c", "d"}) {
      run(submit_command({.job = job, .function = "ocr"}));
    }
    checkpoint.write();
    run(Accept{
        .datasource = "scan", .worker = "w1", .request_number = 1, .max = 2, .functions = {}});
    say(lease_of("a"), Retry{.error = {"code", "message", {}}});
    say(lease_of("b"), Log{{{LogLevel::kInfo, "line"}}});
    say(lease_of("b"), Completed{"response"});
    checkpoint.write();
    kept = storage;
    run(submit_command({.job = "e", .function = "ocr"}));
  }

  FaultyStorage kept;

  std::string problem(FaultyStorage broken) const {
    try {
      verify(broken, [](const std::string&) {});
      return {};
    } catch (const StorageError& error) {
      return error.what();
    }
  }
  std::string problem_with(std::string key, std::optional<std::string> value) const {
    FaultyStorage broken = kept;
    broken.write_checkpoint({broken.checkpoint_turn(), {{std::move(key), std::move(value)}}});
    return problem(std::move(broken));
  }
};

}  // namespace

TEST_CASE_METHOD(Kept, "what fits together is told") {
  std::vector<std::string> told;
  verify(storage, [&](const std::string& line) { told.push_back(line); });
  REQUIRE(told.size() == 4);
  CHECK_THAT(told[0], Catch::Contains("1 datasources, 3 live and 1 finished jobs"));
  CHECK_THAT(told[1], Catch::StartsWith("events      9"));
  CHECK_THAT(told[2], Catch::Contains("from the first on they give the checkpoint"));
  CHECK_THAT(told[3], Catch::Contains("4 live and 1 finished jobs"));
}

TEST_CASE_METHOD(Kept, "each record that is lost, or is none, is noticed") {
  std::map<char, std::size_t> kinds;
  kept.scan_checkpoint("", [&](std::string_view key, std::string_view) {
    CAPTURE(std::string(key));
    ++kinds[key.front()];
    if (key.front() != 'b' && key.front() != 'g') {  // where nothing was counted there are none
      CHECK(problem_with(std::string(key), std::nullopt) != "");
    }
    const std::string damage = problem_with(std::string(key), "this is no record");
    CHECK(damage != "");
    if (key.size() > 1) {
      CHECK_THAT(damage, Catch::Contains("record " + std::string(1, key.front())));
    }
  });
  for (const char kind : {'c', 'd', 'e', 'f', 'h', 'j', 'l', 'm', 'r', 'v', 'w'}) {
    CAPTURE(kind);
    CHECK(kinds[kind] > 0);
  }
}

TEST_CASE_METHOD(Kept, "records that belong to nothing are noticed") {
  const JobKey nobody{0, 5000};
  const Attempt attempt{.attempt = 1, .worker = "w1", .error = {}};
  for (const auto& [key, value] : std::map<std::string, std::string>{
           {"x", "what is this"},
           {payload_key(nobody), encode_record(Payload{"request", {}})},
           {attempt_key(nobody, 1), encode_record(attempt)},
           {attempt_key(key_of("a"), 7), encode_record(attempt)},
           {rotation_key(0, "nobody"), encode_record(std::vector<Rotation>{{1, 1, 0}})},
           {function_key(9, "ocr"), encode_record(Counters{})}}) {
    CAPTURE(key);
    CHECK_THAT(problem_with(key, value), Catch::Contains("record " + key.substr(0, 1)));
  }
}

TEST_CASE_METHOD(Kept, "counters that do not equal a recount are noticed") {
  auto counters = decode_record<Counters>(*kept.read_checkpoint(function_key(0, "ocr")));
  ++counters.submitted;
  CHECK_THAT(problem_with(function_key(0, "ocr"), encode_record(counters)),
             Catch::Contains("record f of datasource 0, ocr: 5 jobs were submitted, but 1 ended"));
}

TEST_CASE_METHOD(Kept, "turns that lack, or do not follow each other, are named") {
  FaultyStorage gap;
  FaultyStorage forged;
  FaultyStorage strange;
  storage.read_journal(0, [&](TurnNumber turn, std::string_view record) {
    if (turn != 4) {
      gap.commit(turn, record);
    }
    forged.commit(turn, turn == 4 ? "this is no record" : record);
    strange.commit(turn, record);
  });
  CHECK_THAT(problem(gap), Catch::Contains("turn 4"));
  CHECK_THAT(problem(forged), Catch::Contains("turn 4: damaged"));
  strange.commit(storage.last_turn() + 1, encode_turn(now, {Entry{99, {0, 1}, LeaseLost{}}}));
  CHECK_THAT(problem(strange), Catch::Contains("event 99 of datasource 0 after event"));
}

// Without its first turns, a journal cannot be folded; what it has in common with the checkpoint
// is compared.
TEST_CASE_METHOD(Kept, "a checkpoint that tells another story than a trimmed journal is noticed") {
  kept.flush_checkpoint(true);
  kept.trim_journal(3);
  CHECK(problem(kept) == "");
  REQUIRE(kept.batches().size() == 2);
  // The job's record as it was when it was submitted.
  const CheckpointBatch& first = kept.batches().front();
  for (const CheckpointBatch::Write& write : first.writes) {
    if (write.key == job_key(key_of("b"))) {
      FaultyStorage broken = kept;
      broken.write_checkpoint({kept.checkpoint_turn(), {write}});
      CHECK(problem(broken) != "");
    }
  }
  for (const char* const job : {"a", "c", "d"}) {
    CAPTURE(job);
    FaultyStorage broken = kept;
    broken.write_checkpoint({kept.checkpoint_turn(), {{job_key(key_of(job)), std::nullopt}}});
    CHECK(problem(broken) != "");
  }
}

}  // namespace store
