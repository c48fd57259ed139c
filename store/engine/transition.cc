// What each kind of change does to the state. Nothing else changes it, live or in a replay.
#include <algorithm>
#include <utility>

#include "dropping.h"
#include "invariant.h"
#include "state.h"
#include "status_change.h"

namespace store {
namespace {

struct Transition : StatusChange {
  // ------------------------------------------------------------------- of the store, or datasource
  void operator()(const Charged& charged) const { state.tokens.charge(now, charged); }
  void operator()(const TokenRevoked& revoked) const { state.tokens.revoke(revoked); }
  void operator()(const TokenForgotten& forgotten) const { state.tokens.forget(forgotten.token); }
  void operator()(const StorePaused& paused) const { state.is_paused = paused.is_paused; }
  void operator()(const DatasourceDropped&) const { drop(state, *datasource); }
  void operator()(const DatasourceAdded& added) const {
    add(state, entry.job.datasource, added.name, entry.token);
  }
  void operator()(const Configured& configured) const {
    state.configure(*datasource, *configured.config);
  }
  void operator()(const ModeSet& set) const { datasource->mode = set.mode; }
  void operator()(const StoreOrdered& ordered) const { state.order = ordered.order; }
  void operator()(const WorkerOrdered& ordered) const {
    if (ordered.order == jobq::WorkerOrder::kWork) {
      datasource->orders.erase(ordered.worker);
    } else {
      datasource->orders[ordered.worker] = ordered.order;
    }
  }
  void operator()(const WorkerForgotten& gone) const { datasource->workers.forget(gone.name); }
  void operator()(const ScheduleSet& set) const {
    state.schedules.set({datasource->index, set.name}, {set.plan, entry.token, *set.run});
  }
  void operator()(const ScheduleChanged& changed) const {
    state.schedules.change({datasource->index, changed.name}, *changed.run);
  }
  void operator()(const ScheduleRemoved& removed) const {
    state.schedules.remove({datasource->index, removed.name});
  }
  void operator()(const FunctionSet& set) const {
    set_function(state, datasource->index,
                 {set.state.function, set.state.registered_at, set.state.changed_at, entry.token});
    if (const std::string& code = set.state.function->code; !code.empty()) {
      state.codes.note_use(datasource->index, code, now);
    }
  }
  void operator()(const FunctionRemoved& removed) const {
    remove_function(state, datasource->index, removed.name);
  }
  void operator()(const CodeAdded& added) const {
    state.codes.add(datasource->index, added.hash,
                    {added.runtime, added.content.size(), now, now, entry.token});
  }
  void operator()(const CodeUsed& used) const {
    state.codes.note_use(datasource->index, used.hash, now);
  }
  void operator()(const CodeRemoved& removed) const {
    state.codes.remove(datasource->index, removed.hash);
  }
  void operator()(const StateChanged& changed) const {
    state.function_states.change(now, datasource->index, changed);
    if (changed.said != Hash{}) {
      job().outcome = changed.said;
    }
  }
  void operator()(const EventsForgotten& forgotten) const {
    INVARIANT(forgotten.oldest > datasource->oldest_event &&
                  forgotten.oldest <= datasource->last_sequence + 1,
              forgotten.oldest, datasource->oldest_event);
    datasource->oldest_event = forgotten.oldest;
  }

