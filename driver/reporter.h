// The thread of a worker that reports what callbacks say and renews leases. Outcomes that are
// waiting go into one message together: while one is under way the next ones gather, so there is no
// timer and a single outcome is not held up.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>

#include "connection.h"
#include "held_jobs.h"
#include "store_clock.h"
#include "trouble.h"

namespace jobq {

class Reporter {
 public:
  // `patience_after_work`: how long outcomes are tried to be reported once they are complete.
  Reporter(StoreConnection& store, HeldJobs& held, const WorkerOptions& options,
           Span patience_after_work, Trouble& trouble)
      : store_(store),
        held_(held),
        options_(options),
        patience_after_work_(patience_after_work),
        trouble_(trouble) {}

  // Until all outcomes are reported and no more are to come. Throws Refused when the store does
  // not let this worker report.
  void run();

  std::uint64_t finished() const { return finished_; }

 private:
  enum class Settled { kDone, kSaid, kAgain };

  bool renew();
  void take_renewal(std::span<HeldJob* const> jobs, const Renewal& renewal);
  void learn_ends();
  void lose_expired();
  void report();
  void lose(HeldJob& job, const std::string& why);
  // What the store said to one outcome: that the job is done with, or not yet, or `outcome` is to
  // be reported again.
  Settled settle(HeldJob& job, Outcome& outcome, const UpdateResult& result);
  Settled settle_speech(HeldJob& job, const UpdateResult& result);
  // Empty when the store does not tell.
  std::optional<Ending> how_it_ended(const Lease& lease);
  // False when the store is away or too busy; throws other refusals.
  bool try_call(const std::function<void()>& call);

  StoreConnection& store_;
  HeldJobs& held_;
  const WorkerOptions& options_;
  const Span patience_after_work_;
  Trouble& trouble_;
  StoreClock clock_;
  bool are_ends_known_ = true;
  bool is_put_off_ = false;
  std::atomic<std::uint64_t> finished_ = 0;
};

// 429 and 507: the store will take it later. So will it 503.
bool is_put_off(unsigned code);
// How long to leave a store alone that said so.
constexpr Span kPutOff{100};

}  // namespace jobq
