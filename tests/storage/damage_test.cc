// Directories that lack something, or have something else: a start says so, names it and leaves
// them as they are. What is acknowledged never disappears in silence.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "../temporary_directory.h"
#include "rocks_storage.h"

namespace store {
namespace {

namespace fs = std::filesystem;

constexpr TurnNumber kTurns = 60;
constexpr TurnNumber kFlushed = 25;

std::string content_of(const fs::path& file) {
  std::string content(fs::file_size(file), '\0');
  std::ifstream(file, std::ios::binary)
      .read(content.data(), static_cast<std::streamsize>(content.size()));
  return content;
}
void write(const fs::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

// Without the room behind a log's end.
void cut_logs(const fs::path& database) {
  for (const auto& entry : fs::directory_iterator(database)) {
    if (entry.path().extension() == ".log") {
      fs::resize_file(entry, content_of(entry).find_last_not_of('\0') + 1);
    }
  }
}

// What a kill leaves of a store with turns before and after what its checkpoint has on disk.
class Killed {
 public:
  Killed() : Killed("record ") {}
  explicit Killed(const std::string& records) {
    const TemporaryDirectory living;
    RocksStorage storage(living.path() / "db", {.create = true});
    store_ = storage.store();
    for (TurnNumber turn = 1; turn <= kTurns; ++turn) {
      storage.commit(turn, records + std::to_string(turn) + std::string(100, 'x'));
      storage.write_checkpoint({turn, {{"ja" + std::to_string(turn), "job"}, {"m", "marker"}}});
      if (turn == kFlushed) {
        storage.flush_checkpoint(true);
      }
    }
    fs::copy(living.path(), scratch_.path(), fs::copy_options::recursive);
    cut_logs(database());
  }

  fs::path database() const { return scratch_.path() / "db"; }
  fs::path mark() const { return scratch_.path() / "db.mark"; }
  const std::string& store() const { return store_; }
  fs::path newest(const std::string& extension) const {
    fs::path newest;
    for (const auto& entry : fs::directory_iterator(database())) {
      if (entry.path().extension() == extension && entry.file_size() > 0) {
        newest = std::max(newest, entry.path());
      }
    }
    return newest;
  }
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(scratch_.path())) {
      files[entry.path()] = entry.is_regular_file() ? content_of(entry.path()) : "";
    }
    return files;
  }
  void restore(const std::map<std::string, std::string>& files) const {
    fs::remove_all(database());
    fs::create_directory(database());
    for (const auto& [path, content] : files) {
      if (path != database()) {
        write(path, content);
      }
    }
  }

  // Why a start does not go on; empty if it does, with everything. A refusal changes nothing.
  std::string refusal(RocksOptions options = {}) const {
    const auto before = files();
    try {
      const RocksStorage storage(database(), options);
      CHECK(storage.last_turn() == kTurns);
      TurnNumber turns = storage.checkpoint_turn();
      storage.read_journal(turns,
                           [&](TurnNumber turn, std::string_view) { CHECK(turn == ++turns); });
      CHECK(turns == kTurns);
      return {};
    } catch (const StorageError& error) {
      CHECK((files() == before));
      return error.what();
    }
  }
  // With --accept-loss: the last turn that is there. Afterwards it is a store like any other.
  TurnNumber accept() const {
    TurnNumber last = 0;
    {
      RocksStorage storage(database(), {.accept_loss = true});
      last = storage.last_turn();
      storage.commit(last + 1, "after the loss");
      storage.write_checkpoint({last + 1, {{"jb", "job"}}});
    }
    const RocksStorage again(database(), {});
    CHECK(again.last_turn() == last + 1);
    return last;
  }

 private:
  TemporaryDirectory scratch_;
  std::string store_;
};

}  // namespace

TEST_CASE("a start finds everything that a kill has left") {
  const Killed killed;
  CHECK(killed.refusal().empty());
  CHECK(killed.refusal({.store = killed.store()}).empty());
}

