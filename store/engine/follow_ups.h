// What is submitted when jobs end, and what came of it. A part of the State.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "job.h"
#include "token_use.h"

namespace store {

// What follows a job, and as whose doing.
struct FollowPlan {
  std::vector<jobq::FollowUp> then;  // without what came of them; not empty
  Allowance allowance = {};
  Time token_until{};  // zero: it does not end by time
  std::string token = {};
};

// What came of a follow-up: its job's id, or why there is none. Both empty: nothing yet.
struct FollowResult {
  std::string id = {};
  std::string refused = {};

  bool is_known() const { return !id.empty() || !refused.empty(); }
};

// Whether it is made when a job has ended so.
bool is_made_at(jobq::FollowOn on, Status end);
// Of memory, about, with what may come of them.
std::size_t bytes_of(const std::vector<jobq::FollowUp>& then);
inline std::size_t bytes_of_follows(const std::string& follows) {
  return follows.empty() ? 0 : 128 + follows.size();
}

class FollowUps {
 public:
  struct Followed {
    std::shared_ptr<const FollowPlan> plan;  // never null
    std::vector<FollowResult> results;       // of each of them
  };
  // How a job has ended, as its follow-ups are told it.
  struct End {
    std::string response = {};
    JobError error = {};
  };

  // nullptr: nothing follows it.
  const Followed* of(const Job& job) const;
  // Whose follow-up it is; empty: of none.
  const std::string& follows(const Job& job) const;
  // Those that have ended with follow-ups still to be made, which is so within a turn alone.
  const std::map<JobKey, End>& ended() const { return ended_; }
  const std::map<JobKey, Followed>& all() const { return of_; }

  void add(Job& job, Followed followed);
  void set_follows(Job& job, std::string follows);
  // The job is final.
  void note_end(const Job& job, End end);
  // REQUIRES: nothing came of it yet.
  void note(const Job& job, std::size_t place, FollowResult result);
  void remove(const Job& job);

 private:
  std::map<JobKey, Followed> of_;
  std::map<JobKey, std::string> follows_;
  std::map<JobKey, End> ended_;
};

}  // namespace store
