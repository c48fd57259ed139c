// What was said of jobs and passes through the store: payloads, responses, errors and messages,
// their histories, and events. What no checkpoint has yet is in memory, of the rest as much as
// there is room for; all else is read from storage.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "code_bytes.h"
#include "count_history.h"
#include "event_log.h"
#include "job_history.h"
#include "record.h"
#include "state.h"
#include "storage.h"
#include "texts.h"

namespace store {

class TextCache : public TextSource {
 public:
  // `storage` and `jobs` must outlive this. At most `texts_bytes_max` of jobs that are in the
  // checkpoint stay in memory, and `events_bytes_max` of such events.
  TextCache(const Storage& storage, const State& state, std::size_t texts_bytes_max,
            std::size_t events_bytes_max);

  // Takes the texts out of an entry about a job. REQUIRES: it has been applied. Returns how many
  // bytes are held for it until the next checkpoint.
  std::size_t note(Time now, Entry& entry);
  std::size_t noted_jobs() const { return noted_.size(); }

  // Moves what is noted into the batch.
  void write(CheckpointBatch& batch);
  // Drops texts that there is no room for. REQUIRES: nothing is noted, and storage has all of it.
  void cool();

  const Texts& texts(JobKey job) override;
  const Payload& payload(JobKey job) override;
  std::vector<Attempt> attempts(JobKey job) override;
  std::vector<LogLine> log(JobKey job, std::uint32_t after, std::uint32_t last) override;
  FoundEvents events(const EventsReply& query) override;
  jobq::HistoryPage history(const HistoryReply& query) override { return counted_.read(query); }
  std::string code(DatasourceIndex datasource, const std::string& hash) override {
    return codes_.read(datasource, hash);
  }

  // Beside the texts that are noted.
  std::size_t bytes_at_hand() const { return bytes_ + events_.bytes_at_hand(); }

  EventLog& event_log() { return events_; }
  CountHistory& count_history() { return counted_; }
  const CountHistory& count_history() const { return counted_; }
  const EventLog& event_log() const { return events_; }
  CodeBytes& codes() { return codes_; }

 private:
  struct KeyHash {
    std::size_t operator()(const JobKey& key) const {
      return std::hash<std::uint64_t>()(key.sequence ^ (std::uint64_t{key.datasource} << 40));
    }
  };
  // A job that is noted, or one that is alive and has its payload here.
  struct CachedJob {
    Texts texts;
    std::optional<Payload> payload;   // nothing: it is on disk
    bool is_payload_written = false;  // in a record of its own
    // The text is here. Else it is on disk, if the job has one.
    bool has_response = false;
    bool has_failure = false;
    bool has_message = false;
    bool has_checkpoint = false;
    bool has_grants = false;
    bool is_noted = false;
    std::size_t bytes = 0;  // its part of bytes_
  };
  using CachedJobs = std::unordered_map<JobKey, CachedJob, KeyHash>;
  struct TakeTexts;

  static std::size_t bytes_of(const CachedJob& cached);
  CachedJob& noted(JobKey key);
  void note_parent(JobKey key);
  void write_job(JobKey key, CheckpointBatch& batch);
  void keep(CachedJobs::iterator cached);
  void forget(CachedJobs::iterator cached);

  const Job& known(JobKey key) const;
  StoredTexts read_texts(JobKey key) const;
  const Payload& find_payload(JobKey key, bool is_final);
  // Reads what the job has and is not here, and drops what it has no more.
  void complete(const Job& job, CachedJob& cached) const;

  const Storage& storage_;
  const State& state_;
  const std::size_t bytes_max_;
  CachedJobs cached_;
  std::vector<JobKey> noted_;
  std::size_t bytes_ = 0;       // of jobs that are not noted
  std::deque<JobKey> cooling_;  // these jobs, in the order of writing
  CachedJob read_;              // of one that is not in cached_
  JobHistory history_;
  EventLog events_;
  CountHistory counted_;
  CodeBytes codes_;
};

}  // namespace store
