// Which jobs wait for which others to end. A part of the State.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "job.h"

namespace store {

// A job that another one waits for, or has waited for. Such a job stays known until it is waited
// for no more.
struct Dependency {
  DatasourceIndex datasource = 0;
  Sequence sequence = 0;
  std::string id = {};
  bool any_end = false;             // it need not be complete
  Status end = Status::kSubmitted;  // final: how it has ended; it is waited for no more
  bool admits = false;              // ends it otherwise, the job that waits is forbidden

  JobKey key() const { return {datasource, sequence}; }
  bool allows(Status status) const { return any_end || status == Status::kComplete; }
};

// Of memory, about, beyond what every job takes.
std::size_t bytes_of(const std::vector<Dependency>& after);

class Dependencies {
 public:
  struct Edge {
    JobKey awaited;
    JobKey waiter;
  };

  // What the job waits for, or waited for, in the order in which it named them.
  const std::vector<Dependency>& of(const Job& job) const;
  // Whether a job waits for it still.
  bool is_awaited(JobKey job) const { return first_waiter(job).has_value(); }
  // A job that has ended, and one that waits for it still. Empty: there is none.
  std::optional<Edge> next_ended() const;
  std::size_t count() const { return of_.size(); }

  // The new job waits for those that have not ended as it says. One that is final waits for none.
  void add(Job& waiter, std::vector<Dependency> after);
  // A job has ended so. `error`: what it failed with, if it did.
  void note_end(JobKey job, Status end, const JobError& error = {});
  // What one failed with that has ended now and is waited for still; none after a start.
  const JobError& error_of(JobKey job) const { return ended_.at(job).error; }
  // One that the job waited for has ended so, which will do.
  void close(Job& waiter, JobKey awaited, Status end);
  // The job ends, so that it waits no more.
  void give_up(Job& waiter);
  void remove(const Job& waiter);

 private:
  std::optional<JobKey> first_waiter(JobKey awaited) const;
  void erase_open(JobKey awaited, JobKey waiter);

  std::map<JobKey, std::vector<Dependency>> of_;  // by the one that waits
  std::set<std::pair<JobKey, JobKey>> open_;      // the awaited one, the one that waits
  struct Ended {
    Status end = Status::kSubmitted;
    JobError error;
  };
  std::map<JobKey, Ended> ended_;  // those awaited that have ended
};

}  // namespace store
