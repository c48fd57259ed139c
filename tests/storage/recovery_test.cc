// What no life of a store leaves, and a start must refuse. What is left by crashes at any moment,
// see tests/sim/ends_test.cc.
#include "store_fixture.h"

namespace store {

TEST_CASE("a journal with a gap is refused") {
  FaultyStorage storage;
  storage.commit(1, encode_turn(Time(1s), {Entry{0, {0, 0}, DatasourceAdded{"a"}}}));
  storage.commit(3, encode_turn(Time(1s), {Entry{0, {1, 0}, DatasourceAdded{"b"}}}));
  REQUIRE_THROWS_WITH(StartedAgain(Limits{}, storage), Catch::Contains("lacks turn 2"));
}

TEST_CASE("a damaged journal record is refused") {
  FaultyStorage storage;
  storage.commit(1, "this is no record");
  REQUIRE_THROWS_AS(StartedAgain(Limits{}, storage), StorageError);
}

}  // namespace store
