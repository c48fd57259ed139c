// What jobs leave behind while they live: attempts that ended, and lines of their logs. Of each job
// the youngest are kept: their keys go round (record.h), so that a new one takes the place of one
// that is kept no more. Noted in memory until the next checkpoint.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "changes.h"
#include "record.h"
#include "storage.h"
#include "texts.h"

namespace store {

class JobHistory {
 public:
  // `storage` must outlive this.
  explicit JobHistory(const Storage& storage) : storage_(storage) {}

  // Return how many bytes are held for it until the next write.
  std::size_t note(JobKey job, Attempt ended);
  std::size_t note(JobKey job, LogLine line);
  // The job is removed: all that it can have left behind is to be deleted.
  void note_removed(JobKey job, const Removed& removed);

  // Moves what is noted into the batch.
  void write(CheckpointBatch& batch);

  // Oldest first; `attempt` is the job's latest.
  std::vector<Attempt> attempts(JobKey job, std::uint32_t attempt) const;
  // Lines after `after` up to `last`. REQUIRES: they are kept.
  std::vector<LogLine> log(JobKey job, std::uint32_t after, std::uint32_t last) const;

 private:
  // A job, and the number modulo how many are kept.
  using HistorySlot = std::pair<JobKey, std::uint32_t>;

  const Storage& storage_;
  std::map<HistorySlot, Attempt> attempts_;
  std::map<HistorySlot, LogLine> lines_;
  std::vector<std::pair<JobKey, Removed>> removed_;
};

}  // namespace store
