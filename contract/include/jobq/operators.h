// What operators (jobq/admin.h) ask and are told.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jobq/lists.h"
#include "jobq/types.h"
#include "jobq/workers.h"

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

// The same is done to all jobs that match, in steps.
struct BulkQuery {
  ListQuery where{};       // without text, in the order of the submits; limit: jobs of one step
  bool is_dry = false;     // nothing is done, but counted
  bool is_forced = false;  // to remove: jobs that have not ended too
  Edit edit{};             // to edit
};

struct BulkStep {
  std::uint64_t count = 0;  // jobs that were changed, or would be
  // Those, as they are now, or, removed, were; restarted: the new ones. A dry step: the first ten.
  std::vector<JobStatus> jobs{};
  std::uint64_t cursor = 0;  // of the next step; 0: there is none
  std::uint64_t last = 0;    // the greatest sequence: how far the cursor has to come
};

// Whether the store as a whole hands out no jobs, and what its workers are told, or those that were
// named.
struct StoreMode {
  bool is_paused = false;
  WorkerOrder order = WorkerOrder::kWork;
};

// Jobs counted against caveats `rate <= n/unit`, each with its function's cost, in the last second
// ("s"), minute, hour or day.
struct RateUse {
  std::string unit{};
  std::uint64_t used = 0;
};

// What the store knows of the use of a token; copies that were narrowed are counted with it.
struct TokenUse {
  std::string id{};              // its identifier, as `jobq inspect` shows it
  std::uint64_t waiting = 0;     // jobs that wait and were submitted with it
  std::uint64_t running = 0;     // jobs that are accepted with it
  std::vector<RateUse> rates{};  // those that the token was ever limited by
  bool is_revoked = false;
  Time revoked_until{};  // zero: as long as its root key is there
};

// A backup of the store that is on disk, and was read again.
struct Backup {
  std::string name{};
  std::uint64_t turn = 0;       // it has all turns of the journal up to this one, at least
  std::uint64_t bytes = 0;      // of its database's files
  std::uint64_t new_bytes = 0;  // of those that no older backup had
};

// Root keys by their ids, oldest first: new tokens are signed with the last.
using RootKeyIds = std::vector<std::string>;

}  // namespace jobq
