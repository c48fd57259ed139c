#include "timers.h"

namespace store {
namespace {

std::string seconds(Span span) {
  const auto tenths = span.count() / 100;
  return std::to_string(tenths / 10) + (tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10)) +
         " s";
}

void lose_lease(Turn& turn, const Job& job) {
  const std::uint32_t max = turn.state.names.terms_of(job).lost_leases_max;
  if (job.lost_leases + 1 < max) {
    turn.record(job.key, LeaseLost{});
    return;
  }
  turn.record(job.key,
              LeaseLostLast{Failure{.code = "lost-leases",
                                    .message = "the lease ran out in " + std::to_string(max) +
                                               " attempts; the last worker was " +
                                               std::string(turn.state.names.worker_of(job)),
                                    .detail = {}}});
}

void run_out_of_time(Turn& turn, const Job& job) {
  record_failure(
      turn, job,
      Failure{.code = "timeout",
              .message = "attempt " + std::to_string(job.attempt) + " by " +
                         std::string(turn.state.names.worker_of(job)) + " ran longer than " +
                         seconds(turn.state.names.terms_of(job).timeout),
              .detail = {}},
      Span::zero(), Hash{});
}

}  // namespace

void forget_finished(Turn& turn) {
  const auto forget = [&](const Job& job) { turn.record(job.key, removal_of(job)); };
  for (int left = turn.limits.expirations_per_turn_max; left > 0; --left) {
    if (turn.state.jobs.finished().next() <= turn.now) {
      forget(turn.state.jobs.at(turn.state.jobs.finished().top()));
    } else if (turn.state.jobs.finished_count() > turn.limits.finished_max) {
      forget(turn.state.jobs.oldest_finished());
    } else {
      break;
    }
  }
}

// Several may be over at once after the store was down: the earliest decides, and of equals the
// cancel, then the attempt's time.
void end_leases(Turn& turn) {
  for (int left = turn.limits.expirations_per_turn_max;
       left > 0 && turn.state.jobs.leases().next() <= turn.now; --left) {
    const Job& job = turn.state.jobs.at(turn.state.jobs.leases().top());
    if (job.cancel_sequence != 0) {
      turn.record(job.key, Cancelled{});
    } else if (due_at(job) == job.attempt_until) {
      run_out_of_time(turn, job);
    } else {
      lose_lease(turn, job);
    }
  }
}

void let_waiting_go_on(Turn& turn) {
  for (int left = turn.limits.expirations_per_turn_max;
       left > 0 && turn.state.jobs.waiting().next() <= turn.now; --left) {
    const Job& job = turn.state.jobs.at(turn.state.jobs.waiting().top());
    if (is_overdue(turn, job)) {
      expire_if_overdue(turn, job);
    } else {
      turn.record(job.key, Due{});
    }
  }
}

void expire_if_overdue(Turn& turn, const Job& job) {
  if (is_overdue(turn, job)) {
    turn.record(job.key, Expired{Failure{.code = "expired",
                                         .message = "no worker took it within its time",
                                         .detail = {}}});
  }
}

void answer_expired_waiters(Turn& turn) {
  struct Answer {
    Turn& turn;
    void operator()(const Waiters::ForJobs& waiter) const {
      turn.answer(waiter.origin, AcceptReply{});
    }
    void operator()(Waiters::ForEvents& waiter) const {
      turn.answer(waiter.origin, std::move(waiter.reply));
    }
    void operator()(Waiters::ForCancels& waiter) const {
      turn.answer(waiter.origin, std::move(waiter.reply));
    }
    // A job that is waited for is live, since a final one is answered at once.
    void operator()(const Waiters::ForNews& waiter) const {
      turn.answer(waiter.origin, JobReply{view_of(turn.state, *turn.state.find(waiter.job)),
                                          waiter.with_attempts, waiter.with_request});
    }
  };
  const auto max = static_cast<std::size_t>(turn.limits.expirations_per_turn_max);
  for (Waiters::Waiter& waiter : turn.waiters.take_expired(turn.now, max)) {
    std::visit(Answer{turn}, waiter);
    turn.effects.replies.back().is_wait_over = true;
  }
}

}  // namespace store
