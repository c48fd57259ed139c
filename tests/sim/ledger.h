// What must hold of the entries of any store, whatever was asked of it: events are numbered without
// gaps, attempts only grow, a job has one lease at a time and ends once, and one turn does not do
// more than it may. Keeps its own books, over restarts too.
#pragma once

#include <map>
#include <vector>

#include "changes.h"
#include "state.h"
#include "store_limits.h"

namespace store::sim {

class Ledger {
 public:
  // A datasource whose events go on behind that one.
  void begin_behind(DatasourceIndex datasource, Sequence last) { last_[datasource] = last; }

  // Checks entries that were committed. Throws Mismatch.
  void note(const std::vector<Entry>& entries);

  // Checks that the jobs are those of the books, at the same attempts. Throws Mismatch.
  void check_state(const State& state) const;

  // Checks how much one tick did.
  static void check_tick(const Limits& limits, std::size_t removals_asked,
                         const std::vector<Entry>& entries);

  std::size_t jobs_finished() const { return jobs_finished_; }

 private:
  struct Known {
    std::uint32_t attempt = 0;
    bool is_leased = false;
    bool is_final = false;
  };

  void note_job(const Entry& entry);

  std::map<DatasourceIndex, Sequence> last_;
  std::map<JobKey, Known> jobs_;
  std::size_t jobs_finished_ = 0;
};

}  // namespace store::sim
