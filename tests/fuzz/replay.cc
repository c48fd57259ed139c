#include "replay.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "corpus.h"

namespace fuzzing {
namespace {

using Random = std::mt19937_64;

void mutate(std::string& bytes, const std::string& other, Random& random) {
  if (bytes.empty()) {
    bytes = "0";
  }
  const std::size_t at = random() % bytes.size();
  switch (random() % 7) {
    case 0: bytes[at] = static_cast<char>(random()); break;
    case 1: bytes[at] = static_cast<char>(bytes[at] ^ 1 << random() % 8); break;
    case 2: bytes[at] = "\0\1 \n/\"\\{[0e.-+:,"[random() % 16]; break;
    case 3: bytes.erase(at, 1 + random() % 8); break;
    case 4: bytes.resize(at); break;
    case 5: bytes.insert(at, bytes, random() % bytes.size(), random() % 16); break;
    default: bytes.replace(at, 8, other, random() % (other.size() + 1), 8);
  }
}

}  // namespace

void replay(const Replayed& target) {
  const std::vector<std::string> inputs =
      corpus(target.directory.c_str(), target.prefix, target.suffix);
  CAPTURE(target.name);
  REQUIRE(inputs.size() >= 4);
  for (const std::string& input : inputs) {
    CAPTURE(input);
    CHECK(target.run(input));
  }
  Random random(20'261'128);
  int taken = 0;
  for (int i = 0; i < target.mutations; ++i) {
    taken += target.run(mutation(inputs, random, 4, mutate)) ? 1 : 0;
  }
  // What is always refused at once would test little.
  CHECK(taken > target.mutations / 50);
}

}  // namespace fuzzing
