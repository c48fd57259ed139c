#include "event_log.h"

#include <algorithm>

#include "invariant.h"
#include "record.h"

namespace store {
namespace {

// Calls visit(key, page) for all pages from the one with that event on, until it returns false.
template <typename Visit>
void walk_event_pages(const Storage& storage, DatasourceIndex datasource, Sequence from,
                      const Visit& visit) {
  const std::string begin = event_page_key(datasource, from);
  storage.walk_checkpoint(begin.substr(0, begin.size() - sizeof from), begin, visit);
}

}  // namespace

std::size_t EventLog::note(Event event) {
  const DatasourceIndex datasource = event.job.datasource;
  Recent& recent = recent_[datasource];
  INVARIANT(recent.events.empty() || event.sequence == recent.events.back().sequence + 1,
            event.sequence);
  const std::size_t bytes = bytes_of(event);
  bytes_ += bytes;
  recent.events.push_back(std::move(event));
  ++recent.not_written;
  return bytes;
}

void EventLog::note_forgotten(DatasourceIndex datasource, Sequence oldest) {
  recent_[datasource].oldest = oldest;
}

void EventLog::write(CheckpointBatch& batch) {
  for (auto& [datasource, recent] : recent_) {
    if (recent.oldest != 0) {
      while (recent.not_written > 0 && first_not_written(recent)->sequence < recent.oldest) {
        --recent.not_written;  // and never is
      }
      batch.deleted.push_back(
          {event_page_key(datasource, 0), event_page_key(datasource, recent.oldest)});
      batch.deleted.push_back(
          {event_segment_key(datasource, 0), event_segment_key(datasource, recent.oldest)});
      recent.oldest = 0;
    }
    if (recent.not_written > 0) {
      write_pages(datasource, recent, batch);
      write_index(datasource, recent, batch);
      recent.not_written = 0;
    }
  }
}

void EventLog::cool() {
  while (bytes_ > recent_bytes_max_) {
    for (auto found = recent_.begin(); found != recent_.end();) {
      std::deque<Event>& events = found->second.events;
      const auto end = events.begin() + static_cast<std::ptrdiff_t>((events.size() + 1) / 2);
      for (auto event = events.begin(); event != end; ++event) {
        bytes_ -= bytes_of(*event);
      }
      events.erase(events.begin(), end);
      found = events.empty() ? recent_.erase(found) : std::next(found);
    }
  }
}

void EventLog::write_pages(DatasourceIndex datasource, const Recent& recent,
                           CheckpointBatch& batch) const {
  std::vector<const Event*> page;
  const auto write = [&] {
    batch.writes.push_back(
        {event_page_key(datasource, page.back()->sequence), encode_events(page)});
    page.clear();
  };
  for (auto event = first_not_written(recent); event != recent.events.end(); ++event) {
    // A page has 32 bits for how much later than its first one an event is.
    if (page.size() == kEventsInPage ||
        (!page.empty() && event->time > page.front()->time + Span(UINT32_MAX))) {
      write();
    }
    page.push_back(&*event);
  }
  write();
}

void EventLog::write_index(DatasourceIndex datasource, const Recent& recent,
                           CheckpointBatch& batch) const {
  std::map<std::pair<Sequence, std::string_view>, std::vector<Sequence>> by_client;
  for (auto event = first_not_written(recent); event != recent.events.end(); ++event) {
    by_client[{event->sequence >> kEventSegmentBits, event->client}].push_back(event->sequence);
  }
  for (const auto& [place, sequences] : by_client) {
    batch.writes.push_back({event_index_key(datasource, place.second, sequences.back()),
                            encode_event_index(sequences)});
  }
}

const Event& EventLog::noted(DatasourceIndex datasource, Sequence sequence) const {
  const std::deque<Event>& events = recent_.at(datasource).events;
  return events[static_cast<std::size_t>(sequence - events.front().sequence)];
}

Sequence EventLog::first_since(DatasourceIndex datasource, Time since, Sequence oldest,
                               Sequence last) const {
  // Between `low` (older) and `high` (not older, or none).
  Sequence low = oldest - 1;
  Sequence high = last + 1;
  const auto page_at = [&](Sequence sequence) {
    EventPageEnds page;
    walk_event_pages(storage_, datasource, sequence, [&](auto, std::string_view record) {
      page = decode_event_page_ends(record);
      return false;
    });
    return page;
  };
  const auto found = recent_.find(datasource);
  if (found != recent_.end() && !found->second.events.empty()) {
    const std::deque<Event>& events = found->second.events;
    if (events.front().time < since) {
      const auto first = std::partition_point(
          events.begin(), events.end(), [&](const Event& event) { return event.time < since; });
      // Those that are not noted yet are young.
      return first == events.end() ? events.back().sequence + 1 : first->sequence;
    }
    high = events.front().sequence;
  }
  // Mostly all are young enough.
  if (const EventPageEnds page = page_at(oldest); high > oldest && page.first_time >= since) {
    return oldest;
  }
  while (high - low > 1) {
    const Sequence middle = low + (high - low) / 2;
    const EventPageEnds page = page_at(middle);
    if (page.last == 0) {
      high = middle;  // not written yet, so young
    } else if (page.last_time < since) {
      low = std::min(page.last, high - 1);
    } else if (page.first_time >= since) {
      high = std::max(page.first, low + 1);
    } else {
      return std::max(page.first, low + 1);  // as exact as pages are
    }
  }
  return high;
}

// Collects what a query asks for, until it has enough or has looked at too many.
class EventLog::Reader {
 public:
  Reader(const Storage& storage, const EventsReply& query, Sequence after)
      : storage_(storage), query_(query), scans_left_(query.scans) {
    found_.cursor = after;
  }

