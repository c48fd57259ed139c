// The simulator as a test. JOBQ_SIM_STEPS=<n> runs that many steps instead, from JOBQ_SIM_SEED=<n>
// on (one seed is one store's life); JOBQ_SIM_SEEN=1 tells how often what was seen.
#include "sim.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>

namespace store::sim {
namespace {

// Of one store's life: long enough for jobs to come and go, short enough for finding the way there.
constexpr std::size_t kStepsOfLife = 4'000;
constexpr std::uint64_t kFreshLives = 24;
constexpr std::uint64_t kFirstFreshSeed = 1'000'000;

std::vector<std::uint64_t> known_seeds() {
  std::ifstream file(JOBQ_SIM_SEEDS);
  REQUIRE(file);
  std::vector<std::uint64_t> seeds;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.front() != '#') {
      seeds.push_back(std::stoull(line));
    }
  }
  return seeds;
}

std::optional<std::uint64_t> number_from(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? std::nullopt : std::optional<std::uint64_t>(std::stoull(value));
}

// Lives of stores, one after the other.
class Lives {
 public:
  std::size_t steps = 0;
  std::map<std::string, std::size_t> seen;

  void live(std::uint64_t seed, std::size_t most = kStepsOfLife) {
    const Run run = simulate(seed, std::min(most, kStepsOfLife));
    steps += run.steps;
    for (const auto& [what, times] : run.seen) {
      seen[what] += times;
    }
    if (run.found) {
      FAIL(report(shortened(*run.found)));
    }
  }

