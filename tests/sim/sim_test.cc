// The simulator as a test. JOBQ_SIM_STEPS=<n> runs that many steps instead, from JOBQ_SIM_SEED=<n>
// on (one seed is one store's life); JOBQ_SIM_SEEN=1 tells how often what was seen.
#include "sim.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

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
constexpr const char* kToBeSeen = R"(
Submit 200 400 403 404 409 413 429 503 507
GetJob 200 401 403 404 429 503
ListJobs 200
CountJobs 200
Cancel 200 403 404
ReadLog 200 403 404
Explain 200 403 404
Accept 200 401 409 429 503 507
Renew 200 401 503
Update 200 400 404 409 429 503 507
Peek 200
ReadRequests 200
GetConfig 200 404
ListConfigs 200
Configure 200 507
SetMode 200 404
GetDatasourceStats 200 404
ListWorkers 200 404
Remove 200 404 409
Restart 200 404 409 429
Edit 200 404 409
Redrive 200 404 409 429
Bulk 200 404
DropDatasource 200 404 409
GetHistory 200 404
OrderWorkers 200 404
SetStorePause 200
Import 200 400 409 410 429 503 507
Subscribe 200 403 404 507
ReadEvents 200 401 403 404 410 429 503 507
PutSchedule 200 403 413
GetSchedule 200 403 404
ListSchedules 200 404
ChangeSchedule 200 403 404 409
PutFunction 200
ListFunctions 200 404
RemoveFunction 200 404
ReadState 200 404
ChangeState 200 400 404 413 507
ListTokens 200
RevokeToken 200 400
limit datasourcesMax datasourcesPerTokenMax configBytesMax configBytesPerTokenMax
limit nameBytesMax nameBytesPerTokenMax waitersMax waitersPerTokenMax waitersPerClientMax
limit waiterBytesMax waiterBytesPerTokenMax revocationsMax jobsLiveMax
limit jobsLivePerTokenMax
limit statesMax statesPerTokenMax stateBytesMax stateBytesPerTokenMax stateValuesMax
limit checkpointsBytesMax checkpointsBytesPerTokenMax
start crash stop attempts-dropped log-dropped
fault commit-kept commit-lost two-turns-lost slow-sync clock-jump peer-gone lease-given-back
fault sync-failed peer-vanished torn-record
token asked-revoked key-retired
entry WorkerForgotten EventsForgotten Charged TokenRevoked TokenForgotten Submitted Restarted
entry Imported AwaitedEnded Unmet Followed Due
entry Expired Edited Accepted Renewed Progressed Logged Completed Failed Forbidden Retried
entry RetriedLast Released ReleasedLast LeaseLost LeaseLostLast Returned CancelRequested Cancelled
entry Removed KeptFor StorePaused StoreOrdered WorkerOrdered DatasourceDropped
entry ScheduleSet ScheduleChanged ScheduleRemoved FunctionSet FunctionRemoved
entry CheckpointLeft StateChanged Flagged StallPutOff PutOff GroupEnded
entry HeldBack LetGo NotAdmitted)";

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

TEST_CASE("the store answers as the model does") {
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
  std::istringstream lines(kToBeSeen);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    for (std::string what; words >> what;) {
      CAPTURE(kind, what);
      CHECK(lives.seen[kind + " " + what] > 0);
    }
  }
}

TEST_CASE("a life is the same each time") {
  REQUIRE(simulate(7, 1'000).seen == simulate(7, 1'000).seen);
}

TEST_CASE("a store that skips a write is caught", "[canary]") {
  const auto found = found_with({.rules = {}, .skip_write_percent = 2});
  REQUIRE(found);
  REQUIRE_THAT(found->what, Catch::Contains("is not what it was before"));
}

TEST_CASE("a store that loses sight of a client's events is caught", "[canary]") {
  const auto found = found_with({.rules = {}, .loses_event_index = true});
  REQUIRE(found);
  REQUIRE_THAT(found->what, Catch::Contains("is missing in a page"));
}

TEST_CASE("a store that keeps another rule than the documents is caught, in few steps",
          "[canary]") {
  const auto [rules, culprit] =
      GENERATE(std::pair(Rules{.release_is_failure = true}, "releases = 1"),
               std::pair(Rules{.refused_submit_counts = true}, "RateLimit{"));
  const Defects defects{.rules = rules};
  const auto found = found_with(defects);
  REQUIRE(found);
  const Found shorter = shortened(*found, defects);
  CAPTURE(report(shorter));
  REQUIRE_THAT(report(shorter), Catch::Contains(culprit));
  REQUIRE(shorter.steps.size() <= 10);
}

}  // namespace store::sim
