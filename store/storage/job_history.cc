#include "job_history.h"

#include <algorithm>

namespace store {
namespace {

template <typename Map>
void erase(Map& map, JobKey job) {
  map.erase(map.lower_bound({job, 0}), map.upper_bound({job, UINT32_MAX}));
}

}  // namespace

std::size_t JobHistory::note(JobKey job, Attempt ended) {
  const std::size_t bytes =
      sizeof ended + ended.worker.size() + ended.error.code.size() + ended.error.message.size();
  attempts_.insert_or_assign({job, ended.attempt % kAttemptsKept}, std::move(ended));
  return bytes;
}

std::size_t JobHistory::note(JobKey job, LogLine line) {
  const std::size_t bytes = sizeof line + line.text.size();
  lines_.insert_or_assign({job, line.number % kLogLinesKept}, std::move(line));
  return bytes;
}

void JobHistory::note_removed(JobKey job, const Removed& removed) {
  erase(attempts_, job);
  erase(lines_, job);
  if (removed.log_lines > 0 || removed.attempt > 0) {
    removed_.emplace_back(job, removed);
  }
}

void JobHistory::write(CheckpointBatch& batch) {
  for (const auto& [slot, ended] : attempts_) {
    batch.writes.push_back({attempt_key(slot.first, slot.second), encode_record(ended)});
  }
  for (const auto& [slot, line] : lines_) {
    batch.writes.push_back({log_line_key(slot.first, slot.second), encode_record(line)});
  }
  // Numbers begin with 1, so that these are all keys that there can be.
  for (const auto& [job, removed] : removed_) {
    for (std::uint32_t i = 1; i <= std::min(removed.attempt, kAttemptsKept); ++i) {
      batch.writes.push_back({attempt_key(job, i), std::nullopt});
    }
    for (std::uint32_t i = 1; i <= std::min(removed.log_lines, kLogLinesKept); ++i) {
      batch.writes.push_back({log_line_key(job, i), std::nullopt});
    }
  }
  attempts_.clear();
  lines_.clear();
  removed_.clear();
}

std::vector<Attempt> JobHistory::attempts(JobKey job, std::uint32_t attempt) const {
  std::vector<Attempt> attempts;
  for (std::uint32_t i = 1; i <= std::min(attempt, kAttemptsKept); ++i) {
    // An attempt that goes on, or that ended the job, is nowhere.
    if (const auto noted = attempts_.find({job, i % kAttemptsKept}); noted != attempts_.end()) {
      attempts.push_back(noted->second);
    } else if (const auto record = storage_.read_checkpoint(attempt_key(job, i))) {
      attempts.push_back(decode_record<Attempt>(*record));
    }
  }
  std::sort(attempts.begin(), attempts.end(),
            [](const Attempt& a, const Attempt& b) { return a.attempt < b.attempt; });
  return attempts;
}

std::vector<LogLine> JobHistory::log(JobKey job, std::uint32_t after, std::uint32_t last) const {
  std::vector<LogLine> lines;
  for (std::uint32_t number = after; number < last;) {
    ++number;
    if (const auto noted = lines_.find({job, number % kLogLinesKept}); noted != lines_.end()) {
      lines.push_back(noted->second);
    } else if (const auto record = storage_.read_checkpoint(log_line_key(job, number))) {
      lines.push_back(decode_record<LogLine>(*record));
    }
    if (lines.empty() || lines.back().number != number) {
      throw StorageError("line " + std::to_string(number) + " of a job's log is missing");
    }
  }
  return lines;
}

}  // namespace store
