// Memory of jobs that have gone, and the index of their ids.
#include "job_slots.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>

#include "id_index.h"

namespace store {
namespace {

Job named(std::uint64_t number) {
  Job job;
  job.id = "j" + std::to_string(number);
  job.key = {0, number};
  return job;
}

}  // namespace

TEST_CASE("blocks without jobs are given back, but for one") {
  JobSlots jobs;
  constexpr Slot kJobs = 10'000;
  for (Slot i = 0; i < kJobs; ++i) {
    CHECK(jobs.add(named(i + 1)) == i);
  }
  const std::size_t all = jobs.blocks_held();
  REQUIRE(all > 10);
  for (Slot i = 0; i < kJobs; ++i) {
    if (i % 1000 != 0) {
      jobs.remove(i);
    }
  }
  CHECK(jobs.job_count() == 10);
  CHECK(jobs.blocks_held() == 11);
  for (Slot i = 0; i < kJobs; i += 1000) {
    CHECK(jobs[i].key.sequence == i + 1);
    jobs.remove(i);
  }
  CHECK(jobs.job_count() == 0);
  CHECK(jobs.blocks_held() == 1);
  for (Slot i = 0; i < kJobs; ++i) {
    REQUIRE(jobs[i].key.sequence == 0);  // whoever remembers a slot finds nothing there
  }
  // The one that is kept serves a queue that is empty now and then.
  for (int i = 0; i < 3; ++i) {
    jobs.remove(jobs.add(named(1)));
    CHECK(jobs.blocks_held() == 1);
  }
}

TEST_CASE("jobs are found by their ids however many come and go") {
  JobSlots jobs;
  IdIndex ids(jobs, 7);
  std::map<std::uint64_t, Slot> there;
  std::mt19937_64 random(5);
  for (const std::size_t wanted : {3'000u, 10u, 700u, 0u, 50u}) {
    while (there.size() != wanted) {
      const std::uint64_t number = 1 + random() % 5'000;
      const auto found = there.find(number);
      REQUIRE(ids.find(0, named(number).id) == (found == there.end() ? kNoSlot : found->second));
      const bool adds = there.size() < wanted;
      if (adds && found == there.end()) {
        const Slot slot = jobs.add(named(number));
        ids.insert(slot);
        there.emplace(number, slot);
      } else if (!adds && found != there.end()) {
        ids.erase(found->second);
        jobs.remove(found->second);
        there.erase(found);
      }
    }
    CHECK(jobs.job_count() == wanted);
    for (const auto& [number, slot] : there) {
      REQUIRE(jobs[slot].key.sequence == number);
      REQUIRE(ids.find(0, named(number).id) == slot);
    }
  }
}

}  // namespace store
