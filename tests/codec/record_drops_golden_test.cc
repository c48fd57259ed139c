// Datasources that are erased.
#include "golden_records.h"

namespace store {

TEST_CASE("that a datasource is dropped is in the journal and in the marker") {
  const std::vector<Entry> entries = {{.sequence = 0,
                                       .job = {.datasource = 2},
                                       .change = DatasourceDropped{4712},
                                       .token = "k1.a"}};
  check_turn("record-turn-dropped", entries);
  const Marker marker{at(0), {{"scan", 7, 2, 1}, {"", 4711, 3, 4712}}};
  const auto read =
      decode_record<Marker>(stored<record::Marker>("record-marker-dropped", encode_record(marker)));
  CHECK(read.datasources == marker.datasources);
}

TEST_CASE("counters are kept with how long attempts waited and ran") {
  FunctionCounts counts;
  counts.total = {.submitted = 3, .runs = 2};
  counts.waiting = counts.running = 1;
  counts.waits.add(Span(5));
  counts.waits.add(Span(70'000));
  counts.runs.add(Span(0));
  const auto read = decode_record<FunctionCounts>(
      stored<record::FunctionCounters>("record-counters-history", encode_record(counts)));
  CHECK(read.total.submitted == 3);
  CHECK(read.waiting == 1);
  CHECK(read.running == 1);
  CHECK(read.waits == counts.waits);
  CHECK(read.runs == counts.runs);
}

}  // namespace store
