// The corpus, and mutations of it that are the same in every run.
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "corpus.h"
#include "fuzz_codec.h"

namespace store {
namespace {

using Random = std::mt19937_64;

bool run(const std::string& frame) { return fuzz_codec(std::as_bytes(std::span(frame))); }

std::uint64_t interesting_word(Random& random) {
  switch (random() % 5) {
    case 0: return random();
    case 1: return std::uint64_t{1} << random() % 64;
    case 2: return ~std::uint64_t{0} >> random() % 64;
    // Small pointers of each kind, forwards and backwards.
    case 3: return ((random() % 64 - 32) << 2 & 0xfffffffc) | (random() & 0x0000000700000003);
    default: return random() & 0x00ff00ff00ff00ff;
  }
}

void mutate(std::string& frame, const std::string& other, Random& random) {
  const std::size_t words = frame.size() / 8;
  if (words == 0) {
    frame.resize(8 * (random() % 64), static_cast<char>(random()));
    return;
  }
  const std::size_t at = 8 * (random() % words);
  const std::uint64_t word = interesting_word(random);
  switch (random() % 7) {
    case 0: frame[random() % frame.size()] = static_cast<char>(random()); break;
    case 1: frame[random() % frame.size()] ^= static_cast<char>(1 << random() % 8); break;
    case 2: std::memcpy(frame.data() + at, &word, sizeof word); break;
    case 3: frame.insert(at, reinterpret_cast<const char*>(&word), sizeof word); break;
    case 4: frame.erase(at, 8); break;
    case 5: frame.resize(at); break;
    default:
      if (!other.empty()) {
        frame.replace(at, 8, other, 8 * (random() % (other.size() / 8)), 8 * (1 + random() % 8));
      }
  }
}

}  // namespace

TEST_CASE("the corpus is decoded") {
  const std::vector<std::string> frames = corpus(CORPUS_DIR, "request-", ".bin");
  REQUIRE(frames.size() >= 30);
  for (const std::string& frame : frames) {
    CHECK(run(frame));
  }
}

TEST_CASE("mutations of the corpus are taken or refused, never more") {
  constexpr int kMutations = 50'000;
  const std::vector<std::string> frames = corpus(CORPUS_DIR, "request-", ".bin");
  Random random(20'240'101);
  int commands = 0;
  for (int i = 0; i < kMutations; ++i) {
    commands += run(mutation(frames, random, 4, mutate)) ? 1 : 0;
  }
  // Both ends are reached: what is always refused at once would test little.
  CHECK(commands > kMutations / 20);
  CHECK(commands < kMutations);
}

}  // namespace store
