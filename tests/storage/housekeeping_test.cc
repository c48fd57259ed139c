#include "housekeeping.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>

#include "store_fixture.h"

namespace store {

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

}  // namespace store
