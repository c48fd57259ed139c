// How a job gets from one status to the next: what the changes in transition.cc have in common, and
// for that file alone.
#pragma once

#include <algorithm>

#include "invariant.h"
#include "outcome_counts.h"
#include "state.h"

namespace store {

// A change, as it is applied.
struct StatusChange {
  State& state;
  Time now;
  Entry& entry;
  Datasource* datasource;  // nullptr where the change is about none
  Slot slot;               // kNoSlot where the change is about no job, or a new one

  Job& job() const {
    INVARIANT(slot != kNoSlot, entry.job.datasource, entry.sequence);
    return state.jobs.at(slot);
  }

  void start(Time from, Span valid_for) const {
    job().submitted_at = now;
    if (valid_for != Span::zero() && job().awaited == 0) {
      job().expires_at = from + valid_for;
    }
    ++state.counts_of(job()).total.submitted;
    start_waiting(Status::kSubmitted, from);
  }
  void start_waiting(Status status, Time not_before) const {
    job().status = status;
    job().not_before = std::max(now, not_before);
    job().is_delayed = job().awaited == 0 && job().not_before > now;
    job().is_put_off = false;
    state.count_waiting(job(), 1);
    datasource->begin_unique(slot);
    datasource->start_waiting(slot);
    state.jobs.set_timer(slot);
  }
  // One that is held back stays so, at another place.
  void set_priority(std::uint8_t priority) const {
    const bool is_held_back = job().is_held_back;
    state.held_back.end(job());
    job().is_held_back = is_held_back;
    datasource->set_priority(slot, priority);
    if (is_held_back) {
      state.held_back.begin(job());
      state.held_back.open(job().submit_token);
    }
  }
  // It waits for its turn alone.
  void go_on() const {
    datasource->go_on(slot);
    state.jobs.set_timer(slot);
  }
  void stop_waiting() const {
    INVARIANT(is_waiting(job().status), job().id, to_string(job().status));
    state.count_waiting(job(), -1);
    state.jobs.stop_timer(slot);
  }
  void leave_waiting() const {
    stop_waiting();
    datasource->stop_waiting(slot);
    state.held_back.end(job());
    state.held_back.open(job().submit_token);
  }
  void fail_waiting(Status status) const {
    leave_waiting();
    job().has_failure = true;
    finish(status);
  }
  // Somebody has taken the job for good now.
  void forget_expiry() const { job().expires_at = {}; }

  void begin_attempt(const Accepted& accepted) const {
    state.tokens.set_accept_token(job(), entry.token + accepted.caveats);
    state.names.set_worker(job(), accepted.worker, state.payer_of_worker(job()));
    start_attempt(job(), now, accepted, state.names.terms_of(job()));
    state.jobs.set_timer(slot);
  }
  void put_off_stall(Time until) const {
    if (until != job().stall_at) {
      job().stall_at = until;
      state.jobs.set_timer(slot);
    }
  }
  // The caller then lets the job wait or finishes it.
  void end_attempt(Ending ending, const JobError* failure = nullptr,
                   const Hash& outcome = {}) const {
    Job& job = this->job();
    INVARIANT(job.status == Status::kAccepted, job.id, to_string(job.status));
    state.jobs.stop_timer(slot);
    datasource->stop_run(job);
    state.held_back.count_running(job, -1);
    FunctionCounts& counts = state.counts_of(job);
    --counts.running;
    note_end(job, ending, outcome != Hash{}, now, counts);
    job.deadline = job.attempt_until = job.cancel_until = job.slow_at = job.stall_at = {};
    job.is_slow = job.is_stalled = false;
    // What came with the worker's word has said so before.
    job.outcome = outcome == Hash{} ? Hash{} : joined(job.outcome, outcome);
    job.has_failure = job.has_failure || failure != nullptr;
    if (job.cancel_sequence != 0) {
      datasource->workers.close_cancel(state.names.worker_of(job), job.cancel_sequence);
    }
    entry.ended = jobq::Attempt{.attempt = job.attempt,
                                .worker = std::string(state.names.worker_of(job)),
                                .accepted_at = job.accepted_at,
                                .ended_at = now,
                                .ending = ending};
    if (failure != nullptr) {
      entry.ended->error = {failure->code, failure->message, {}};
    }
  }
  // The attempt that ends the job is no part of its history: the job's own record tells it.
  void finish(Status status) const { finish(status, now); }
  void finish(Status status, Time at) const {
    entry.ended.reset();
    Job& job = this->job();
    datasource->end_run(slot);
    datasource->end_unique(slot);
    job.status = status;
    job.is_delayed = job.is_put_off = job.has_grants = false;
    job.not_before = job.expires_at = {};
    job.finished_at = at;
    job.keep_for = kept_for(state.names.terms_of(job), status);
    set_checkpoint(state, job, 0);
    note_end_of_waits(state, job, status, entry.change);
    if (job.has_then) {
      state.follow_ups.note_end(job, said_at_end(entry.change));
    }
    state.jobs.set_timer(slot);
    state.jobs.note_finished(slot);
    state.schedules.note_end(job.key, status, at);
    ++count_of(status, state.counts_of(job).total);
  }
  // The final job stays so long.
  void keep(Span span) const {
    state.names.set_terms(job(), keeping(state.names.terms_of(job()), span),
                          state.tokens.submit_token_of(job()));
    job().keep_for = span;
  }
};

}  // namespace store
