// The event log: what watchers read, by datasource and number, found by client without looking at
// the others'. It follows from the journal's turns: events are noted in memory, and written in
// pages with the next checkpoint. What was written last stays at hand for those who follow.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "event.h"
#include "storage.h"
#include "texts.h"

namespace store {

class EventLog {
 public:
  // `storage` must outlive this. At most `recent_bytes_max` of events that are written stay in
  // memory.
  EventLog(const Storage& storage, std::size_t recent_bytes_max)
      : storage_(storage), recent_bytes_max_(recent_bytes_max) {}

  // REQUIRES: it follows the datasource's last one. Returns how many bytes it takes.
  std::size_t note(Event event);
  // Events of the datasource below `oldest` are to be deleted.
  void note_forgotten(DatasourceIndex datasource, Sequence oldest);

  // Moves what is noted into the batch.
  void write(CheckpointBatch& batch);
  // Drops the older half when too much is in memory. REQUIRES: nothing is noted.
  void cool();

  std::size_t bytes_at_hand() const { return bytes_; }

  // One that was noted since the last cool().
  const Event& noted(DatasourceIndex datasource, Sequence sequence) const;

  // `oldest` and `last`: of the datasource's events that there are.
  FoundEvents read(const EventsReply& query, Sequence oldest, Sequence last) const;
  // From where on to keep those that are not older than `since`. Reads what it does not know.
  Sequence first_since(DatasourceIndex datasource, Time since, Sequence oldest,
                       Sequence last) const;

 private:
  struct Recent {
    std::deque<Event> events;     // without gaps, up to the last one
    std::size_t not_written = 0;  // of them, at the end
    Sequence oldest = 0;          // to be deleted below; 0: nothing is
  };
  class Reader;

  static std::deque<Event>::const_iterator first_not_written(const Recent& recent) {
    return recent.events.end() - static_cast<std::ptrdiff_t>(recent.not_written);
  }

  void write_pages(DatasourceIndex datasource, const Recent& recent, CheckpointBatch& batch) const;
  void write_index(DatasourceIndex datasource, const Recent& recent, CheckpointBatch& batch) const;

  const Storage& storage_;
  const std::size_t recent_bytes_max_;
  std::map<DatasourceIndex, Recent> recent_;
  std::size_t bytes_ = 0;  // of all events in memory
};

}  // namespace store
