// Records of the event log.
#include <catch2/catch.hpp>

#include "golden_records.h"
#include "golden_replies.h"
#include "record.capnp.h"
#include "record.h"

namespace store {
namespace {

std::string encode(const std::vector<Event>& events) {
  std::vector<const Event*> page;
  for (const Event& event : events) {
    page.push_back(&event);
  }
  return encode_events(page);
}

}  // namespace

TEST_CASE("a page of events reads as when it was released") {
  std::vector<Event> events = golden_events();
  const std::string record = stored<record::EventPage>("record-event-page", encode(events));
  REQUIRE(decode_events(3, record, 0) == events);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Sequence sequence = events[i].sequence;
    CHECK(decode_event(3, record, sequence) == events[i]);
    CHECK(decode_events(3, record, sequence).size() == events.size() - i);
  }
  const EventPageEnds ends = decode_event_page_ends(record);
  CHECK(ends.first == events.front().sequence);
  CHECK(ends.last == events.back().sequence);
  CHECK(ends.first_time == events.front().time);
  CHECK(ends.last_time == events.back().time);
}

TEST_CASE("an index of events reads as when it was released") {
  const std::vector<Sequence> sequences{65'536, 65'537, 65'600, 131'071};
  CHECK(decode_event_index(131'071, stored<record::EventIndex>("record-event-index",
                                                               encode_event_index(sequences))) ==
        sequences);
}

TEST_CASE("a page holds as many events as it may, of as many jobs and names") {
  std::vector<Event> events;
  for (Sequence sequence = 1; sequence <= kEventsInPage; ++sequence) {
    const std::string number = std::to_string(sequence);
    events.push_back({.sequence = sequence,
                      .job = {1, sequence},
                      .time = Time(Span(sequence)),
                      .kind = Event::Kind::kAccepted,
                      .id = "j" + number,
                      .client = "c" + number,
                      .function = "f" + number,
                      .code = {},
                      .text = "w" + number});
  }
  REQUIRE(decode_events(1, encode(events), 0) == events);
}

TEST_CASE("a page of events that is cut off is an error, wherever it ends") {
  check_cuts(encode(golden_events()),
             [](const std::string& cut) { return decode_events(3, cut, 0); });
}

TEST_CASE("an event of a kind or status that stands for nothing is damage") {
  Event event{
      .sequence = 1, .job = {}, .id = {}, .client = {}, .function = {}, .code = {}, .text = {}};
  event.kind = static_cast<Event::Kind>(Event::kKindCount);
  CHECK_THROWS_AS(decode_event(0, encode({event}), 1), StorageError);
  event.kind = static_cast<Event::Kind>(14);  // of streams only
  CHECK_THROWS_AS(decode_event(0, encode({event}), 1), StorageError);
  event.kind = Event::Kind::kSubmitted;
  event.status = static_cast<Status>(kCountOf<Status>);
  CHECK_THROWS_AS(decode_event(0, encode({event}), 1), StorageError);
}

TEST_CASE("a page that does not reach as far as is asked is damage") {
  const std::string record = encode(golden_events());
  CHECK_THROWS_AS(decode_event(3, record, 19), StorageError);
  CHECK_THROWS_AS(decode_event(3, record, 20 + golden_events().size()), StorageError);
}

TEST_CASE("keys of events sort by datasource, segment, client and sequence") {
  const JobKey job{0x01020304, 0x05060708090a0b0c};
  const std::string tail("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", 12);
  CHECK(event_page_key(job.datasource, job.sequence) == 'v' + tail);
  CHECK(event_segment_key(job.datasource, job.sequence) ==
        'e' + tail.substr(0, 4) + std::string("\0\0\5\6\7\x08\x09\x0a", 8));
  const std::string index_key = event_index_key(job.datasource, "alice", job.sequence);
  CHECK(index_key == event_index_prefix(job.datasource, job.sequence, "alice") + tail.substr(4));
  CHECK(index_key.size() == 29);
  CHECK(index_key.starts_with(event_segment_key(job.datasource, job.sequence)));
  CHECK(event_index_prefix(0, 1, "alice") != event_index_prefix(0, 1, "bob"));
  CHECK(event_index_prefix(0, 1, "alice") != event_index_prefix(0, 65'536, "alice"));
  CHECK(last_of_key(index_key) == job.sequence);
  CHECK(last_of_key(event_page_key(job.datasource, job.sequence)) == job.sequence);
  CHECK(event_page_key(0, 255) < event_page_key(0, 256));
  CHECK(event_page_key(0, UINT64_MAX) < event_page_key(1, 0));
}

}  // namespace store
