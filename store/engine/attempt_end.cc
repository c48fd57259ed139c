#include "attempt_end.h"

#include "timers.h"

namespace store {
namespace {

std::string seconds(Span span) {
  const auto tenths = span.count() / 100;
  return std::to_string(tenths / 10) + (tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10)) +
         " s";
}

bool cancel_if_requested(Context& context, const Job& job, const Hash& outcome = {}) {
  if (job.cancel_sequence != 0) {
    context.record(job.key, Cancelled{outcome});
  }
  return job.status == Status::kCancelled;
}

std::string worker_of(const Context& context, const Job& job) {
  return std::string(context.state.names.worker_of(job));
}

}  // namespace

void fail_attempt(Context& context, const Job& job, JobError failure, Span delay,
                  const Hash& outcome) {
  const Terms& terms = context.state.names.terms_of(job);
  if (cancel_if_requested(context, job, outcome)) {
    return;
  }
  if (job.failures + 1 >= terms.failures_max) {
    context.record(job.key, RetriedLast{.failure = std::move(failure), .outcome = outcome});
    return;
  }
  const Span wait = delay != Span::zero()
                        ? delay
                        : backoff_delay(*terms.backoff, job.failures + 1, context.chance());
  context.record(
      job.key,
      Retried{.failure = std::move(failure), .not_before = context.now + wait, .outcome = outcome});
}

void time_out(Context& context, const Job& job) {
  const std::string message = "attempt " + std::to_string(job.attempt) + " by " +
                              worker_of(context, job) + " ran longer than " +
                              seconds(context.state.names.terms_of(job).timeout);
  fail_attempt(context, job, JobError{"timeout", message, {}}, Span::zero(), Hash{});
}

void stall(Context& context, const Job& job) {
  const Terms& terms = context.state.names.terms_of(job);
  context.record(job.key, Flagged{Flagged::kStalled});
  if (!terms.stall_fails) {
    return;
  }
  const std::string message = "attempt " + std::to_string(job.attempt) + " by " +
                              worker_of(context, job) + " was without progress for " +
                              seconds(terms.stall_after);
  fail_attempt(context, job, JobError{"stalled", message, {}}, Span::zero(), Hash{});
}

void lose_lease(Context& context, const Job& job) {
  const std::uint32_t max = context.state.names.terms_of(job).lost_leases_max;
  if (cancel_if_requested(context, job)) {
    return;
  }
  if (job.lost_leases + 1 < max) {
    context.record(job.key, LeaseLost{});
    return;
  }
  std::string message = "the lease ran out in " + std::to_string(max) +
                        " attempts; the last worker was " + worker_of(context, job);
  context.record(job.key, LeaseLostLast{{"lost-leases", std::move(message), {}}});
}

void release(Context& context, const Job& job, std::string message, Span delay,
             const Hash& outcome) {
  const std::uint32_t max = context.state.names.terms_of(job).releases_max;
  if (cancel_if_requested(context, job, outcome)) {
    return;
  }
  if (max != 0 && job.releases + 1 >= max) {
    std::string why =
        "handed back " + std::to_string(max) + " times, at last by " + worker_of(context, job);
    context.record(job.key,
                   ReleasedLast{{"releases", std::move(why), std::move(message)}, outcome});
    return;
  }
  const Span defer_max = context.state.names.terms_of(job).defer_max;
  if (defer_max != Span::zero() && context.now >= first_start_of(job) + defer_max) {
    std::string why = "handed back later than " + seconds(defer_max) + " after its first start";
    context.record(job.key,
                   ReleasedLast{{"deferred", std::move(why), std::move(message)}, outcome});
    return;
  }
  context.record(job.key, Released{std::move(message), context.now + delay, outcome});
  expire_if_overdue(context, job);
}

void take_back(Context& context, const Job& job, Change change) {
  if (!cancel_if_requested(context, job)) {
    context.record(job.key, std::move(change));
    expire_if_overdue(context, job);
  }
}

}  // namespace store
