// What few jobs are submitted with.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "boxed.h"
#include "codes.h"
#include "dependencies.h"
#include "follow_ups.h"

namespace store {

struct SubmitExtras {
  std::vector<Dependency> after = {};  // by key alone; all known
  std::string turn_key = {};           // jobs with the same one run in turn; empty: none
  std::string unique = {};             // of live jobs there is one alone with it; empty: none
  std::shared_ptr<const FollowPlan> then = {};  // nullptr: nothing
  std::string follows = {};      // "<datasource>/<job>", whose follow-up it is; empty: of none
  std::string group = {};        // empty: none
  std::string after_group = {};  // empty: none
  std::string caveats = {};      // of the token, each behind a line feed; empty: are not kept
  std::string grants = {};       // for its worker alone; empty: none
  CodeOfJob code = {};

  bool says_nothing() const {
    return after.empty() && turn_key.empty() && unique.empty() && then == nullptr &&
           follows.empty() && group.empty() && after_group.empty() && caveats.empty() &&
           grants.empty() && code.hash.empty();
  }
};

inline Boxed<SubmitExtras> boxed(SubmitExtras extras) {
  return extras.says_nothing() ? Boxed<SubmitExtras>() : Boxed(std::move(extras));
}

}  // namespace store
