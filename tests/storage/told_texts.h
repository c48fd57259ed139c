// A naive memory of what has been said about state, to compare a TextSource with.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "state.h"
#include "texts.h"

namespace store {

class ToldTexts {
 public:
  // An entry that has been applied.
  void hear(Time now, const Entry& entry);

  // Requires that `source` says the same of all jobs in the table.
  void require_same(const State& state, TextSource& source) const;

  struct Told {
    Payload payload;
    Texts texts;
    std::vector<Attempt> attempts;
    std::vector<LogLine> lines;
  };
  const Told& of(JobKey job) const { return told_.at(job); }

 private:
  std::map<JobKey, Told> told_;
};

}  // namespace store