  // --------------------------------------------------------------- of a job that waits, or is made
  void operator()(const Submitted& submitted) {
    slot = add_submitted(state, entry.job, submitted, entry.token);
    if (job().has_code) {
      state.codes.note_use(datasource->index, state.codes.of(job()).hash, now);
    }
    start(std::max(now, submitted.not_before), submitted.terms.valid_for);
  }
  void operator()(const Restarted& restarted) {
    slot = add_child(state, entry.job, restarted, entry.token);
    start(now, state.names.terms_of(job()).valid_for);
  }
  void operator()(const Imported& imported) {
    const jobq::JobStatus& from = *imported.job;
    slot = add_imported(state, entry.job, from, entry.token);
    ++state.counts_of(job()).total.submitted;
    if (is_final(from.status)) {
      finish(from.status, from.finished_at);
    } else {
      start_waiting(from.status, from.not_before);
    }
  }
  void operator()(const AwaitedEnded& awaited) const {
    end_waiting(state, now, job(), awaited.ended) ? go_on() : void();
  }
  void operator()(const GroupEnded&) const { end_group_wait(state, now, job()) ? go_on() : void(); }
  void operator()(const Unmet&) const { fail_waiting(Status::kFailed); }
  void operator()(const NotAdmitted&) const { fail_waiting(Status::kForbidden); }
  void operator()(const Followed& followed) const {
    state.follow_ups.note(job(), followed.place, followed.result);
  }
  void operator()(const PutOff& put_off) const {
    INVARIANT(is_ready(job()), job().id);
    datasource->put_off(slot, put_off.until);
    state.jobs.set_timer(slot);
    state.held_back.open(job().submit_token);
  }
  void operator()(const HeldBack&) const {
    INVARIANT(is_ready(job()), job().id);
    datasource->hold_back(slot);
    state.held_back.begin(job());
  }
  void operator()(const LetGo&) const {
    INVARIANT(job().is_held_back, job().id);
    state.held_back.close(job());
    state.held_back.end(job());
    go_on();
  }
  void operator()(const Due&) const {
    INVARIANT(is_waiting(job().status) && job().is_delayed, job().id);
    job().not_before = now;
    job().is_delayed = job().is_put_off = false;
    go_on();
  }
  void operator()(const Expired&) const { fail_waiting(Status::kFailed); }
  void operator()(const Edited& edited) const {
    INVARIANT(is_waiting(job().status), job().id, to_string(job().status));
    if (edited.priority != 0 && edited.priority != job().priority) {
      set_priority(edited.priority);
    }
    if (edited.expires_at != Time{}) {
      job().expires_at = edited.expires_at;
      Terms terms = state.names.terms_of(job());
      terms.valid_for = edited.expires_at - now;
      state.names.set_terms(job(), terms, state.tokens.submit_token_of(job()));
    }
    if (!edited.request.empty()) {
      job().request_bytes = static_cast<std::uint32_t>(edited.request.size());
    }
    state.jobs.set_timer(slot);
    if (edited.run_now && job().is_delayed) {
      (*this)(Due{});
    }
  }
  // --------------------------------------------------------------- of a job that is accepted
  void operator()(const Accepted& accepted) const {
    INVARIANT(is_ready(job()), job().id);
    stop_waiting();
    datasource->serve(slot, weight_of(datasource->config, state.names.client_of(job())));
    datasource->begin_run(job());
    state.held_back.count_running(job(), 1);
    datasource->note_accept(now);
    FunctionCounts& counts = state.counts_of(job());
    ++counts.total.runs;
    ++counts.running;
    counts.total.waited += now - job().not_before;
    counts.waits.add(now - job().not_before);
    datasource->workers.give(now, accepted, entry.token, slot);
    begin_attempt(accepted);
  }
  void operator()(const Renewed& renewed) const {
    INVARIANT(job().status == Status::kAccepted, job().id);
    job().deadline = renewed.deadline;
    state.jobs.set_timer(slot);
  }
  void operator()(const Progressed& progressed) const {
    INVARIANT(job().status == Status::kAccepted, job().id);
    job().progress = progressed.value;
    job().has_message = !progressed.message.empty();
    job().is_stalled = false;
    put_off_stall(after(now, state.names.terms_of(job()).stall_after));
  }
  void operator()(const Flagged& flagged) const {
    INVARIANT(job().status == Status::kAccepted, job().id);
    note_flag(job(), flagged, state.counts_of(job()).total);
    state.jobs.set_timer(slot);
  }
  void operator()(const StallPutOff& put_off) const {
    INVARIANT(job().status == Status::kAccepted, job().id);
    put_off_stall(put_off.until);
  }
  void operator()(const CheckpointLeft& left) const {
    INVARIANT(job().status == Status::kAccepted, job().id);
    set_checkpoint(state, job(), left.text.size());
    job().outcome = left.said;
  }
  void operator()(const Logged& logged) const {
    INVARIANT(logged.number == job().log_lines + 1, job().id, logged.number);
    job().log_lines = logged.number;
    job().attempt_log_lines = std::max(job().attempt_log_lines, logged.attempt_number);
  }
  void operator()(const Completed& completed) const {
    end_attempt(Ending::kComplete, nullptr, hash_of(completed));
    job().has_failure = false;
    job().response_bytes = static_cast<std::uint32_t>(completed.response.size());
    finish(Status::kComplete);
  }
  void operator()(const Failed& failed) const {
    end_attempt(Ending::kFailed, &failed.failure, hash_of(failed));
    finish(Status::kFailed);
  }
  void operator()(const Forbidden& forbidden) const {
    end_attempt(Ending::kForbidden, &forbidden.failure, hash_of(forbidden));
    finish(Status::kForbidden);
  }
  void operator()(const Retried& retried) const {
    end_attempt(ending_of(retried), &retried.failure, retried.outcome);
    forget_expiry();
    start_waiting(Status::kRetrying, retried.not_before);
  }
  void operator()(const RetriedLast& retried) const {
    end_attempt(ending_of(retried), &retried.failure, retried.outcome);
    finish(Status::kFailed);
  }
  void operator()(const Released& released) const {
    end_attempt(Ending::kReleased, nullptr, released.outcome);
    entry.ended->error.message = released.message;
    start_waiting(Status::kSubmitted, released.not_before);
  }
  void operator()(const ReleasedLast& released) const {
    end_attempt(Ending::kReleased, &released.failure, released.outcome);
    finish(Status::kFailed);
  }
  void operator()(const LeaseLost&) const {
    end_attempt(Ending::kLeaseLost);
    forget_expiry();
    start_waiting(Status::kRetrying, now);
  }
  void operator()(const LeaseLostLast& lost) const {
    end_attempt(Ending::kLeaseLost, &lost.failure);
    finish(Status::kFailed);
  }
  void operator()(const Returned&) const {
    end_attempt(Ending::kUndelivered);
    start_waiting(Status::kSubmitted, now);
  }
  void operator()(const CancelRequested& requested) const {
    INVARIANT(job().status == Status::kAccepted && job().cancel_sequence == 0, job().id);
    job().cancel_sequence = entry.sequence;
    job().cancel_requested_at = now;
    job().cancel_until = requested.until;
    datasource->cancels.append(entry.sequence, slot);
    datasource->workers.open_cancel(state.names.worker_of(job()), entry.sequence, slot);
    state.jobs.set_timer(slot);
  }
  // ---------------------------------------------------------------------------- of either, or none
  void operator()(const Cancelled& cancelled) const {
    if (job().status == Status::kAccepted) {
      end_attempt(Ending::kCancelled, nullptr, cancelled.outcome);
    } else {
      leave_waiting();
      job().cancel_requested_at = now;
    }
    job().has_failure = false;
    finish(Status::kCancelled);
  }
  void operator()(const KeptFor& kept) const {
    INVARIANT(is_final(job().status), job().id);
    keep(kept.span);
    state.jobs.set_timer(slot);
  }
  void operator()(const Removed&) const {
    INVARIANT(is_final(job().status), job().id, to_string(job().status));
    INVARIANT(!state.is_needed(job().key), job().id);
    state.remove_job(slot);
  }
};

}  // namespace

void State::apply(Time now, Entry& entry) {
  const ChangeTraits& traits = traits_of(entry.change);
  const JobKey key = entry.job;
  Datasource* datasource = traits.is_of_store || key.datasource >= datasources.size()
                               ? nullptr
                               : &*datasources[key.datasource];
  INVARIANT(datasource != nullptr || traits.is_of_store ||
                std::holds_alternative<DatasourceAdded>(entry.change),
            key.datasource);
  if (traits.is_event) {
    INVARIANT(entry.sequence == datasource->last_sequence + 1, entry.sequence,
              datasource->last_sequence);
    datasource->last_sequence = entry.sequence;
  }
  INVARIANT(traits.is_event || entry.sequence == 0, entry.sequence);
  INVARIANT(!brings_job(entry.change) || key.sequence == entry.sequence, key.sequence);
  Transition transition{{*this, now, entry, datasource,
                         brings_job(entry.change) || key.sequence == 0 ? kNoSlot : slot_of(key)}};
  std::visit(transition, entry.change);
  if (datasource != nullptr && !datasource->moved.empty()) {
    for (const NameIndex client : std::exchange(datasource->moved, {})) {
      entry.moved.push_back(names.client(client));
    }
  }
  if (traits.is_event) {
    Job& job = transition.job();
    job.changed = entry.sequence;
    datasource->jobs_of_client.at(job.client).last_event = entry.sequence;
  }
}

}  // namespace store
