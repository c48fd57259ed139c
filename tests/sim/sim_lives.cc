// Lives of stores one after the other, for tests/sim/run, which reads what is printed:
//   life <seed> <steps> <name>=<times>...   of each
//   failed <seed> <step> <what>             before it, with the shortened life behind, indented
#include <cstdlib>
#include <iostream>
#include <string>

#include "sim.h"

namespace {

void tell_failure(const store::sim::Found& found) {
  std::cout << "failed " << found.seed << " " << found.step << " "
            << found.what.substr(0, found.what.find('\n')) << std::endl;
  std::string text = "\n" + store::sim::report(store::sim::shortened(found));
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 3) {
    text.replace(at, 1, "\n  ");
  }
  std::cout << text.substr(1) << std::endl;
}

}  // namespace

int main(int count, char** words) {
  if (count != 5) {
    std::cerr << "usage: sim_lives FIRST_SEED STRIDE STEPS STEPS_OF_LIFE\n";
    return 2;
  }
  const std::uint64_t stride = std::stoull(words[2]);
  const std::size_t steps = std::stoull(words[3]);
  const std::size_t steps_of_life = std::stoull(words[4]);
  std::size_t done = 0;
  for (std::uint64_t seed = std::stoull(words[1]); done < steps; seed += stride) {
    const store::sim::Run run = store::sim::simulate(seed, steps_of_life);
    done += run.steps;
    if (run.found) {
      tell_failure(*run.found);
    }
    std::cout << "life " << seed << " " << run.steps;
    for (const auto& [what, times] : run.seen) {
      if (what.starts_with("start ") || what.starts_with("fault ")) {
        std::cout << " " << what.substr(6) << "=" << times;
      }
    }
    std::cout << std::endl;
  }
}
