// The one thread of a worker that speaks with the store: it accepts jobs, renews their leases,
// hears of cancels, and reports what callbacks say. Outcomes that are waiting go into one message
// together: while one is under way the next ones gather, so there is no timer and a single outcome
// is not held up.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "conversation.h"
#include "held_jobs.h"
#include "jobq/driver_requests.h"
#include "leases.h"

namespace jobq {

class WorkerLoop {
 public:
  // `options` must outlive it.
  WorkerLoop(const Connection& connection, const WorkerOptions& options);

  // Until the jobs are stopped, none runs, and all outcomes are reported or the patience is over.
  // Throws Refused when the store does not let this worker work.
  void run();

  HeldJobs& held() { return held_; }
  std::uint64_t finished() const { return finished_; }

 private:
  enum class Accepts { kGoOn, kLast, kOver };
  struct RefusedOutcome {
    Lease lease;
    UpdateResult result;
  };

  void accept(Clock::time_point now);
  void take_order(WorkerOrder order);
  void look_at_machine(Clock::time_point now);
  void accept_last();
  void take(Accepted accepted);
  void take(const CancelRequest& cancel);
  bool take_early_cancel(const Lease& lease);
  AcceptQuery query(unsigned max, Span wait) const;
  void listen(Clock::time_point now);
  void report(Clock::time_point now);
  // True when that is done, false when the outcome is to be reported (again).
  bool settle(const HeldJobPtr& job, Outcome& outcome, const UpdateResult& result);
  void settle_speech(const HeldJobPtr& job, const UpdateResult& result);
  void ask_how_it_ended();
  void tell_refused(std::optional<Ending> ended);
  void end_accepts();
  void end_reports();
  bool is_over(Clock::time_point now);

  const WorkerOptions& options_;
  const Span patience_;
  const WorkerAbout about_;
  Conversation store_;
  HeldJobs held_;
  Leases leases_;
  Topic accepting_;
  Topic accepting_last_;
  Topic listening_{"cancels come late"};
  Topic reporting_;
  Topic asking_ending_;

  Accepts accepts_ = Accepts::kGoOn;
  std::shared_ptr<PendingCall> accept_;
  std::uint64_t accept_number_ = next_request_number();
  WorkerOrder order_ = WorkerOrder::kWork;
  unsigned least_priority_ = 0;
  Clock::time_point look_at_machine_at_{};
  bool is_idle_awaited_ = false;  // before the next accept
  std::uint64_t seen_ = 0;        // of cancels
  // Cancels of jobs that are not here, perhaps not yet.
  std::deque<CancelRequest> early_cancels_;
  // Of which the store is asked how the attempt had ended.
  std::deque<RefusedOutcome> refused_;
  bool are_reports_over_ = false;
  std::optional<Clock::time_point> give_up_at_;
  std::exception_ptr error_;
  std::atomic<std::uint64_t> finished_ = 0;
};

}  // namespace jobq
