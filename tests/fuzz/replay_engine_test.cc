#include <catch2/catch.hpp>

#include "replay.h"
#include "targets.h"

namespace fuzzing {

TEST_CASE("commands of a corpus are run, and mutations of them") {
  replay({"engine", engine, CORPUS_DIR, "", "", 1'000});
}

}  // namespace fuzzing
