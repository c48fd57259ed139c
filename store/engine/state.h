// The store's whole durable state in memory. It changes by applying entries alone, the same way
// when they are decided and when they are replayed from the journal after a restart; equal entries
// give equal digests. Each part keeps its own order; who holds a State that is const can only read.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "changes.h"
#include "codes.h"
#include "datasource.h"
#include "dependencies.h"
#include "follow_ups.h"
#include "function_states.h"
#include "group_waits.h"
#include "held_back.h"
#include "job_links.h"
#include "job_names.h"
#include "jobs.h"
#include "registered.h"
#include "schedules.h"
#include "shares.h"
#include "tokens.h"

namespace store {

// Of memory, about: a client's row in a datasource and its place in the queue; an id longer than
// those that are usual.
inline constexpr std::size_t kBytesOfClientRow = 1200;
inline constexpr std::size_t kBytesOfGroupRow = 800;
inline std::size_t bytes_of_id(std::string_view id) { return id.size() < 48 ? 0 : id.size(); }

struct State {
  explicit State(std::uint64_t hash_seed)
      : jobs(hash_seed), names(brought, hash_seed), tokens(brought, hash_seed) {}

  // Applies what was decided at `now`, and sets what follows of it. REQUIRES: it fits (checked).
  void apply(Time now, Entry& entry);

  std::optional<DatasourceIndex> find_datasource(std::string_view name) const;
  const Datasource& datasource(DatasourceIndex index) const { return *datasources[index]; }
  std::size_t datasource_count() const { return datasources.size(); }

  // Valid until the next apply(). nullptr when unknown.
  const Job* find(DatasourceIndex datasource, std::string_view id) const;
  const Job* find(JobKey key) const;
  // Under which of Datasource::functions the job is counted.
  std::string_view counted_as(const Job& job) const;
  // The client's jobs in a datasource, or nullptr.
  const ClientJobs* jobs_of_client(const Datasource& datasource, std::string_view client) const;
  std::vector<Rotation> rotations_of(DatasourceIndex datasource, std::string_view client) const {
    return datasources[datasource]->ready.rotations_of(names.find_client(client));
  }

  // Ends a start, so that a store goes on alike whatever part of it came from the journal.
  void forget_what_is_not_durable();

  // 64 bits over everything durable, independent of slots and of the order of hashing. Slow: for
  // tests, which compare the state before and after a refusal or a restart.
  std::uint64_t digest() const;

  // What several changes and a start have in common.
  Datasource& add_datasource(std::string name, std::string maker);
  void configure(Datasource& datasource, DatasourceConfig config);
  // `token`: that it was submitted with.
  Slot add_job(Job job, std::string_view client, std::string_view function,
               const std::vector<std::string>& tags, const Terms& terms, std::string_view token);
  // Of a job that was just added.
  void set_keys(Slot slot, const KeysOfJob& keys, std::string_view token);
  // The live job of the datasource that is unique by this, or nullptr.
  const Job* find_unique(DatasourceIndex datasource, std::string_view unique) const;
  void remove_job(Slot slot);
  // Of a new job: what it waits for; by key, by name, or as it is stored.
  void wait_for(Job& job, std::vector<Dependency> after);
  void wait_for(Job& job, const std::vector<jobq::AwaitedJob>& after);
  void add_dependencies(Job& job, std::vector<Dependency> after);
  // Others are still to be told of it, or made, in this turn: it cannot be forgotten yet.
  bool is_needed(JobKey job) const {
    return dependencies.is_awaited(job) || follow_ups.ended().contains(job);
  }
  // Who pays for the name of the job's worker.
  std::string_view payer_of_worker(const Job& job) const;
  Slot slot_of(JobKey key) const;
  Datasource& datasource_of(const Job& job) { return *datasources[job.key.datasource]; }
  FunctionCounts& counts_of(const Job& job) {
    auto& counted = datasource_of(job).functions;
    const auto found = counted.find(names.function_of(job));
    return found != counted.end() ? found->second : counts_of(datasource_of(job), counted_as(job));
  }
  // `name`: what counted_as() says.
  FunctionCounts& counts_of(Datasource& datasource, std::string_view name);
  // The job begins to wait (1), or waits no more (-1).
  void count_waiting(const Job& job, int by);

  // What jobs brought beyond what every job takes: names that were not held, long ids.
  Shares brought;
  Jobs jobs;
  JobNames names;
  JobLinks links;
  Dependencies dependencies;
  GroupWaits group_waits;
  HeldBackJobs held_back;
  FollowUps follow_ups;
  Tokens tokens;
  Schedules schedules;
  RegisteredFunctions registered;
  FunctionStates function_states;
  Codes codes;
  Shares checkpoints;  // of jobs, by the tokens that those were submitted with
  std::vector<std::unique_ptr<Datasource>> datasources;
  std::map<std::string, DatasourceIndex, std::less<>> datasource_indexes;
  Shares made;             // datasources, with the bytes of their configurations
  Shares listed;           // those with an item for the catalogue, with its bytes
  Shares worker_rows;      // of all datasources
  bool is_paused = false;  // hands out no job
  jobq::WorkerOrder order = jobq::WorkerOrder::kWork;  // for all workers
  Shares function_rows;  // with a name, of all datasources, by the tokens that made those

 private:
  Slot find_slot(JobKey key) const;
  void settle_payers();

  // Where jobs were found last, by their sequence: most are asked for several times in a row.
  mutable std::vector<Slot> seen_ = std::vector<Slot>(16384, kNoSlot);
};

// A function is there, in place of the one of its name, or no more; with the code that it names.
void set_function(State& state, DatasourceIndex datasource, FunctionState function);
void remove_function(State& state, DatasourceIndex datasource, std::string_view name);

// What the worker is told: the strictest of all that is meant for it.
jobq::WorkerOrder order_for(const State& state, DatasourceIndex datasource,
                            std::string_view worker);

// A job of the change, with all that it has, which does not wait yet. `token`: identifier of the
// one that it is made with.
Slot add_submitted(State& state, JobKey key, const Submitted& submitted, const std::string& token);
Slot add_child(State& state, JobKey key, const Restarted& restarted, const std::string& token);
Slot add_imported(State& state, JobKey key, const jobq::JobStatus& from, const std::string& token);
// Of a new job: what follows it (a plan that is nullptr: nothing), and whose follow-up it is.
void add_follow_ups(State& state, Job& job, FollowUps::Followed followed, std::string follows);
// A new job names that code; of none nothing changes.
void begin_code(State& state, Job& job, CodeOfJob code);
// A job that has just got its group, and one that is removed; of none nothing changes.
void join_group(State& state, Slot slot, std::string_view token);
void leave_group(State& state, const Job& job);
// A job of its group is live, or has ended; of none nothing changes.
void note_live(State& state, const Job& job, bool is_live);
// The oldest job that has not ended of the group that the job names to wait for.
Sequence first_awaited(State& state, const Job& job);
// A new job waits for those of the group that it names that have not ended.
void wait_for_group(State& state, Job& job);
// The group that the job waits for has ended. Whether it waits for nothing else.
bool end_group_wait(State& state, Time now, Job& job);
// The job has ended so, by the change: it waits for none any more, and those that wait for it are
// to be told.
void note_end_of_waits(State& state, Job& job, Status status, const Change& change);
// Of those that the job waits for one has ended. Whether it waits for none any more.
bool end_waiting(State& state, Time now, Job& job, JobKey ended);
// What an attempt of the job has left for the next one; 0: nothing.
void set_checkpoint(State& state, Job& job, std::size_t bytes);

}  // namespace store
