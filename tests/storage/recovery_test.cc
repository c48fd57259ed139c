// What no life of a store leaves, and a start must refuse; what only an older store can have left,
// and it must not. What is left by crashes at any moment, see tests/sim/ends_test.cc.
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

TEST_CASE_METHOD(StoreFixture, "jobs that have words of paths for their ids stay") {
  for (const std::string_view word : jobq::limits::kJobWords) {
    run(submit_command({.job = std::string(word)}));
  }
  if (GENERATE(false, true)) {
    checkpoint.write();  // else they are in the journal
  }
  StartedAgain again(limits, storage);
  const auto scan = again.engine.state().find_datasource("scan");
  for (const std::string_view word : jobq::limits::kJobWords) {
    INFO(word);
    const Job* job = again.engine.state().find(*scan, std::string(word));
    REQUIRE(job != nullptr);
    CHECK(job->status == Status::kSubmitted);
  }
}

}  // namespace store
