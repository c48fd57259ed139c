// Random commands of every kind, from a few clients, workers and operators that behave in every
// way. The same seed and the same jobs give the same commands.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "commands.h"
#include "job_table.h"

namespace store {

class Traffic {
 public:
  explicit Traffic(unsigned seed) : random_(seed) {}

  // Whether tokens limit jobs, and are revoked.
  bool has_budgets = true;

  // `jobs`: those that there are, so that most commands are about one of them.
  Command next(Time now, const JobTable& jobs);
  // Who asks: with one of a few tokens, or none.
  Origin origin();
  // How much later the next turn is; often not at all.
  Span pause();
  // Below `count`.
  unsigned pick(unsigned count) { return static_cast<unsigned>(random_() % count); }

 private:
  bool one_in(unsigned count) { return pick(count) == 0; }
  std::string text(unsigned size_max);
  const Job* any_job(const JobTable& jobs, bool (*fits)(const Job&));
  std::string any_id(const JobTable& jobs, bool (*fits)(const Job&));
  Lease any_lease(const JobTable& jobs);

  NewJob new_job(Time now);
  Submit submit(Time now);
  Accept accept();
  Outcome outcome(const JobTable& jobs);
  WriteLog log_lines(const JobTable& jobs, const Lease& lease);
  Update update(const JobTable& jobs);
  Renew renew(const JobTable& jobs);
  Allowance allowance();
  RevokeToken revoke(Time now);
  Configure configure();
  Command minding(const JobTable& jobs);

  std::mt19937 random_;
  unsigned jobs_made_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace store
