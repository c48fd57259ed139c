// What was counted of functions and datasources, minute by minute and hour by hour. It follows from
// the counters of the state: what they have grown by since it was written last goes to the steps in
// which the first of it was counted, within ten seconds, and at the end of each minute. After a
// crash the last of it may be told a step late; none is lost.
#pragma once

#include <map>
#include <string>

#include "jobq/history.h"
#include "noted_names.h"
#include "record.h"
#include "state.h"
#include "storage.h"
#include "texts.h"

namespace store {

class CountHistory {
 public:
  // Both must outlive this.
  CountHistory(const Storage& storage, const State& state) : storage_(storage), state_(state) {}

  // Counters of the function have changed.
  void note(Time now, DatasourceIndex datasource, std::string_view function) {
    since_ = std::min(since_, now);
    noted_.note(datasource, function);
  }
  // When it is to be written; Time::max() if never.
  Time due() const;
  // Moves what has changed into the batch.
  void write(CheckpointBatch& batch);

  jobq::HistoryPage read(const HistoryReply& query) const;

 private:
  FunctionCounts stored(const std::string& key) const;
  // What the function's counters have grown by, and how many wait and run now.
  FunctionCounts grown(DatasourceIndex datasource, const std::string& function,
                       const FunctionCounts& counts) const;
  void add(DatasourceIndex datasource, const std::string& function, const FunctionCounts& more,
           CheckpointBatch& batch) const;
  void trim(DatasourceIndex datasource, CheckpointBatch& batch);
  // By the number of the step.
  std::map<std::uint64_t, FunctionCounts> steps(const HistoryReply& query) const;

  const Storage& storage_;
  const State& state_;
  NotedNames noted_;
  Time since_ = Time::max();                          // the first of what is noted
  std::map<DatasourceIndex, std::uint64_t> trimmed_;  // in which hour
};

}  // namespace store
