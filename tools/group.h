// All jobs of a group, looked at as one.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "job_calls.h"
#include "json_fields.h"

namespace tools {

// How the jobs of a group stand.
struct GroupTally {
  std::size_t jobs = 0;
  std::map<jobq::Status, std::size_t> of_status;
  std::vector<std::string> live;  // ids of those that have not ended, oldest first

  [[nodiscard]] bool is_complete() const {
    const auto complete = of_status.find(jobq::Status::kComplete);
    return complete != of_status.end() && complete->second == jobs;
  }
};

class GroupCalls {
 public:
  // `whose` says the datasource, and for whom.
  GroupCalls(const JobOptions& whose, const jobq::Connection& connection, std::string group)
      : group_(std::move(group)), calls_(whose, connection) {}

  // Throws UsageError where there is no job of it.
  GroupTally tally();
  // Waits until none is live, also of those that come meanwhile, and returns how they stand then;
  // none in time: nothing. `changed` is told now and then how they stand.
  std::optional<GroupTally> wait(jobq::Span timeout,
                                 const std::function<void(const GroupTally&)>& changed);
  // Cancels those that are live. Returns those that a worker still has.
  std::size_t cancel(const GroupTally& tally);

 private:
  const std::string group_;
  JobCalls calls_;
};

// "3 complete, 1 failed".
std::string text_of(const GroupTally& tally);
Json fields_of(const GroupTally& tally, const std::string& group);

}  // namespace tools
