#include "housekeeping.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <thread>

#include "../temporary_directory.h"
#include "rocks_storage.h"
#include "store_fixture.h"

namespace store {
namespace {

std::uintmax_t bytes_of_tables(const std::filesystem::path& directory) {
  std::uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    std::error_code gone;  // since it was listed
    const std::uintmax_t size = std::filesystem::file_size(file, gone);
    bytes += !gone && file.path().extension() == ".sst" ? size : 0;
  }
  return bytes;
}

}  // namespace

TEST_CASE_METHOD(StoreFixture, "turns are trimmed early when the disk is short of room") {
  for (const char* job : {"a", "b", "c"}) {
    run(submit_command({.job = job}));
  }
  Config config;
  config.data = "/";
  const auto tend = [&](std::uint64_t reserve) {
    config.disk_reserve_mib = reserve;
    Housekeeping housekeeping(config, engine, storage, checkpoint,
                              {.last_turn = last_turn, .last_time = now});
    housekeeping.tend_journal(now);
    return housekeeping.may_write();
  };
  CHECK(tend(0));
  CHECK(storage.first_turn() == 1);
  // Nothing may be written: only what is on disk already is let go of.
  CHECK_FALSE(tend(UINT32_MAX));
  CHECK(storage.first_turn() == 1);
  CHECK(storage.checkpoint_on_disk() == 0);
  CHECK(tend((std::filesystem::space("/").available >> 20) * 3 / 2));
  CHECK(storage.first_turn() == last_turn);
  CHECK(storage.checkpoint_on_disk() == last_turn);
  CHECK(tend(0));
}

TEST_CASE_METHOD(StoreFixture, "room of what is forgotten is given back once a store is quiet") {
  const TemporaryDirectory directory;
  const auto tables = directory.path() / "db";
  RocksStorage rocks(tables, {.create = true});
  const auto write = [&](CheckpointBatch batch) {
    batch.turn = rocks.checkpoint_turn() + 1;
    rocks.write_checkpoint(std::move(batch));
    rocks.flush_checkpoint(true);
  };
  const auto all = [](std::size_t bytes) {
    CheckpointBatch batch;
    for (int i = 0; i < 3000; ++i) {
      std::optional<std::string> value;
      if (bytes > 0) {
        value = std::string(bytes, 'x');
      }
      batch.writes.push_back({"j" + std::to_string(i), std::move(value)});
    }
    return batch;
  };
  Config config;
  config.data = "/";
  config.disk_reserve_mib = 0;
  Housekeeping housekeeping(config, engine, rocks, checkpoint, {.last_turn = 0, .last_time = now});
  // Merging is done in the background.
  const auto has_at_most = [&](std::uintmax_t bytes) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (bytes_of_tables(tables) > bytes && std::chrono::steady_clock::now() < until) {
      std::this_thread::yield();
    }
    return bytes_of_tables(tables) <= bytes;
  };
  constexpr std::size_t kMiB = 1u << 20;
  write(all(4096));
  write(all(4096));
  write({.turn = 0, .writes = {{"k", "alive"}}});
  REQUIRE(bytes_of_tables(tables) > 22 * kMiB);

  const auto merged = rocks.counters().compaction_bytes;
  housekeeping.note_commit(1, 2 * kMiB);
  housekeeping.tend_journal(now);
  CHECK(rocks.counters().compaction_bytes == merged);
  now += kTendingInterval;
  housekeeping.tend_journal(now);
  CHECK(has_at_most(13 * kMiB));

  // What is let go of is little to write.
  write(all(0));
  now += kTendingInterval;
  housekeeping.tend_journal(now);
  CHECK(has_at_most(kMiB));
  CHECK(rocks.read_checkpoint("k") == "alive");
}

}  // namespace store
