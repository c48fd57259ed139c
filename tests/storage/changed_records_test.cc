// Records that can be read and say something else than what was written: a start or verify()
// refuses them, or takes them, but never ends by a broken INVARIANT.
#include "changed_records.h"

#include <rocksdb/db.h>

#include <filesystem>
#include <set>

#include "../temporary_directory.h"
#include "record.capnp.h"
#include "recovery.h"
#include "rocks_database.h"
#include "rocks_storage.h"
#include "sha256.h"
#include "store_fixture.h"
#include "verify.h"

namespace store {
namespace {

// A store that has records of each kind and changes of most, in the checkpoint and in turns behind.
class Lived : public StoreFixture {
 public:
  Lived() {
    run(Configure{"scan", DatasourceConfig{.description = "scans", .weights = {{"alice", 2}}}});
    token = "k1.t";
    for (const char* const job : {"a", "b", "c", "d"}) {
      run(submit_command({.job = job,
                          .function = "ocr",
                          .tags = {"red"},
                          .turn_key = std::string("of ") + job,
                          .unique = job,
                          .group = "of all",
                          .allowance = {.rates = {{100, RateSpan::kDay}}}}));
    }
    run(submit_command({.job = "late", .delay = 1h}));
    run(PutSchedule{.datasource = "scan",
                    .name = "nightly",
                    .schedule = {.cron = "0 3 * * *", .job = {.request = "{}", .client = "alice"}},
                    .allowance = {.rates = {{100, RateSpan::kDay}}}});
    run(PutFunction{"scan",
                    {.name = "ocr",
                     .version = "1",
                     .tags = {"text"},
                     .terms = {.keep_failed_for = 1h},
                     .calls = {{"GET", "/photos/*"}},
                     .indexed = {{"page", "/page", true}}}});
    run(PutFunction{"scan", {.name = "gone"}});
    run(RemoveFunction{"scan", "gone"});
    run(ChangeState{"scan", {.function = "ocr", .changes = {{.name = "page", .value = "7"}}}});
    run(AddCode{"scan", jobq::sha256("def main(): pass"), "python3", "def main(): pass"});
    run(submit_command(
        {.job = "code", .code = jobq::sha256("def main(): pass"), .method = "main"}));
    token.clear();
    run(RevokeToken{"k1.other", {}});
    accept(1, 3);
    say(lease_of("a"), Retry{.error = {"code", "message", {}}});
    say(lease_of("b"), Log{{{LogLevel::kInfo, "line"}}});
    run(Cancel{"scan", "c", {}});
    checkpoint.write();
    kept = storage;
    say(lease_of("b"), Completed{"response"});
    say(lease_of("c"), jobq::Release{.delay = {}, .message = "later"});
    run(submit_command({.job = "e", .client = "bob"}));
    accept(2, 1);
    run(Restart{"scan", "b", {}});
    pass(1h);
    kept_turns = storage;
  }

  void accept(std::uint64_t number, std::uint32_t max) {
    run(Accept{.datasource = "scan",
               .worker = "w1",
               .request_number = number,
               .max = max,
               .functions = {}});
  }

  FaultyStorage kept;        // as it is with a checkpoint that has all
  FaultyStorage kept_turns;  // and with turns behind it

