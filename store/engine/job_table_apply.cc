// Which change does what to the state: one line for most of them.
#include "invariant.h"
#include "job_table.h"

namespace store {

struct JobTable::Apply {
  JobTable& table;
  Time now;
  Entry& entry;
  Datasource& datasource;
  Slot slot;  // kNoSlot where the change is about no job, or a new one

  Job& job() const { return table.jobs_[slot]; }
  void end(Ending ending, const Failure* failure = nullptr, const Hash& said = {}) const {
    table.end_attempt(now, entry, slot, ending, failure, said);
  }
  // The attempt that ends the job is no part of its history: the job's own record tells it.
  void finish(Status status) const {
    entry.ended.reset();
    table.finish(now, slot, status);
  }
  void wait(Status status, Time not_before) const {
    table.start_waiting(now, slot, status, not_before);
  }

  void operator()(const DatasourceAdded&) const { INVARIANT(false, "applied before"); }
  void operator()(const Charged&) const { INVARIANT(false, "applied before"); }
  void operator()(const TokenRevoked&) const { INVARIANT(false, "applied before"); }
  void operator()(const TokenForgotten&) const { INVARIANT(false, "applied before"); }
  void operator()(const Configured& configured) const { datasource.config = configured.config; }
  void operator()(const ModeSet& set) const { datasource.mode = set.mode; }
  void operator()(const WorkerForgotten& forgotten) const {
    INVARIANT(datasource.workers.erase(forgotten.name) == 1);
  }
  void operator()(const EventsForgotten& forgotten) const {
    INVARIANT(forgotten.oldest > datasource.oldest_event &&
                  forgotten.oldest <= datasource.last_sequence + 1,
              forgotten.oldest, datasource.oldest_event);
    datasource.oldest_event = forgotten.oldest;
  }

  void operator()(const Submitted& submitted) const { table.submit(now, entry, submitted); }
  void operator()(const Restarted& restarted) const { table.restart(now, entry, restarted); }
  void operator()(const Due&) const {
    INVARIANT(is_waiting(job().status) && job().is_delayed, job().id);
    table.waiting_.erase(slot);
    job().not_before = now;
    table.make_ready(slot);
    if (due_at(job()) != Time::max()) {
      table.waiting_.add(slot);
    }
  }
  void operator()(const Expired&) const {
    leave_waiting();
    job().has_failure = true;
    table.finish(now, slot, Status::kFailed);
  }
  void operator()(const Edited& edited) const {
    table.edit(edited, slot);
    if (edited.run_now && job().is_delayed) {
      (*this)(Due{});
    }
  }

  void operator()(const Accepted& accepted) const { table.accept(now, entry, accepted, slot); }
  void operator()(const Renewed& renewed) const {
    INVARIANT(job().status == Status::kAccepted, job().id);
    job().deadline = renewed.deadline;
    table.leases_.update(slot);
  }
  void operator()(const Progressed& progressed) const {
    INVARIANT(job().status == Status::kAccepted, job().id);
    job().progress = progressed.value;
    job().has_message = !progressed.message.empty();
  }
  void operator()(const Logged& logged) const {
    INVARIANT(logged.number == job().log_lines + 1, job().id, logged.number);
    job().log_lines = logged.number;
    job().attempt_log_lines = std::max(job().attempt_log_lines, logged.attempt_number);
  }
  void operator()(const Completed& completed) const {
    end(Ending::kComplete, nullptr, hash_of(completed));
    job().has_failure = false;
    finish(Status::kComplete);
  }
  void operator()(const Failed& failed) const {
    end(Ending::kFailed, &failed.failure, hash_of(failed));
    finish(Status::kFailed);
  }
  void operator()(const Forbidden& forbidden) const {
    end(Ending::kForbidden, &forbidden.failure, hash_of(forbidden));
    finish(Status::kForbidden);
  }
  void operator()(const Retried& retried) const {
    end(ending_of(retried.said), &retried.failure, retried.said);
    forget_expiry();
    wait(Status::kRetrying, retried.not_before);
  }
  void operator()(const RetriedLast& retried) const {
    end(ending_of(retried.said), &retried.failure, retried.said);
    finish(Status::kFailed);
  }
  void operator()(const Released& released) const {
    end(Ending::kReleased, nullptr, released.said);
    entry.ended->message = released.message;
    wait(Status::kSubmitted, released.not_before);
  }
  void operator()(const ReleasedLast& released) const {
    end(Ending::kReleased, &released.failure, released.said);
    finish(Status::kFailed);
  }
  void operator()(const LeaseLost&) const {
    end(Ending::kLeaseLost);
    forget_expiry();
    wait(Status::kRetrying, now);
  }
  void operator()(const LeaseLostLast& lost) const {
    end(Ending::kLeaseLost, &lost.failure);
    finish(Status::kFailed);
  }
  void operator()(const Returned&) const {
    end(Ending::kUndelivered);
    wait(Status::kSubmitted, now);
  }
  void operator()(const CancelRequested& requested) const {
    INVARIANT(job().status == Status::kAccepted && job().cancel_sequence == 0, job().id);
    job().cancel_sequence = entry.sequence;
    job().cancel_requested_at = now;
    job().cancel_until = requested.until;
    datasource.cancels.append(entry.sequence, slot);
    datasource.open_cancels[job().worker].emplace(entry.sequence, slot);
    table.leases_.update(slot);
  }
  void operator()(const Cancelled& cancelled) const {
    if (job().status == Status::kAccepted) {
      end(Ending::kCancelled, nullptr, cancelled.said);
      entry.ended.reset();
    } else {
      leave_waiting();
      job().cancel_requested_at = now;
    }
    job().has_failure = false;
    table.finish(now, slot, Status::kCancelled);
  }
  void operator()(const Removed&) const { table.remove(slot); }

  // A word of a worker has a hash, the end of the attempt's time has none.
  static Ending ending_of(const Hash& said) {
    return said == Hash{} ? Ending::kTimeout : Ending::kFailed;
  }
  // Somebody has taken the job for good now.
  void forget_expiry() const { job().expires_at = {}; }
  void leave_waiting() const {
    table.stop_waiting(slot);
    if (!job().is_delayed) {
      datasource.ready.remove(slot);
    }
  }
};

void JobTable::apply(Time now, Entry& entry) {
  if (is_of_store(entry.change)) {
    apply_to_tokens(now, entry.change);
    return;
  }
  if (const auto* added = std::get_if<DatasourceAdded>(&entry.change)) {
    INVARIANT(entry.job.datasource == datasources_.size(), added->name);
    add_datasource(added->name, 0, 0, 1);
    return;
  }
  INVARIANT(entry.job.datasource < datasources_.size(), entry.job.datasource);
  Datasource& datasource = *datasources_[entry.job.datasource];
  const bool is_new_job = std::holds_alternative<Submitted>(entry.change) ||
                          std::holds_alternative<Restarted>(entry.change);
  const Slot slot = is_new_job || entry.job.sequence == 0 ? kNoSlot : slot_of(entry.job);
  if (is_event(entry.change)) {
    INVARIANT(entry.sequence == datasource.last_sequence + 1, entry.sequence,
              datasource.last_sequence);
    datasource.last_sequence = entry.sequence;
  }
  std::visit(Apply{*this, now, entry, datasource, slot}, entry.change);
  if (entry.sequence != 0) {
    Job& job = jobs_[is_new_job ? slot_of(entry.job) : slot];
    job.changed = entry.sequence;
    datasource.jobs_of_client.at(job.client).last_event = entry.sequence;
  }
}

}  // namespace store