  void tell() const {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
    std::cout << steps << " steps, " << static_cast<std::size_t>(double(steps) / took.count())
              << " steps/s\n";
    if (std::getenv("JOBQ_SIM_SEEN") != nullptr) {
      for (const auto& [what, times] : seen) {
        std::cout << what << ": " << times << "\n";
      }
    }
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// What would not be tested any more if the generator stopped making it.
const char* const kToBeSeen[] = {"submit 200",
                                 "submit 400",
                                 "submit 403",
                                 "submit 409",
                                 "submit 413",
                                 "submit 429",
                                 "submit 503",
                                 "submit 507",
                                 "get 200",
                                 "get 403",
                                 "get 404",
                                 "get 429",
                                 "get 503",
                                 "list 200",
                                 "cancel 200",
                                 "cancel 403",
                                 "cancel 404",
                                 "log 200",
                                 "log 403",
                                 "log 404",
                                 "explain 200",
                                 "explain 403",
                                 "explain 404",
                                 "accept 200",
                                 "accept 409",
                                 "accept 429",
                                 "accept 503",
                                 "accept 507",
                                 "renew 200",
                                 "renew 503",
                                 "update 200",
                                 "update 400",
                                 "update 404",
                                 "update 409",
                                 "update 429",
                                 "update 503",
                                 "peek 200",
                                 "requests 200",
                                 "config 200",
                                 "config 404",
                                 "configs 200",
                                 "configure 200",
                                 "configure 507",
                                 "mode 200",
                                 "mode 404",
                                 "stats 200",
                                 "stats 404",
                                 "workers 200",
                                 "workers 404",
                                 "remove 200",
                                 "remove 404",
                                 "remove 409",
                                 "restart 200",
                                 "restart 404",
                                 "restart 409",
                                 "restart 429",
                                 "edit 200",
                                 "edit 404",
                                 "edit 409",
                                 "redrive 200",
                                 "redrive 404",
                                 "redrive 409",
                                 "redrive 429",
                                 "subscribe 200",
                                 "subscribe 403",
                                 "subscribe 404",
                                 "subscribe 507",
                                 "events 200",
                                 "events 403",
                                 "events 404",
                                 "events 410",
                                 "events 429",
                                 "events 503",
                                 "events 507",
                                 "tokens 200",
                                 "revoke 200",
                                 "revoke 400",
                                 "get 401",
                                 "accept 401",
                                 "renew 401",
                                 "events 401",
                                 "asked with a revoked token",
                                 "key retired",
                                 "entry charged",
                                 "entry token revoked",
                                 "entry token forgotten",
                                 "entry events forgotten",
                                 "entry worker forgotten",
                                 "entry submitted",
                                 "entry restarted",
                                 "entry due",
                                 "entry expired",
                                 "entry edited",
                                 "entry accepted",
                                 "entry renewed",
                                 "entry progressed",
                                 "entry logged",
                                 "entry completed",
                                 "entry failed",
                                 "entry forbidden",
                                 "entry retried",
                                 "entry retried last",
                                 "entry released",
                                 "entry released last",
                                 "entry lease lost",
                                 "entry lease lost last",
                                 "entry returned",
                                 "entry cancel requested",
                                 "entry cancelled",
                                 "entry removed",
                                 "crash",
                                 "stop",
                                 "start with attempts dropped",
                                 "start with log lines dropped"};

std::optional<Found> found_with(const Defects& defects) {
  constexpr std::uint64_t kLives = 10;
  for (std::uint64_t seed = 1; seed <= kLives; ++seed) {
    if (Run run = simulate(seed, kStepsOfLife, defects); run.found) {
      return run.found;
    }
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("the store answers as the model does", "[sim]") {
  const auto wanted_seed = number_from("JOBQ_SIM_SEED");
  const auto wanted_steps = number_from("JOBQ_SIM_STEPS");
  Lives lives;
  if (wanted_seed || wanted_steps) {
    const std::size_t steps = wanted_steps.value_or(kStepsOfLife);
    for (std::uint64_t seed = wanted_seed.value_or(1); lives.steps < steps; ++seed) {
      lives.live(seed, steps - lives.steps);
    }
    lives.tell();
    return;
  }
  for (const std::uint64_t seed : known_seeds()) {
    lives.live(seed);
  }
  for (std::uint64_t seed = 0; seed < kFreshLives; ++seed) {
    lives.live(kFirstFreshSeed + seed);
  }
  lives.tell();
  for (const char* const what : kToBeSeen) {
    CAPTURE(what);
    CHECK(lives.seen[what] > 0);
  }
}

TEST_CASE("a life is the same each time", "[sim]") {
  REQUIRE(simulate(7, 1'000).seen == simulate(7, 1'000).seen);
}

TEST_CASE("a store that skips a write is caught", "[sim][canary]") {
  const auto found = found_with({.rules = {}, .skip_write_percent = 2});
  REQUIRE(found);
  REQUIRE_THAT(found->what, Catch::Contains("is not what it was before"));
}

TEST_CASE("a store that loses sight of a client's events is caught", "[sim][canary]") {
  const auto found = found_with({.rules = {}, .loses_event_index = true});
  REQUIRE(found);
  REQUIRE_THAT(found->what, Catch::Contains("is missing in a page"));
}

TEST_CASE("a store that counts what it refuses otherwise is caught", "[sim][canary]") {
  const Defects defects{.rules = {.refused_submit_counts = true}};
  const auto found = found_with(defects);
  REQUIRE(found);
  const Found shorter = shortened(*found, defects);
  CAPTURE(report(shorter));
  REQUIRE_THAT(report(shorter), Catch::Contains("rate="));
  REQUIRE(shorter.steps.size() <= 10);
}

TEST_CASE("a store that keeps another rule than the documents is caught, in few steps",
          "[sim][canary]") {
  const Defects defects{.rules = {.release_is_failure = true}};
  const auto found = found_with(defects);
  REQUIRE(found);
  const Found shorter = shortened(*found, defects);
  CAPTURE(report(shorter));
  REQUIRE_THAT(report(shorter), Catch::Contains("release("));
  REQUIRE(shorter.steps.size() <= 10);
}

}  // namespace store::sim
