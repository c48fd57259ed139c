// Random commands of every kind, from a few clients, workers and operators that behave in every
// way. The same seed and the same jobs give the same commands.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "commands.h"
#include "state.h"

namespace store {

class Traffic {
 public:
  explicit Traffic(unsigned seed) : random_(seed) {}

  // Whether tokens limit state, and are revoked.
  bool has_budgets = true;

  // `jobs`: those that there are, so that most commands are about one of them.
  Command next(Time now, const State& state);
  // Who asks: with one of a few tokens, or none.
  Origin origin();
  // How much later the next turn is; often not at all.
  Span pause();
  // Below `count`.
  unsigned pick(unsigned count) { return static_cast<unsigned>(random_() % count); }

 private:
  bool one_in(unsigned count) { return pick(count) == 0; }
  std::string text(unsigned size_max);
  const Job* any_job(const State& state, bool (*fits)(const Job&));
  std::string any_id(const State& state, bool (*fits)(const Job&));
  Lease any_lease(const State& state);

  NewJob new_job(Time now);
  Submit submit(Time now);
  Accept accept();
  Outcome outcome(const State& state);
  Log log_lines(const State& state, const Lease& lease);
  Update update(const State& state);
  Renew renew(const State& state);
  Allowance allowance();
  RevokeToken revoke(Time now);
  Configure configure();
  Command minding(const State& state);

  std::mt19937 random_;
  unsigned jobs_made_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace store
