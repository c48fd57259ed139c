// The corpora, and mutations of them that are the same in every run.
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "corpus.h"
#include "targets.h"

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

struct Target {
  const char* name;
  bool (*run)(std::string_view bytes);
  std::string directory;
  const char* prefix;
  const char* suffix;
  int mutations;
};

}  // namespace

TEST_CASE("corpora are taken, and mutations of them taken or refused, never more") {
  const std::string own = CORPUS_DIR;
  const auto [name, run, directory, prefix, suffix, mutations] =
      GENERATE_COPY(Target{"record", record, GOLDEN_DIR, "record-", ".bin", 10'000},
                    Target{"path", path, own + "path", "", "", 50'000},
                    Target{"json", json, own + "json", "", "", 20'000},
                    Target{"key_file", key_file, own + "key_file", "", "", 2'000},
                    Target{"schema", schema, own + "schema", "", "", 20'000},
                    Target{"zest", zest, own + "zest", "", "", 10'000},
                    Target{"engine", engine, own + "engine", "", "", 1'000});
  const std::vector<std::string> inputs = corpus(directory.c_str(), prefix, suffix);
  CAPTURE(name);
  REQUIRE(inputs.size() >= 4);
  for (const std::string& input : inputs) {
    CAPTURE(input);
    CHECK(run(input));
  }
  Random random(20'261'128);
  int taken = 0;
  for (int i = 0; i < mutations; ++i) {
    taken += run(mutation(inputs, random, 4, mutate)) ? 1 : 0;
  }
  // What is always refused at once would test little.
  CHECK(taken > mutations / 50);
}

}  // namespace fuzzing
