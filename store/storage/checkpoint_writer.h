// Keeps the checkpoint. What each turn changed is noted in memory and written later, many turns at
// once: a job that lives and ends in between is written once, and its request is written once in
// any case. Nothing waits for these writes; the journal stands behind them.
#pragma once

#include <set>
#include <vector>

#include "noted_names.h"
#include "state.h"
#include "storage.h"
#include "text_cache.h"

namespace store {

struct CheckpointOptions {
  bool writes = true;  // false: all stays noted, for storage that is only read
  // What has been noted is written as soon as one of these is reached.
  std::size_t jobs_max = 8192;
  std::size_t bytes_max = 8u << 20;
  Span age_max = std::chrono::milliseconds(500);
  // Texts of written jobs that are kept at hand.
  std::size_t texts_bytes_max = 8u << 20;
  // Events that are written and kept at hand.
  std::size_t events_bytes_max = 8u << 20;
};

class CheckpointWriter {
 public:
  // All must outlive this.
  CheckpointWriter(Storage& storage, const State& state, CheckpointOptions options = {});

  // Notes what a committed turn changed. REQUIRES: the changes have been applied to the state.
  // Their elements are moved from.
  void note(TurnNumber turn, Time now, std::vector<Entry>&& entries, std::vector<Event>&& events);

  // Writes all that is noted if it is due. References to texts are then no longer good. REQUIRES:
  // nothing has been applied to the state that is not noted.
  void write_if_due(Time now);
  // And what was counted, if that is due.
  void write(Time now = Time::max());
  // When write_if_due() has something to do; Time::max() if never.
  Time next_deadline() const;

  TextSource& texts() { return texts_; }
  // Has all events that were noted since the last cool_events().
  const EventLog& events() const { return texts_.event_log(); }
  // Drops written events that there is no room for, if no other events are noted.
  void cool_events();

  // Roughly, of texts and events in memory.
  std::size_t bytes_at_hand() const { return noted_bytes_ + texts_.bytes_at_hand(); }
  std::uint64_t bytes_written() const { return bytes_written_; }

 private:
  struct NoteRows;

  void note_names(JobKey key);
  void note_function(DatasourceIndex datasource, std::string_view function);
  void note_names(DatasourceIndex datasource, const StoredNames& names);
  void write_rows(CheckpointBatch& batch) const;

  Storage& storage_;
  const State& state_;
  const CheckpointOptions options_;

  TurnNumber turn_ = 0;
  Time time_{};
  Time oldest_ = Time::max();
  std::size_t noted_bytes_ = 0;
  TextCache texts_;
  NotedNames noted_clients_;
  NotedNames noted_functions_;
  NotedNames noted_workers_;
  NotedNames noted_tokens_;  // of datasource 0: tokens belong to none
  NotedNames noted_schedules_;
  NotedNames noted_registered_;
  NotedNames noted_values_;  // of functions
  NotedNames noted_codes_;
  std::set<DatasourceIndex> noted_datasources_;
  std::set<DatasourceIndex> noted_dropped_;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace store
