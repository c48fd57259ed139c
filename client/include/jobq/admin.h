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

#include "jobq/datasources.h"
#include "jobq/types.h"

namespace jobq {

// What to change in a job that waits. Zero and empty: leave it as it is.
struct Edit {
  unsigned priority = 0;  // 1 .. 100
  Span valid_for{};       // counted from now; without effect on a job that was taken before
  std::string request{};  // JSON
};

// Which jobs to restart. Empty: any.
struct RedriveQuery {
  std::string client{};
  std::string function{};
  std::string tag{};
  std::vector<Status> statuses{};  // kFailed, kCancelled, kForbidden; empty: kFailed
  unsigned limit = 0;              // 1 .. 1000; 0: the store's default, 100
  std::uint64_t cursor = 0;
};

// What the store knows of the use of a token; copies that were narrowed are counted with it.
struct TokenUse {
  std::string id{};           // its identifier, as `jobq inspect` shows it
  std::uint64_t waiting = 0;  // jobs that wait and were submitted with it
  std::uint64_t running = 0;  // jobs that are accepted with it
  // Jobs counted against caveats `rate <= n/unit`, by their functions' costs: in the last second
  // ("s"), minute, hour, day; those that the token was ever limited by.
  std::vector<std::pair<std::string, std::uint64_t>> used{};
  bool is_revoked = false;
  Time revoked_until{};  // zero: as long as its root key is there
};

// Root keys by their ids, oldest first: new tokens are signed with the last.
using RootKeyIds = std::vector<std::string>;

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

  DatasourceStats stats(const std::string& datasource);
  // Of all datasources, without functions.
  std::vector<DatasourceStats> stats();
  std::vector<WorkerStatus> workers(const std::string& datasource);

  // Makes the store forget a job.
  void remove(const std::string& datasource, const std::string& job);

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

  // Counters of the whole store since its start.
  StoreStats store_stats();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace jobq
