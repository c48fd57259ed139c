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

TEST_CASE("what workers are told is in the journal, and in the checkpoint") {
  using jobq::WorkerOrder;
  const std::vector<Entry> entries = {
      {.sequence = 0, .job = {}, .change = StoreOrdered{WorkerOrder::kDrain}, .token = "k1.a"},
      {.sequence = 0,
       .job = {2, 0},
       .change = WorkerOrdered{"host:4711", WorkerOrder::kHalt},
       .token = "k1.a"},
      {.sequence = 0, .job = {2, 0}, .change = WorkerOrdered{"", WorkerOrder::kWork}}};
  check_turn("record-turn-orders", entries);
  const Marker marker{Time(Span(1'700'000'000'000)), {}, false, WorkerOrder::kHalt};
  CHECK(decode_record<Marker>(stored<record::Marker>("record-marker-order", encode_record(marker)))
            .order == WorkerOrder::kHalt);
  const DatasourceState datasource{
      {}, Mode::kRunning, {{"", WorkerOrder::kDrain}, {"host:4711", WorkerOrder::kHalt}}};
  CHECK(decode_record<DatasourceState>(stored<record::DatasourceState>(
            "record-datasource-orders", encode_record(datasource))) == datasource);
}

}  // namespace store