  // Whether a start, or verify(), refuses.
  static bool is_refused(const FaultyStorage& broken, bool verifies) {
    try {
      if (verifies) {
        FaultyStorage looked = broken;
        verify(looked, [](const std::string&) {});
      } else {
        const Limits limits;
        const StartedAgain after(limits, broken);
      }
      return false;
    } catch (const StorageError& refusal) {
      CHECK(std::string(refusal.what()) != "");
      return true;
    }
  }
};

// Calls visit(what, key, record) for each change of each record of the checkpoint.
template <typename Visit>
void each_changed_record(const Storage& storage, const Visit& visit) {
  storage.scan_checkpoint("", [&](std::string_view key, std::string_view record) {
    const auto change = [&](const std::string& what, const std::string& changed) {
      visit(std::string(1, key.front()) + what, std::string(key), changed);
    };
    switch (key.front()) {
      case 'm': return each_change<record::Marker>(record, change);
      case 'd': return each_change<record::DatasourceState>(record, change);
      case 'f': return each_change<record::FunctionCounters>(record, change);
      case 'c': return each_change<record::Rotation>(record, change);
      case 'j': return each_change<record::Job>(record, change);
      case 'r': return each_change<record::Payload>(record, change);
      case 'h': return each_change<record::Attempt>(record, change);
      case 'l': return each_change<record::LogLine>(record, change);
      case 'k': return each_change<record::FunctionValues>(record, change);
      case 'n': return each_change<record::Function>(record, change);
      case 'p': return each_change<record::Code>(record, change);
      case 's': return each_change<record::Schedule>(record, change);
      case 'w': return each_change<record::Worker>(record, change);
      case 't': return each_change<record::TokenUse>(record, change);
      case 'v': return each_change<record::EventPage>(record, change);
      case 'e': return each_change<record::EventIndex>(record, change);
      default: break;
    }
  });
}

class Watched : public FaultyStorage {
 public:
  explicit Watched(const FaultyStorage& storage) : FaultyStorage(storage) {}
  mutable std::set<std::string> kinds = {};

  std::optional<std::string> read_checkpoint(std::string_view key) const override {
    kinds.emplace(key);
    return FaultyStorage::read_checkpoint(key);
  }
  void scan_checkpoint(
      std::string_view prefix,
      const std::function<void(std::string_view, std::string_view)>& visit) const override {
    kinds.emplace(prefix);
    FaultyStorage::scan_checkpoint(prefix, visit);
  }
};

TEST_CASE_METHOD(Lived, "the kinds of records that a start reads are those that are looked at") {
  const Watched watched(kept);
  State state(1);
  restore_checkpoint(watched, state);
  CHECK(watched.kinds == std::set<std::string>(std::begin(kKindsOfStart), std::end(kKindsOfStart)));
}

// On disk, as the server's storage keeps it.
class OnDisk : public Lived {
 public:
  const TemporaryDirectory directory;
  const std::string path = directory.path() / "db";

  void make(RocksStorage& disk) const {
    CheckpointBatch batch{kept.last_turn(), {}};
    kept.read_journal(0,
                      [&](TurnNumber turn, std::string_view record) { disk.commit(turn, record); });
    kept.scan_checkpoint("", [&](std::string_view key, std::string_view record) {
      batch.writes.push_back({std::string(key), std::string(record)});
    });
    disk.write_checkpoint(batch);
  }

  static std::set<std::string> names_in(const std::string& path) {
    std::set<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(path)) {
      names.insert(file.path().filename());
    }
    return names;
  }

  // Behind the store's back.
  static std::string raw(const RocksStorage& disk, const std::string& key) {
    std::string value;
    REQUIRE(disk.database().db().Get({}, disk.database().checkpoint(), key, &value).ok());
    return value;
  }
  static void write(const RocksStorage& disk, const std::string& key,
                    const std::optional<std::string>& value) {
    rocksdb::WriteOptions unlogged;
    unlogged.disableWAL = true;
    auto& database = disk.database().db();
    auto* const family = disk.database().checkpoint();
    REQUIRE((value ? database.Put(unlogged, family, key, *value)
                   : database.Delete(unlogged, family, key))
                .ok());
  }
};

}  // namespace

TEST_CASE_METHOD(Lived, "no changed field of a record is a bug at a start") {
  std::map<char, std::size_t> changes;
  std::size_t refused = 0;
  each_changed_record(
      kept, [&](const std::string& what, const std::string& key, const std::string& changed) {
        CAPTURE(what);
        ++changes[key.front()];
        for (const FaultyStorage& sound : {kept, kept_turns}) {
          FaultyStorage broken = sound;
          broken.write_checkpoint({broken.checkpoint_turn(), {{key, changed}}});
          refused += is_refused(broken, false) || is_refused(broken, true) ? 1 : 0;
        }
      });
  CHECK(changes.size() == 16);
  CHECK(refused > 100);
}