  // False when it goes no further.
  bool take(const Event& event) {
    if (is_full()) {
      return false;
    }
    --scans_left_;
    found_.cursor = event.sequence;
    if (covers(query_.scope, event)) {
      found_.events.push_back(event);
    }
    return true;
  }

  // All that is on disk below `end`. False when it goes no further.
  bool read_disk(Sequence end) {
    const bool has_all = query_.scope.client.empty() ? walk_pages(end) : walk_index(end);
    if (has_all) {
      found_.cursor = std::max(found_.cursor, end - 1);
    }
    return has_all;
  }

  FoundEvents result(bool is_end) {
    found_.is_end = is_end;
    return std::move(found_);
  }

 private:
  bool is_full() const { return found_.events.size() >= query_.limit || scans_left_ == 0; }
  DatasourceIndex datasource() const { return query_.scope.datasource; }

  bool walk_pages(Sequence end) {
    bool goes_on = true;
    walk_event_pages(storage_, datasource(), found_.cursor + 1, [&](auto, std::string_view record) {
      for (const Event& event : decode_events(datasource(), record, found_.cursor + 1)) {
        if (event.sequence >= end) {
          return false;
        }
        if (!take(event)) {
          return goes_on = false;
        }
      }
      return true;
    });
    return goes_on;
  }

  bool walk_index(Sequence end) {
    const Sequence segment_size = Sequence{1} << kEventSegmentBits;
    for (Sequence from = found_.cursor + 1; from < end;
         from = (from / segment_size + 1) * segment_size) {
      if (!walk_segment(from, end)) {
        return false;
      }
      // A segment without any event of the client costs something too.
      if (scans_left_ < kScansOfSegment) {
        scans_left_ = 0;
        return false;
      }
      scans_left_ -= kScansOfSegment;
      found_.cursor =
          std::max(found_.cursor, std::min(end, (from / segment_size + 1) * segment_size) - 1);
    }
    return true;
  }

  bool walk_segment(Sequence from, Sequence end) {
    const std::string prefix = event_index_prefix(datasource(), from, query_.scope.client);
    std::vector<Sequence> sequences;
    storage_.walk_checkpoint(
        prefix, event_index_key(datasource(), query_.scope.client, from),
        [&](std::string_view key, std::string_view record) {
          for (const Sequence sequence : decode_event_index(last_of_key(key), record)) {
            if (sequence >= from && sequence < end) {
              sequences.push_back(sequence);
            }
          }
          return sequences.size() < scans_left_;
        });
    return std::all_of(sequences.begin(), sequences.end(), [&](Sequence sequence) {
      return !is_full() && take(event_on_disk(sequence));
    });
  }

  Event event_on_disk(Sequence sequence) {
    if (sequence > page_last_ || page_.empty()) {
      page_.clear();
      walk_event_pages(storage_, datasource(), sequence,
                       [&](std::string_view key, std::string_view record) {
                         page_ = record;
                         page_last_ = last_of_key(key);
                         return false;
                       });
      if (page_.empty()) {
        throw StorageError("event " + std::to_string(sequence) + " is missing");
      }
    }
    return decode_event(datasource(), page_, sequence);
  }

  static constexpr std::size_t kScansOfSegment = 8;

  const Storage& storage_;
  const EventsReply& query_;
  std::size_t scans_left_;
  FoundEvents found_;
  // The page that was read last. Sequences are asked for in their order.
  std::string page_;
  Sequence page_last_ = 0;
};

FoundEvents EventLog::read(const EventsReply& query, Sequence oldest, Sequence last) const {
  if (query.limit == 0) {
    return {.events = {}, .cursor = query.after, .is_end = true};
  }
  // What was forgotten while the query waited is nothing that it waited for.
  const Sequence after = std::max(query.after, oldest - 1);
  Reader reader(storage_, query, after);
  const auto found = recent_.find(query.scope.datasource);
  const bool has_recent = found != recent_.end() && !found->second.events.empty();
  const Sequence begin = has_recent ? found->second.events.front().sequence : last + 1;
  if (after + 1 < begin && !reader.read_disk(begin)) {
    return reader.result(false);
  }
  if (has_recent) {
    const std::deque<Event>& events = found->second.events;
    const Sequence first = std::max(after + 1, begin);
    for (std::size_t i = static_cast<std::size_t>(first - begin); i < events.size(); ++i) {
      if (!reader.take(events[i])) {
        return reader.result(false);
      }
    }
  }
  return reader.result(true);
}

}  // namespace store
