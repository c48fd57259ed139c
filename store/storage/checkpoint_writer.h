// Keeps the checkpoint and jobs' texts. Each turn's changes are noted in memory and written
// later, many turns at once: a job that lives and ends in between is written once, and its request
// is written once in any case. Nothing waits for these writes; the journal stands behind them.
//
// Texts that are not on disk in the checkpoint are always in memory; those that are stay there
// only up to a limit.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event_log.h"
#include "job_history.h"
#include "job_table.h"
#include "noted_names.h"
#include "record.h"
#include "storage.h"
#include "texts.h"

namespace store {

struct CheckpointOptions {
  // What has been noted is written as soon as one of these is reached.
  std::size_t jobs_max = 4096;
  std::size_t bytes_max = 4u << 20;
  Span age_max = std::chrono::milliseconds(500);
  // Texts of written jobs that are kept at hand.
  std::size_t hot_bytes_max = 8u << 20;
  // Events that are written and kept at hand.
  std::size_t recent_events_bytes_max = 4u << 20;
};

class CheckpointWriter : public TextSource {
 public:
  // All must outlive this.
  CheckpointWriter(Storage& storage, const JobTable& jobs, CheckpointOptions options = {});

  // Notes what a committed turn changed. REQUIRES: the changes have been applied to the jobs.
  // Their elements are moved from.
  void note(TurnNumber turn, Time now, std::vector<Entry>&& entries, std::vector<Event>&& events);

  // Writes all that is noted if it is due. References to texts are then no longer good.
  void write_if_due(Time now);
  void write();
  // When write_if_due() has something to do; Time::max() if never.
  Time next_deadline() const;

  const Texts& texts(JobKey job) override;
  const Payload& payload(JobKey job) override;
  // These two write what is noted if storage does not have all of the answer.
  std::vector<EndedAttempt> attempts(JobKey job) override;
  std::vector<LogLine> log(JobKey job, std::uint32_t after, std::uint32_t last) override;

  FoundEvents events(const EventsReply& query) override;

  TextSource& texts() { return *this; }
  const EventLog& events() const { return events_; }

  std::uint64_t bytes_written() const { return bytes_written_; }

 private:
  struct KeyHash {
    std::size_t operator()(const JobKey& key) const {
      return std::hash<std::uint64_t>()(key.sequence ^ (std::uint64_t{key.datasource} << 40));
    }
  };
  // Where a job's Payload is.
  enum class PayloadPlace : std::uint8_t {
    kDisk,     // nowhere else
    kNew,      // here, and not on disk
    kChanged,  // here, and as it was before in a record of its own
    kBoth,     // here, and in a record of its own
  };
  // A job that is noted, or one that is alive and has its Payload at hand.
  struct Hot {
    Payload payload;
    Texts texts;
    PayloadPlace payload_place = PayloadPlace::kDisk;
    // The text is here. Else it is on disk, if the job has one.
    bool response_here = false;
    bool failure_here = false;
    bool message_here = false;
    bool is_noted = false;
    std::size_t bytes = 0;  // its part of hot_bytes_
  };
  using HotJobs = std::unordered_map<JobKey, Hot, KeyHash>;
  struct Note;

  Hot& noted(JobKey key);
  void note_entry(Entry& entry);
  void note_names(JobKey key);
  void note_names(DatasourceIndex datasource, const StoredNames& names);
  void note_parent(JobKey key);

  void write_job(JobKey key, CheckpointBatch& batch);
  void write_rows(CheckpointBatch& batch) const;
  void keep_hot(HotJobs::iterator hot);
  void forget_hot(HotJobs::iterator hot);
  void cool();

  const Job& known(JobKey key) const;
  const Payload& find_payload(JobKey key, bool is_final);
  // Reads what the job has and is not in `hot`, and drops what it has no more.
  void complete_texts(const Job& job, Hot& hot) const;

  Storage& storage_;
  const JobTable& jobs_;
  const CheckpointOptions options_;

  TurnNumber turn_ = 0;
  Time time_{};
  Time oldest_ = Time::max();
  std::size_t noted_bytes_ = 0;
  std::vector<JobKey> noted_jobs_;
  JobHistory history_;
  EventLog events_;
  NotedNames noted_clients_;
  NotedNames noted_functions_;
  NotedNames noted_workers_;
  NotedNames noted_tokens_;  // of datasource 0: tokens belong to none
  std::set<DatasourceIndex> noted_datasources_;

  HotJobs hot_;
  std::size_t hot_bytes_ = 0;   // of jobs that are not noted
  std::deque<JobKey> cooling_;  // these jobs, in the order of writing
  Hot read_;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace store