TEST_CASE_METHOD(Lived, "no changed field of a turn is a bug at a start") {
  std::size_t refused = 0;
  std::size_t changes = 0;
  kept_turns.read_journal(0, [&](TurnNumber turn, std::string_view record) {
    each_change<record::Turn>(record, [&](const std::string& what, const std::string& changed) {
      CAPTURE(turn, what);
      ++changes;
      FaultyStorage broken = kept;
      FaultyStorage whole;  // all turns, and no checkpoint
      kept_turns.read_journal(0, [&](TurnNumber number, std::string_view other) {
        if (number > kept.last_turn()) {
          broken.commit(number, number == turn ? changed : other);
        }
        whole.commit(number, number == turn ? changed : other);
      });
      refused += is_refused(whole, false) || is_refused(broken, false) ? 1 : 0;
      is_refused(broken, true);
    });
  });
  CHECK(changes > 200);
  CHECK(refused > 50);
}

TEST_CASE_METHOD(OnDisk, "each changed field of a record is told from what was written") {
  RocksStorage disk(path, {.create = true});
  make(disk);
  each_changed_record(
      kept, [&](const std::string& what, const std::string& key, const std::string& changed) {
        CAPTURE(what);
        const std::string whole = raw(disk, key);
        // As an editor would write it; and in place, with the check that was there.
        for (const std::string& written : {changed, changed + whole.substr(whole.size() - 8)}) {
          write(disk, key, written);
          CHECK_THROWS_AS(disk.read_checkpoint(key), StorageError);
          CHECK_THROWS_AS(disk.scan_checkpoint(key, [](auto, auto) {}), StorageError);
        }
        write(disk, key, whole);
        CHECK(disk.read_checkpoint(key));
      });
}

TEST_CASE_METHOD(OnDisk,
                 "a start finds each changed record that it reads before it changes anything") {
  {
    RocksStorage disk(path, {.create = true});
    make(disk);
  }
  for (const std::string_view of_start : kKindsOfStart) {
    const std::string kind(of_start);
    CAPTURE(kind);
    std::string key;
    std::string whole;
    {
      RocksStorage disk(path, {});
      disk.scan_checkpoint(kind, [&](std::string_view found, auto) { key = found; });
      whole = raw(disk, key);
      std::string changed = whole;
      changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
      write(disk, key, changed);
    }
    for (const bool look : {true, false}) {
      CHECK_THROWS_WITH(RocksStorage(path, {.look = look}),
                        Catch::Contains("record " + kind) && Catch::Contains("as it was written"));
    }
    const std::set<std::string> files = names_in(path);
    const auto restore = [](const Storage& found) {
      State state(1);
      restore_checkpoint(found, state);
    };
    CHECK_THROWS_WITH(RocksStorage(path, {.restore = restore}),
                      Catch::Contains("record " + kind) && Catch::Contains("as it was written"));
    CHECK(names_in(path) == files);  // each opening that may write makes some
    const RocksDatabase open(path, {RocksDatabase::Access::kWrite});
    REQUIRE(open.db().Put({}, open.checkpoint(), key, whole).ok());
  }
  const RocksStorage again(path, {});
}

TEST_CASE_METHOD(OnDisk, "a turn that is not as it was written is told, replayed or not") {
  {
    RocksStorage disk(path, {.create = true});
    make(disk);
    REQUIRE(disk.checkpoint_turn() == disk.last_turn());
    std::string key(8, '\0');
    key.back() = 2;
    auto& database = disk.database().db();
    REQUIRE(database.Put({}, disk.database().journal(), key, encode_turn(now, {})).ok());
  }
  const RocksStorage disk(path, {.look = true});
  CHECK_THROWS_WITH(disk.read_journal(0, [](auto, auto) {}),
                    Catch::Contains("turn 2: is not as it was written"));
}

TEST_CASE_METHOD(OnDisk, "a database of an older version has no checks, and needs none") {
  {
    RocksStorage disk(path, {.create = true});
    make(disk);
    kept.scan_checkpoint("", [&](std::string_view found, std::string_view record) {
      write(disk, std::string(found), std::string(record));
    });
    write(disk, "@checks", std::nullopt);
  }
  RocksStorage disk(path, {});
  kept.scan_checkpoint("", [&](std::string_view found, std::string_view record) {
    CHECK(disk.read_checkpoint(found) == record);
  });
  disk.commit(disk.last_turn() + 1, encode_turn(now, {}));
  disk.write_checkpoint({disk.last_turn(), {{"w", "value"}}});
  CHECK(raw(disk, "w") == "value");
}

}  // namespace store