TEST_CASE("a turn that was being written when power went is as if it had never been") {
  const TemporaryDirectory living;
  RocksStorage storage(living.path() / "db", {.create = true});
  storage.commit(1, "one");
  storage.commit(2, "two");
  const std::string mark = content_of(living.path() / "db.mark");
  storage.commit(3, std::string(100'000, 'y'));
  const auto spoil_and_start = [&](std::size_t kept, const std::string& its_mark) {
    const TemporaryDirectory scratch;
    fs::copy(living.path(), scratch.path(), fs::copy_options::recursive);
    write(scratch.path() / "db.mark", its_mark);
    for (const auto& entry : fs::directory_iterator(scratch.path() / "db")) {
      std::string content = content_of(entry);
      const std::size_t begin = content.find("yyyy");
      if (entry.path().extension() == ".log" && begin != std::string::npos) {
        REQUIRE(content.size() > 1'000'000);  // there is room behind the end
        std::fill(content.begin() + static_cast<std::ptrdiff_t>(begin + kept), content.end(), '\0');
        write(entry, content);
      }
    }
    TurnNumber last = 0;
    {
      RocksStorage spoilt(scratch.path() / "db", {});
      last = spoilt.last_turn();
      spoilt.commit(last + 1, "again");
    }
    CHECK(RocksStorage(scratch.path() / "db", {}).last_turn() == last + 1);
    return last;
  };
  for (const std::size_t kept : {0u, 1u, 10'000u, 50'000u, 99'000u}) {
    CAPTURE(kept);
    CHECK(spoil_and_start(kept, mark) == 2);
    // The same of a turn that was acknowledged.
    CHECK_THROWS_AS(spoil_and_start(kept, content_of(living.path() / "db.mark")), StorageError);
  }
  CHECK(spoil_and_start(200'000, mark) == 3);
}

TEST_CASE("a log whose end is gone is refused with both numbers, and may be accepted") {
  const auto halve = [](const fs::path& log) { fs::resize_file(log, fs::file_size(log) / 2); };
  const auto empty = [](const fs::path& log) { fs::resize_file(log, 0); };
  const auto remove = [](const fs::path& log) { fs::remove(log); };
  const auto clip = [](const fs::path& log) { fs::resize_file(log, fs::file_size(log) - 1); };
  for (const std::function<void(const fs::path&)>& spoil :
       std::vector<std::function<void(const fs::path&)>>{halve, empty, remove, clip}) {
    const Killed killed;
    spoil(killed.newest(".log"));
    const std::string refusal = killed.refusal();
    CHECK_THAT(refusal, Catch::Contains("turn 60") && Catch::Contains("--accept-loss"));
    CHECK_THAT(refusal, Catch::Contains("ends at turn "));
    CHECK(killed.accept() < kTurns);
  }
}

TEST_CASE("no changed bit of a log makes turns disappear in silence") {
  const Killed killed;
  const auto before = killed.files();
  const fs::path log = killed.newest(".log");
  const std::string content = content_of(log);
  for (std::size_t i = 0; i < content.size(); i += 97) {
    INFO("byte " << i << " of " << content.size());
    std::string changed = content;
    changed[i] = static_cast<char>(changed[i] ^ (1 << i % 8));
    write(log, changed);
    CHECK_THAT(killed.refusal(), Catch::Contains(killed.database()));
    killed.restore(before);
  }
}

TEST_CASE("each file that is lost, emptied or cut is named, or everything is there without it") {
  const Killed killed;
  const auto before = killed.files();
  int refused = 0;
  for (const auto& [path, content] : before) {
    const std::string name = fs::path(path).filename();
    for (const std::size_t left : {std::string::npos, std::size_t{0}, content.size() / 2}) {
      if (path == killed.database() || (left == 0 && content.empty())) {
        continue;
      }
      INFO(name << " with " << left << " of " << content.size() << " bytes");
      if (left == std::string::npos) {
        fs::remove(path);
      } else {
        write(path, content.substr(0, left));
      }
      if (const std::string refusal = killed.refusal(); !refusal.empty()) {
        ++refused;
        INFO(refusal);
        const bool is_of_log = refusal.find("the journal") != std::string::npos;
        CHECK((is_of_log || refusal.find(name) != std::string::npos));
      }
      killed.restore(before);
    }
  }
  CHECK(refused >= 10);
}

TEST_CASE("a changed byte of a file that a start reads is told with the file's name") {
  const Killed killed;
  const auto before = killed.files();
  for (const std::string extension : {".sst", ""}) {
    const fs::path file =
        extension.empty()
            ? killed.database() / content_of(killed.database() / "CURRENT").substr(0, 15)
            : killed.newest(extension);
    const std::string content = content_of(file);
    REQUIRE_FALSE(content.empty());
    for (std::size_t i = 0; i < content.size(); i += 31) {
      INFO(file << ", byte " << i << " of " << content.size());
      std::string changed = content;
      changed[i] = static_cast<char>(~changed[i]);
      write(file, changed);
      if (const std::string refusal = killed.refusal(); !refusal.empty()) {
        INFO(refusal);
        const bool is_of_log = refusal.find("the journal") != std::string::npos;
        CHECK((is_of_log || refusal.find(file.filename()) != std::string::npos));
      }
      killed.restore(before);
    }
  }
}

TEST_CASE("a database, a log or a mark of another store is refused") {
  const Killed one;
  const Killed other("other record ");
  CHECK_THAT(one.refusal({.store = other.store()}),
             Catch::Contains(one.store()) && Catch::Contains(other.store()));
  const auto before = one.files();
  write(one.mark(), content_of(other.mark()));
  CHECK_THAT(one.refusal(),
             Catch::Contains("is not what was written") && Catch::Contains(one.mark()));
  one.restore(before);
  write(one.newest(".log"), content_of(other.newest(".log")));
  CHECK_FALSE(one.refusal().empty());
}

TEST_CASE("no database is made where one should be") {
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(RocksStorage(directory.path() / "db", {}), StorageError);
  CHECK_FALSE(fs::exists(directory.path() / "db"));
  const Killed killed;
  fs::remove_all(killed.database());
  CHECK_THROWS_AS(RocksStorage(killed.database(), {}), StorageError);
  fs::create_directory(killed.database());
  CHECK_THAT(killed.refusal({.create = true}), Catch::Contains("CURRENT"));
}

TEST_CASE("a database from before there were marks is taken as it is") {
  const Killed killed;
  fs::remove(killed.mark());
  CHECK_THAT(killed.refusal(), Catch::Contains(killed.mark()));
  CHECK(killed.refusal({.adopt = true}).empty());
  CHECK(killed.refusal().empty());
}

}  // namespace store
