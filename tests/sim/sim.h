// Runs of the simulator.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "world.h"

namespace store::sim {

struct Found {
  std::uint64_t seed = 0;
  std::size_t step = 0;  // counted in requests and turns
  std::string what;
  std::vector<Step> steps;  // that led there
};

struct Run {
  std::size_t steps = 0;
  std::map<std::string, std::size_t> seen;
  std::optional<Found> found;
};

// One store's life from empty to `steps`.
Run simulate(std::uint64_t seed, std::size_t steps, const Defects& defects = {});

// Leaves out of the steps what is not needed to find a mismatch.
Found shortened(Found found, const Defects& defects = {});

// For a person: the seed, the steps in words, and what was wrong.
std::string report(const Found& found);

}  // namespace store::sim
