// The operator's side of a store: what datasources do and hold, and jobs that need a hand.
//
//   jobq::Admin admin({.server_key = key, .token = token});  // a token whose path covers /admin/
//   admin.pause("scan");
//
// All calls survive restarts of the store as jobq/client.h says, and may be repeated. They throw
// Refused and Unreachable (types.h). One object serves one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "jobq/connection.h"
#include "jobq/datasources.h"
#include "jobq/function_state.h"
#include "jobq/history.h"
#include "jobq/operators.h"

namespace jobq {

class Admin {
 public:
  explicit Admin(Connection connection);
  ~Admin();
  Admin(Admin&&) noexcept;
  Admin& operator=(Admin&&) noexcept;

  // Change the datasource's mode; return its configuration. resume() ends both others.
  DatasourceConfig pause(const std::string& datasource);
  DatasourceConfig resume(const std::string& datasource);
  DatasourceConfig drain(const std::string& datasource);

  DatasourceConfig config(const std::string& datasource);
  // Registers config.datasource if it is new, and replaces its whole configuration except the
  // mode. Returns what holds then.
  DatasourceConfig configure(const DatasourceConfig& config);

  // Erases a datasource that has no jobs, with its schedules, functions, configuration, counters
  // and events. 409 while it has jobs.
  void drop(const std::string& datasource);

  DatasourceStats stats(const std::string& datasource);
  // Of all datasources, without functions.
  std::vector<DatasourceStats> stats();
  std::vector<WorkerStatus> workers(const std::string& datasource);
  // As Driver's of the same name.
  StatePage state(const std::string& datasource, const StateQuery& query);
  // What was counted in the latest minutes or hours, oldest first.
  HistoryPage history(const std::string& datasource, const HistoryQuery& query = {});

  // Makes the store forget a job. `is_forced`: one that has not ended too, whatever its worker
  // says.
  void remove(const std::string& datasource, const std::string& job, bool is_forced = false);

  // Of a final job, makes a new one that is its child, and returns that; of a job that waits for
  // its time, lets it run now. 409 while a worker has it. Repeated: the same child again.
  // `new_job`: the child's id; empty: the store makes a GUID.
  JobStatus restart(const std::string& datasource, const std::string& job,
                    const std::string& new_job = {});

  // 409 unless the job waits.
  JobStatus edit(const std::string& datasource, const std::string& job, const Edit& edit);

  // Restarts the jobs that match and have no child, oldest first; returns the new ones. Those that
  // were restarted before are passed over, also by a repetition of a call whose answer was lost.
  JobPage redrive(const std::string& datasource, const RedriveQuery& query);

  // One step for the jobs that match, oldest first; the next one is asked for with its cursor. What
  // it cannot be done to, or was done to before, is passed over: so it may be repeated. Restarted
  // are jobs that have ended as `query.where.statuses` says, failed ones by default.
  BulkStep cancel_all(const std::string& datasource, const BulkQuery& query);
  BulkStep edit_all(const std::string& datasource, const BulkQuery& query);
  BulkStep remove_all(const std::string& datasource, const BulkQuery& query);
  BulkStep restart_all(const std::string& datasource, const BulkQuery& query);

  // Tells a worker of the datasource something, all of it (`worker` empty), or all of the store
  // (both empty): to take no more jobs, or to hand back those that run too, until it is kWork
  // again, also after a restart of the store. They hear of it at once. The strictest of the three
  // holds. 404 when nothing is known of the worker.
  StoreMode order_workers(const std::string& datasource, const std::string& worker,
                          WorkerOrder order);

  // The store hands out no job of any datasource, also after a restart; and does again.
  StoreMode pause_store();
  StoreMode resume_store();

  // Jobs with all that the store has of them but the lines of their logs, oldest first; `text` of
  // the query is not looked at. Pages come back short where jobs are large.
  JobPage export_jobs(const std::string& datasource, const ListQuery& query);
  // Makes jobs as an export has them, in their states; up to 1024, of 8 MiB together. One result
  // for each. `created` is false for those that are there already: so it may be repeated.
  std::vector<SubmitResult> import_jobs(const std::string& datasource, std::vector<JobStatus> jobs);

  // Tokens that have jobs, whose use is counted, or that are revoked, by identifier.
  std::vector<TokenUse> tokens();
  // No copy of the token is accepted any more; jobs accepted with it wait again. `until`: when the
  // store may forget about it, e.g. when the token expires; zero: not before its root key.
  TokenUse revoke(const std::string& token_id, Time until = {});

  RootKeyIds root_keys();
  // A call whose answer was lost on the way may have made two.
  RootKeyIds new_root_key();
  // Ends the tokens, leases and streams of a key. 409 for the newest.
  RootKeyIds retire_root_key(const std::string& id);

  // Returns when the backup is on disk and was read again. 404: the store makes none; 409: there is
  // one of that name, perhaps by this call, if its answer was lost on the way; 507: no room.
  Backup make_backup(const std::string& name);

  // Counters of the whole store since its start.
  StoreStats store_stats();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace jobq
