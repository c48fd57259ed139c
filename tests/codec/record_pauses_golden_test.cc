// The pause of the store, and jobs that are kept otherwise than their terms say.
#include "golden_records.h"

namespace store {

TEST_CASE("pauses of the store and other ends of keeping are in the journal") {
  const std::vector<Entry> entries = {
      {.sequence = 0, .job = {}, .change = StorePaused{true}, .token = "k1.a"},
      {.sequence = 0, .job = {2, 7}, .change = KeptFor{Span(1)}, .token = "k1.a"},
      {.sequence = 0, .job = {}, .change = StorePaused{false}, .token = "k1.a"}};
  check_turn("record-turn-pauses", entries);
}

TEST_CASE("the marker keeps that the store is paused") {
  const Marker marker{Time(Span(1'700'000'000'000)), {}, true};
  CHECK(decode_record<Marker>(stored<record::Marker>("record-marker-paused", encode_record(marker)))
            .is_paused);
}

}  // namespace store
