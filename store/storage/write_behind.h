// Keeps the derived records and jobs' texts. Each turn's changes are noted in memory and written
// later, many turns at once: a job that lives and ends in between is written once, and its request
// is written once in any case. Nothing waits for these writes; the journal stands behind them.
//
// Texts that are not on disk as derived records are always in memory; those that are stay there
// only up to a limit.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "job_table.h"
#include "record.h"
#include "storage.h"
#include "texts.h"

namespace store {

struct WriteBehindOptions {
  // What has been noted is written as soon as one of these is reached.
  std::size_t jobs_max = 4096;
  std::size_t bytes_max = 4u << 20;
  Span age_max = std::chrono::milliseconds(500);
  // Texts of written jobs that are kept at hand.
  std::size_t hot_bytes_max = 8u << 20;
};

class WriteBehind {
 public:
  // All must outlive this.
  WriteBehind(Storage& storage, const JobTable& jobs, WriteBehindOptions options = {});

  // Notes what a committed turn changed. REQUIRES: the changes have been applied to the jobs.
  void note(TurnNumber turn, Time now, std::vector<Entry> entries);

  // Writes all that is noted if it is due. REQUIRES: nobody uses texts() any more.
  void write_if_due(Time now);
  void write();
  // When write_if_due() has something to do; Time::max() if never.
  Time next_deadline() const;

  // The job's texts, from memory or disk; good until the next call of any member.
  // REQUIRES: the job is known.
  const Texts& texts(JobKey job);

  std::uint64_t bytes_written() const { return bytes_written_; }

 private:
  struct KeyHash {
    std::size_t operator()(const JobKey& key) const {
      return std::hash<std::uint64_t>()(key.sequence ^ (std::uint64_t{key.datasource} << 40));
    }
  };
  struct Hot {
    Texts texts;
    bool request_here = false;
    bool request_written = false;
  };
  using Name = std::pair<DatasourceIndex, std::string>;

  void note_entry(Entry& entry);
  void note_client(DatasourceIndex datasource, const std::string& client);
  void write_job(JobKey key, DerivedBatch& batch);
  void cool();

  Storage& storage_;
  const JobTable& jobs_;
  const WriteBehindOptions options_;

  TurnNumber turn_ = 0;
  Time time_{};
  Time oldest_ = Time::max();
  std::size_t noted_bytes_ = 0;
  std::unordered_set<JobKey, KeyHash> noted_jobs_;
  std::set<Name> noted_clients_;
  std::set<Name>::iterator last_client_ = noted_clients_.end();
  std::set<Name> noted_workers_;

  std::unordered_map<JobKey, Hot, KeyHash> hot_;
  std::size_t hot_bytes_ = 0;   // of requests that are written
  std::deque<JobKey> cooling_;  // jobs with such requests, in the order of writing
  Texts read_;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace store
