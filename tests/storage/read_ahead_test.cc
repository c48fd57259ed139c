// What is read on another thread comes in its order, whole, and with its end.
#include "read_ahead.h"

#include <catch2/catch.hpp>
#include <stdexcept>

namespace store {
namespace {

void count_to(int last, const ReadAhead<int>::Give& give) {
  for (int i = 1; i <= last; ++i) {
    give(int(i));
  }
}

TEST_CASE("all that is read comes, in its order") {
  const int count = GENERATE(0, 1, 256, 257, 100'000);
  ReadAhead<int> reading([&](const auto& give) { count_to(count, give); });
  int last = 0;
  for (std::vector<int> items = reading.next(); !items.empty(); items = reading.next()) {
    for (const int item : items) {
      REQUIRE(item == ++last);
    }
  }
  CHECK(last == count);
}

TEST_CASE("what ends the reading is thrown after what was handed over") {
  ReadAhead<int> reading([](const auto& give) {
    count_to(256, give);
    throw std::runtime_error("damaged");
  });
  CHECK(reading.next().size() == 256);
  CHECK_THROWS_WITH(reading.next(), "damaged");
}

TEST_CASE("who wants no more ends the reading") {
  bool is_read_to_the_end = false;
  {
    ReadAhead<int> reading([&](const auto& give) {
      count_to(1'000'000, give);
      is_read_to_the_end = true;
    });
    CHECK_FALSE(reading.next().empty());
  }
  CHECK_FALSE(is_read_to_the_end);
}

}  // namespace
}  // namespace store
