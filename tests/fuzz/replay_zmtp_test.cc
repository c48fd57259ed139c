// The corpus, and mutations of it that are the same in every run.
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "corpus.h"
#include "targets.h"

namespace fuzzing {

TEST_CASE("whatever is said to a store's endpoints, everybody else is served") {
  const std::vector<std::string> inputs = corpus(CORPUS_DIR);
  REQUIRE(inputs.size() >= 4);
  for (const std::string& input : inputs) {
    zmtp(input);
  }
  std::mt19937_64 random(20'261'129);
  const auto mutate = [](std::string& bytes, const std::string& other, std::mt19937_64& chance) {
    const std::size_t at = chance() % (bytes.size() + 1);
    switch (chance() % 4) {
      case 0: bytes.insert(at, 1, static_cast<char>(chance())); break;
      case 1: bytes.erase(at, 1 + chance() % 8); break;
      case 2: bytes.replace(at, 1, 1, static_cast<char>(1u << chance() % 8)); break;
      default: bytes.insert(at, other, chance() % (other.size() + 1), chance() % 100);
    }
  };
  constexpr int kMutations = 2'000;
  for (int i = 0; i < kMutations; ++i) {
    zmtp(mutation(inputs, random, 4, mutate));
  }
}

}  // namespace fuzzing
