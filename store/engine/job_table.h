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
#include <tuple>
#include <unordered_map>
#include <vector>

#include "changes.h"
#include "datasource.h"
#include "deadline_heap.h"
#include "id_index.h"
#include "interned.h"
#include "job.h"
#include "names.h"

namespace store {

// The job that a job restarts, and the one that restarted it; empty: none.
struct Links {
  std::string parent;
  std::string child;
};

// What a start finds on disk besides the entries.
struct StoredJob {
  Job job;  // without client, worker, function, tags, terms, has_links and index places
  std::string client;
  std::string worker;
  std::string function;
  std::vector<std::string> tags;
  Terms terms;
  Links links;
  std::string submit_token;
  std::string accept_token;
};

// Of what JobTable::accept_token_of() says.
std::string_view token_id_of(std::string_view accept_token);

class JobTable {
 public:
  // `hash_seed` keeps clients from choosing ids that collide; it changes nothing that can be seen.
  explicit JobTable(std::uint64_t hash_seed);
  JobTable(const JobTable&) = delete;
  JobTable& operator=(const JobTable&) = delete;

  // Applies what was decided at `now`, and sets entry.ended if that ends an attempt but not the
  // job. REQUIRES: it fits the state (checked).
  void apply(Time now, Entry& entry);

  // For a start, before any entry: datasources in the order of their indexes; then their configs,
  // counters and stamps; then jobs in the order of (datasource, sequence); then workers. A waiting
  // job's client must have a stamp unless the job is delayed.
  void add_datasource(std::string name, Sequence last_sequence, Stamp last_stamp,
                      Sequence oldest_event);
  void restore_config(DatasourceIndex datasource, DatasourceConfig config, Mode mode);
  void restore_counters(DatasourceIndex datasource, std::string function, const Counters& total);
  void restore_stamps(DatasourceIndex datasource, std::string_view client,
                      const std::vector<Turns>& turns);
  void restore_job(StoredJob stored);
  void restore_worker(DatasourceIndex datasource, std::string name, Worker worker);
  void restore_token(std::string token, TokenUse use);
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
  // Empty when it has none.
  std::string_view function_of(const Job& job) const;
  const std::vector<std::string>& tags_of(const Job& job) const;
  const Terms& terms_of(const Job& job) const { return terms_[job.terms]; }
  const Links& links_of(const Job& job) const;
  // Under which of Datasource::functions the job is counted.
  std::string_view counted_as(const Job& job) const;

  // The client's jobs in a datasource, or nullptr.
  const ClientJobs* jobs_of_client(DatasourceIndex datasource, std::string_view client) const;
  const Worker* find_worker(DatasourceIndex datasource, std::string_view name) const;
  // The worker was heard of. Changes nothing durable.
  void note_spoke(Time now, DatasourceIndex datasource, std::string_view worker);
  // Those of the worker that wait to be acknowledged, by the request's sequence; or nullptr.
  const std::map<Sequence, Slot>* open_cancels(DatasourceIndex datasource,
                                               std::string_view worker) const;
  // Of the datasource's configuration, for clients that have jobs.
  std::map<NameIndex, std::uint32_t> weights_of(DatasourceIndex datasource) const;
  std::vector<Turns> stamps_of(DatasourceIndex datasource, std::string_view client) const;
  // Indexes of those functions that jobs have, to ask the ready queue with; sorted.
  std::vector<NameIndex> find_functions(const std::vector<std::string>& functions) const;

  // By identifier. nullptr: nothing is known of its use.
  const TokenUse* use_of(std::string_view token) const;
  bool is_revoked(Time now, std::string_view token) const;
  // Jobs that were submitted with it.
  std::size_t waiting_of_token(std::string_view token) const;
  // Empty when it is not known. The latter is followed by Accepted::caveats.
  std::string_view submit_token_of(const Job& job) const;
  std::string_view accept_token_of(const Job& job) const;
  // The first of those that come after `after`, by identifier.
  std::vector<std::string> tokens_after(std::string_view after, std::size_t max) const;
  const std::map<std::string, TokenUse, std::less<>>& token_uses() const { return token_uses_; }

  std::size_t live_count() const { return live_count_; }
  std::size_t finished_count() const { return finished_.size(); }
  // Leases by their end, waiting jobs by when they may run or expire, finished jobs by the end of
  // their time.
  const DeadlineHeap& leases() const { return leases_; }
  const DeadlineHeap& waiting() const { return waiting_; }
  const DeadlineHeap& finished() const { return finished_; }
  // The job that has been finished longest. REQUIRES: finished_count() > 0.
  const Job& oldest_finished() const { return *find(finished_order_.front()); }

  // 64 bits over everything durable, independent of slots and of the order of hashing. Slow: for
  // tests, which compare the state before and after a refusal or a restart.
  std::uint64_t digest() const;

 private:
  struct Apply;

  void submit(Time now, const Entry& entry, const Submitted& submitted);
  void restart(Time now, const Entry& entry, const Restarted& restarted);
  void accept(Time now, const Entry& entry, const Accepted& accepted, Slot slot);
  // Moves a job from one status to the next, with all counts and indexes.
  void start_waiting(Time now, Slot slot, Status status, Time not_before);
  void stop_waiting(Slot slot);
  void end_attempt(Time now, Entry& entry, Slot slot, Ending ending, const Failure* failure,
                   const Hash& said);
  void finish(Time now, Slot slot, Status status);
  void make_ready(Slot slot);
  void remove(Slot slot);
  void edit(const Edited& edited, Slot slot);

  TokenIndex acquire_token(std::string_view token);
  void release_token(TokenIndex token);
  void count_waiting(TokenIndex token, int by);
  void apply_to_tokens(Time now, const Change& change);

  Slot new_slot();
  void index(Slot slot, std::string_view client, std::string_view function,
             const std::vector<std::string>& tags, const Terms& terms);
  Slot slot_of(JobKey key) const;
  Datasource& datasource_of(const Job& job) { return *datasources_[job.key.datasource]; }
  FunctionCounts& counts_of(const Job& job);
  void trim_finished_order();

  std::vector<std::unique_ptr<Datasource>> datasources_;
  std::map<std::string, DatasourceIndex, std::less<>> datasource_indexes_;
  std::deque<Job> jobs_;
  std::vector<Slot> free_;
  IdIndex ids_;
  Names clients_;
  Names workers_;
  Names functions_;
  Names tokens_;
  std::vector<std::size_t> waiting_of_token_;  // by TokenIndex
  std::map<std::string, TokenUse, std::less<>> token_uses_;
  Interned<std::vector<std::string>> tags_;
  Interned<Terms> terms_;
  std::unordered_map<Slot, Links> links_;
  DeadlineHeap leases_;
  DeadlineHeap waiting_;
  DeadlineHeap finished_;
  // In the order of finishing; may hold jobs that are gone, but not at its front.
  std::deque<JobKey> finished_order_;
  std::size_t live_count_ = 0;
  // During a start only: stamps of clients whose waiting jobs are still to come.
  std::map<std::tuple<DatasourceIndex, std::uint8_t, std::string>, Turns> restored_stamps_;
};

}  // namespace store
