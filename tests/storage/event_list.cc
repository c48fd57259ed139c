#include "event_list.h"

#include <catch2/catch.hpp>

namespace store {

std::vector<Event> EventList::of(const EventScope& scope, Sequence after, Sequence last) const {
  std::vector<Event> found;
  for (const Event& event : all_) {
    const bool is_of_client = scope.client.empty() || event.client == scope.client;
    const bool is_of_job = scope.job == 0 || event.job.sequence == scope.job;
    if (event.sequence > after && event.sequence <= last && event.sequence >= oldest_ &&
        is_of_client && is_of_job) {
      found.push_back(event);
    }
  }
  return found;
}

Sequence EventList::first_since(Time since) const {
  for (const Event& event : all_) {
    if (event.sequence >= oldest_ && event.time >= since) {
      return event.sequence;
    }
  }
  return last() + 1;
}

FoundEvents EventList::require_page(const EventsReply& query, const Read& read) const {
  const FoundEvents found = read(query);
  CAPTURE(query.scope.client, query.scope.job, query.after, query.limit, query.scans, oldest_,
          last(), found.cursor, found.is_end);
  REQUIRE(found.cursor >= query.after);
  REQUIRE(found.cursor <= last());
  REQUIRE(found.events.size() <= query.limit);
  const std::vector<Event> expected = of(query.scope, query.after, found.cursor);
  const bool is_same = found.events == expected;
  REQUIRE(found.events.size() == expected.size());
  REQUIRE(is_same);
  REQUIRE((!found.is_end || found.cursor == last()));
  if (!found.is_end) {
    REQUIRE(found.cursor > query.after);
    // With scans left it has gone on until the page was full.
    const bool has_looked = found.cursor - query.after >= query.scans / 16;
    REQUIRE((found.events.size() == query.limit || has_looked));
  }
  return found;
}

void EventList::require_all(EventsReply query, const Read& read) const {
  std::vector<Event> seen;
  const std::vector<Event> expected = of(query.scope, query.after);
  for (bool is_end = false; !is_end;) {
    const FoundEvents found = require_page(query, read);
    seen.insert(seen.end(), found.events.begin(), found.events.end());
    query.after = found.cursor;
    is_end = found.is_end;
  }
  REQUIRE(seen.size() == expected.size());
  const bool is_same = seen == expected;
  REQUIRE(is_same);
}

}  // namespace store
