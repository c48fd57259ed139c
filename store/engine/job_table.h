// The store's whole durable state in memory: datasources, jobs with their indexes, workers. The
// only code that changes a job. It changes by applying entries, the same way when they are decided
// and when they are replayed from the journal after a restart; equal entries give equal digests.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "changes.h"
#include "deadline_heap.h"
#include "id_index.h"
#include "job.h"
#include "names.h"
#include "ready_queue.h"
#include "sequence_index.h"

namespace store {

struct Worker {
  std::uint64_t request_number = 0;  // of its last accept that gave jobs
  Time heard_at{};                   // when that was
  std::vector<Slot> leases;          // given then; some may have ended since
};

struct Datasource {
  Datasource(std::string name_given, std::deque<Job>& slab)
      : name(std::move(name_given)), ready(slab) {}

  std::string name;
  Sequence last_sequence = 0;
  ReadyQueue ready;
  SequenceIndex jobs;
  std::map<NameIndex, SequenceIndex> jobs_of_client;
  std::map<std::string, Worker, std::less<>> workers;
};

// What a start finds on disk besides the entries.
struct StoredJob {
  Job job;  // without client, worker and index places
  std::string client;
  std::string worker;
};

class JobTable {
 public:
  // `hash_seed` keeps clients from choosing ids that collide; it changes nothing that can be seen.
  explicit JobTable(std::uint64_t hash_seed);
  JobTable(const JobTable&) = delete;
  JobTable& operator=(const JobTable&) = delete;

  // Applies what was decided at `now`. REQUIRES: it fits the state (checked).
  void apply(Time now, const Entry& entry);

  // For a start, before any entry: in the order of their indexes, of (datasource, sequence), and
  // after all jobs. `stamps` are those of ReadyQueue; a waiting job's client must have one.
  void add_datasource(std::string name, Sequence last_sequence);
  void restore_stamps(DatasourceIndex datasource, std::string_view client,
                      std::vector<std::pair<std::uint8_t, Sequence>> stamps);
  void restore_job(StoredJob stored);
  void restore_worker(DatasourceIndex datasource, std::string name, Worker worker);
  void finish_restore();

  std::optional<DatasourceIndex> find_datasource(std::string_view name) const;
  const Datasource& datasource(DatasourceIndex index) const { return *datasources_[index]; }
  std::size_t datasource_count() const { return datasources_.size(); }

  // Valid until the next apply(). nullptr when unknown.
  const Job* find(DatasourceIndex datasource, std::string_view id) const;
  const Job* find(JobKey key) const;
  const Job& at(Slot slot) const { return jobs_[slot]; }
  const std::string& client_of(const Job& job) const { return clients_[job.client]; }
  // Empty before the first attempt.
  std::string_view worker_of(const Job& job) const;
  // The client's jobs in a datasource by sequence, or nullptr.
  const SequenceIndex* jobs_of_client(DatasourceIndex datasource, std::string_view client) const;
  const Worker* find_worker(DatasourceIndex datasource, std::string_view name) const;
  std::vector<std::pair<std::uint8_t, Sequence>> stamps_of(DatasourceIndex datasource,
                                                           std::string_view client) const;

  std::size_t live_count() const { return live_count_; }
  std::size_t finished_count() const { return finished_.size(); }
  // Leases by deadline, finished jobs by the end of their time.
  const DeadlineHeap& leases() const { return leases_; }
  const DeadlineHeap& finished() const { return finished_; }
  // The job that has been finished longest. REQUIRES: finished_count() > 0.
  const Job& oldest_finished() const { return *find(finished_order_.front()); }

  // 64 bits over everything durable, independent of slots and of the order of hashing. Slow: for
  // tests, which compare the state before and after a refusal or a restart.
  std::uint64_t digest() const;

 private:
  void apply_to_job(Time now, const Entry& entry);
  void submit(Time now, const Entry& entry, const Submitted& submitted);
  void accept(Time now, const Entry& entry, const Accepted& accepted, Slot slot);
  void wait_again(const Entry& entry, Slot slot, Status status);
  void finish(Time now, Slot slot, Status status, const Hash& outcome);
  void remove(Slot slot);
  Slot new_slot();
  void index(Slot slot, std::string_view client);
  Slot slot_of(JobKey key) const;

  std::vector<std::unique_ptr<Datasource>> datasources_;
  std::map<std::string, DatasourceIndex, std::less<>> datasource_indexes_;
  std::deque<Job> jobs_;
  std::vector<Slot> free_;
  IdIndex ids_;
  Names clients_;
  Names workers_;
  DeadlineHeap leases_;
  DeadlineHeap finished_;
  // In the order of finishing; may hold jobs that are gone, but not at its front.
  std::deque<JobKey> finished_order_;
  void trim_finished_order();
  std::size_t live_count_ = 0;
  // During a start only: stamps of clients whose waiting jobs are still to come.
  std::map<std::tuple<DatasourceIndex, std::uint8_t, std::string>, Sequence> restored_stamps_;
};

}  // namespace store
