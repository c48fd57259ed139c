#include <catch2/catch.hpp>

#include "replay.h"
#include "targets.h"

namespace fuzzing {

TEST_CASE("corpora are taken, and mutations of them taken or refused, never more") {
  const std::string own = CORPUS_DIR;
  replay(GENERATE_COPY(Replayed{"record", record, GOLDEN_DIR, "record-", ".bin", 10'000},
                       Replayed{"path", path, own + "path", "", "", 50'000},
                       Replayed{"json", json, own + "json", "", "", 20'000},
                       Replayed{"key_file", key_file, own + "key_file", "", "", 2'000},
                       Replayed{"schema", schema, own + "schema", "", "", 20'000},
                       Replayed{"zest", zest, own + "zest", "", "", 10'000}));
}

}  // namespace fuzzing
