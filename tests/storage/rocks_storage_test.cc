#include "rocks_storage.h"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "../temporary_directory.h"

namespace store {
namespace {

std::vector<std::pair<TurnNumber, std::string>> journal_of(const Storage& storage,
                                                           TurnNumber after = 0) {
  std::vector<std::pair<TurnNumber, std::string>> turns;
  storage.read_journal(
      after, [&](TurnNumber turn, std::string_view record) { turns.emplace_back(turn, record); });
  return turns;
}
const RocksOptions kNew{.create = true};

CheckpointBatch put(TurnNumber turn, const std::string& key, const std::string& value) {
  return {turn, {{key, value}}};
}

}  // namespace

TEST_CASE("each commit syncs the log once, those of the checkpoint never do") {
  const TemporaryDirectory directory;
  RocksStorage storage(directory.path() / "db", kNew);
  const auto before = storage.counters().syncs;
  storage.commit(1, "one");
  REQUIRE(storage.counters().syncs == before + 1);
  storage.write_checkpoint(put(1, "ja", "x"));
  REQUIRE(storage.counters().syncs == before + 1);
  storage.commit(2, "two");
  REQUIRE(storage.counters().syncs == before + 2);
}

TEST_CASE("committed turns are there after a reopening, in order") {
  const TemporaryDirectory directory;
  {
    RocksStorage storage(directory.path() / "db", kNew);
    REQUIRE(storage.last_turn() == 0);
    for (TurnNumber turn = 1; turn <= 300; ++turn) {
      storage.commit(turn, "record " + std::to_string(turn));
    }
  }
  RocksStorage storage(directory.path() / "db", kNew);
  REQUIRE(storage.first_turn() == 1);
  REQUIRE(storage.last_turn() == 300);
  const auto turns = journal_of(storage, 298);
  REQUIRE(turns.size() == 2);
  REQUIRE(turns[0] == std::pair<TurnNumber, std::string>(299, "record 299"));
}

TEST_CASE("a checkpoint is lost with a crash until it is flushed") {
  const TemporaryDirectory directory;
  const TemporaryDirectory copy;
  RocksStorage storage(directory.path() / "db", kNew);
  storage.commit(1, "one");
  storage.write_checkpoint(put(1, "ja", "x"));
  storage.flush_checkpoint(true);
  REQUIRE(storage.checkpoint_on_disk() == 1);
  storage.commit(2, "two");
  storage.write_checkpoint(put(2, "jb", "y"));
  REQUIRE(storage.checkpoint_turn() == 2);
  REQUIRE(storage.checkpoint_on_disk() == 1);
  REQUIRE(storage.read_checkpoint("jb") == "y");

  // What lies on disk at this moment is what a crash leaves.
  std::filesystem::copy(directory.path(), copy.path(), std::filesystem::copy_options::recursive);
  const RocksStorage survivor(copy.path() / "db", kNew);
  REQUIRE(survivor.checkpoint_turn() == 1);
  REQUIRE(survivor.read_checkpoint("ja") == "x");
  REQUIRE_FALSE(survivor.read_checkpoint("jb"));
  REQUIRE(survivor.last_turn() == 2);
}

TEST_CASE("a trimmed journal begins later and keeps its last turn") {
  const TemporaryDirectory directory;
  {
    RocksStorage storage(directory.path() / "db", kNew);
    for (TurnNumber turn = 1; turn <= 10; ++turn) {
      storage.commit(turn, "x");
    }
    storage.write_checkpoint(put(10, "ja", "x"));
    storage.flush_checkpoint(true);
    storage.trim_journal(6);
    REQUIRE(storage.first_turn() == 6);
    REQUIRE(journal_of(storage).size() == 5);
    storage.trim_journal(11);
  }
  RocksStorage storage(directory.path() / "db", kNew);
  REQUIRE(storage.first_turn() <= 10);
  REQUIRE(storage.last_turn() == 10);
  storage.commit(11, "x");
}

TEST_CASE("what is trimmed leaves the disk, whatever the steps") {
  const TemporaryDirectory directory;
  RocksStorage storage(directory.path() / "db", kNew);
  const std::string record(1u << 20, 'x');
  constexpr TurnNumber kTurns = 160;
  for (TurnNumber turn = 1; turn <= kTurns; ++turn) {
    storage.commit(turn, record);
    if (turn % 30 == 0) {
      storage.write_checkpoint(put(turn, "ja", "x"));
      storage.flush_checkpoint(true);
      storage.trim_journal(turn - 7);
    }
  }
  storage.write_checkpoint(put(kTurns, "ja", "x"));
  storage.flush_checkpoint(true);
  // Files sink in the background before they can be deleted.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  std::uintmax_t allocated = UINTMAX_MAX;
  while (allocated > 80u << 20 && std::chrono::steady_clock::now() < until) {
    storage.trim_journal(kTurns);
    allocated = 0;
    for (const auto& file : std::filesystem::directory_iterator(directory.path() / "db")) {
      struct stat info {};
      allocated += ::stat(file.path().c_str(), &info) == 0
                       ? 512u * static_cast<std::uintmax_t>(info.st_blocks)
                       : 0;
    }
    std::this_thread::yield();
  }
  CHECK(allocated <= 80u << 20);
}

TEST_CASE("restarts do not pile up files") {
  const TemporaryDirectory directory;
  constexpr TurnNumber kStarts = 64;
  std::ptrdiff_t files_max = 0;
  for (TurnNumber turn = 1; turn <= kStarts; ++turn) {
    RocksStorage storage(directory.path() / "db", kNew);
    storage.commit(turn, "record " + std::to_string(turn));
    storage.write_checkpoint(put(turn, "j" + std::to_string(turn), "x"));
    if (turn % 2 == 0) {
      storage.flush_checkpoint(true);
    }
    files_max = std::max(files_max,
                         std::distance(std::filesystem::directory_iterator(directory.path() / "db"),
                                       std::filesystem::directory_iterator()));
  }
  CHECK(files_max <= 40);
  const RocksStorage storage(directory.path() / "db", kNew);
  const auto turns = journal_of(storage);
  REQUIRE(turns.size() == kStarts);
  CHECK(turns.front() == std::pair<TurnNumber, std::string>(1, "record 1"));
  CHECK(turns.back().first == kStarts);
  std::size_t records = 0;
  storage.scan_checkpoint("j", [&](auto, auto) { ++records; });
  CHECK(records == kStarts);
}

TEST_CASE("ranges are deleted between keys of all kinds, in any order") {
  const TemporaryDirectory directory;
  RocksStorage storage(directory.path() / "db", kNew);
  std::string expected;
  for (TurnNumber turn = 1; turn <= 50; ++turn) {
    const std::string number = std::to_string(100 + turn);
    CheckpointBatch batch{.turn = turn, .writes = {}};
    for (const char* kind : {"j0000", "v0000", "e0000", "r0000"}) {
      batch.writes.push_back({kind + number, "x"});
      batch.writes.push_back({kind + number + "a", "x"});
    }
    for (const char* kind : {"v0000", "e0000"}) {
      batch.deleted.push_back({kind, kind + number});
    }
    storage.write_checkpoint(batch);
    expected += "j0000" + number + " j0000" + number + "a ";
  }
  std::string seen;
  storage.scan_checkpoint("j", [&](auto key, auto) { seen.append(key).append(" "); });
  CHECK(seen == expected);
  seen.clear();
  storage.scan_checkpoint("v", [&](auto key, auto) { seen.append(key).append(" "); });
  CHECK(seen == "v0000150 v0000150a ");
}

TEST_CASE("a scan sees the keys of its prefix in order") {
  const TemporaryDirectory directory;
  RocksStorage storage(directory.path() / "db", kNew);
  storage.write_checkpoint({1, {{"jb", "2"}, {"ja", "1"}, {"i", "0"}, {"k", "3"}}});
  storage.write_checkpoint({2, {{"jb", std::nullopt}, {"jc", "4"}}});
  std::string seen;
  storage.scan_checkpoint("j", [&](std::string_view key, std::string_view value) {
    seen.append(key).append("=").append(value).append(" ");
  });
  REQUIRE(seen == "ja=1 jc=4 ");
}

TEST_CASE("a walk goes from a key on, within its prefix, as long as it is wanted") {
  const TemporaryDirectory directory;
  RocksStorage storage(directory.path() / "db", kNew);
  storage.write_checkpoint({1, {{"va", "1"}, {"vb", "2"}, {"vd", "3"}, {"ve", "4"}, {"w", "5"}}});
  const auto walk = [&](std::string_view prefix, std::string_view from, int most) {
    std::string seen;
    storage.walk_checkpoint(prefix, from, [&](std::string_view key, std::string_view value) {
      seen.append(key).append("=").append(value).append(" ");
      return --most > 0;
    });
    return seen;
  };
  CHECK(walk("v", "v", 9) == "va=1 vb=2 vd=3 ve=4 ");
  CHECK(walk("v", "vb", 9) == "vb=2 vd=3 ve=4 ");
  CHECK(walk("v", "vc", 9) == "vd=3 ve=4 ");
  CHECK(walk("v", "vc", 1) == "vd=3 ");
  CHECK(walk("v", "vz", 9).empty());
  CHECK(walk("u", "u", 9).empty());
}

TEST_CASE("a range of keys is deleted before the batch's writes, and stays deleted") {
  const TemporaryDirectory directory;
  const auto keys = [](const Storage& storage) {
    std::string seen;
    storage.scan_checkpoint("v", [&](std::string_view key, std::string_view) { seen += key; });
    return seen;
  };
  {
    RocksStorage storage(directory.path() / "db", kNew);
    storage.write_checkpoint(
        {1, {{"va", "1"}, {"vb", "2"}, {"vc", "3"}, {"vd", "4"}, {"vf", "5"}}});
    storage.flush_checkpoint(true);
    CheckpointBatch batch{.turn = 2, .writes = {{"vb", "new"}, {"ve", "6"}}};
    batch.deleted = {{"va", "vc"}, {"vd", "ve"}};
    storage.commit(1, "one");
    storage.commit(2, "two");
    storage.write_checkpoint(batch);
    CHECK(keys(storage) == "vbvcvevf");
    CHECK_FALSE(storage.read_checkpoint("va"));
    CHECK(storage.read_checkpoint("vb") == "new");
    CHECK(storage.read_checkpoint("vc") == "3");
    CHECK_FALSE(storage.read_checkpoint("vd"));
    storage.flush_checkpoint(true);
  }
  const RocksStorage storage(directory.path() / "db", kNew);
  CHECK(keys(storage) == "vbvcvevf");
  CHECK(storage.read_checkpoint("vb") == "new");
}

TEST_CASE("a directory that cannot be used is an error that names it") {
  REQUIRE_THROWS_AS(RocksStorage("/proc/nowhere", kNew), StorageError);
}

}  // namespace store
