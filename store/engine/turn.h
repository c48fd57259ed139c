// What an operation works with during one turn: the state, the time, and the only way to change
// something.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "commands.h"
#include "effects.h"
#include "job_table.h"
#include "store_limits.h"
#include "waiters.h"

namespace store {

struct Turn {
  const Limits& limits;
  Time now;
  JobTable& jobs;
  Waiters& waiters;
  Effects& effects;

  // Changes the state and notes the entry for the journal; answers who waited for news of the job.
  // Of a Submitted the job is new, and its key's sequence is chosen here.
  void record(JobKey job, Change change);

  // Finds the datasource, or makes it. Empty when the store has as many as it may.
  std::optional<DatasourceIndex> datasource(const std::string& name);

  // Gives ready jobs to those who wait for them.
  void hand_out(DatasourceIndex datasource);

  // Refusals that several operations share.
  Refused too_many_datasources() const;
  Refused too_many_waiters() const;

  void answer(const Origin& origin, Reply reply) {
    effects.replies.push_back({origin, std::move(reply)});
  }
};

JobView view_of(const JobTable& jobs, const Job& job);

// The job whose current lease this is, or nullptr. That no other proof is asked for makes an
// expired, a re-leased and an unknown job one refusal: in each case the worker must stop.
const Job* leased_job(const Turn& turn, DatasourceIndex datasource, const Lease& lease);

// One function for each command. An empty result: the answer is held back.
Reply apply(Turn& turn, Submit& command);
std::optional<Reply> apply(Turn& turn, const Origin& origin, GetJob& command);
Reply apply(Turn& turn, const ListJobs& command);
std::optional<Reply> apply(Turn& turn, const Origin& origin, Accept& command);
Reply apply(Turn& turn, const Renew& command);
Reply apply(Turn& turn, Update& command);

}  // namespace store
