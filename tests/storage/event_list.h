// A naive memory of events, to compare an event log with.
#pragma once

#include <functional>
#include <vector>

#include "event.h"
#include "texts.h"

namespace store {

class EventList {
 public:
  using Read = std::function<FoundEvents(const EventsReply&)>;

  // All there are of one datasource, or its first ones are forgotten.
  explicit EventList(const std::vector<Event>& all, Sequence oldest = 1)
      : all_(all), oldest_(oldest) {}

  std::vector<Event> of(const EventScope& scope, Sequence after, Sequence last = UINT64_MAX) const;
  // All that is not older than `since` follows.
  Sequence first_since(Time since) const;
  Sequence last() const { return all_.empty() ? oldest_ - 1 : all_.back().sequence; }
  Sequence oldest() const { return oldest_; }

  // Requires that the answer is as many events as may be, the right ones, and that it tells
  // honestly how far it has looked.
  FoundEvents require_page(const EventsReply& query, const Read& read) const;
  // Requires that whoever follows the cursor sees each event once.
  void require_all(EventsReply query, const Read& read) const;

 private:
  const std::vector<Event>& all_;
  Sequence oldest_;
};

}  // namespace store
