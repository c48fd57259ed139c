#include "ledger.h"

#include "mismatch.h"
#include "words.h"

namespace store::sim {
namespace {

template <typename... Kinds>
bool is_any(const Change& change) {
  return (std::holds_alternative<Kinds>(change) || ...);
}

bool needs_lease(const Change& change) {
  return is_any<Renewed, Progressed, Flagged, StallPutOff, CheckpointLeft, Logged, Completed,
                Failed, Forbidden, Retried, RetriedLast, Released, ReleasedLast, LeaseLost,
                LeaseLostLast, Returned, CancelRequested>(change);
}
bool needs_waiting(const Change& change) {
  return is_any<AwaitedEnded, GroupEnded, NotAdmitted, HeldBack, LetGo, Unmet, PutOff, Due, Expired,
                Edited, Accepted>(change);
}
bool ends_lease(const Change& change) {
  return is_any<Retried, Released, LeaseLost, Returned>(change);
}
bool ends_job(const Change& change) {
  return is_any<Unmet, NotAdmitted, Expired, Completed, Failed, Forbidden, RetriedLast,
                ReleasedLast, LeaseLostLast, Cancelled>(change);
}

void require(bool holds, const char* what, const Entry& entry) {
  if (!holds) {
    throw Mismatch(std::string(what) + ": " + describe(entry));
  }
}

}  // namespace

void Ledger::note(const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) {
    Sequence& last = last_[entry.job.datasource];
    const Sequence expected = traits_of(entry.change).is_event ? last + 1 : 0;
    require(entry.sequence == expected, "an event's number is not the next one", entry);
    last += traits_of(entry.change).is_event ? 1 : 0;
    if (entry.job.sequence != 0) {
      note_job(entry);
    }
  }
}

void Ledger::note_job(const Entry& entry) {
  const Change& change = entry.change;
  if (brings_job(change)) {
    Known made;
    if (const auto* imported = std::get_if<Imported>(&change)) {
      made.attempt = imported->job->attempt;
      made.is_final = is_final(imported->job->status);
    }
    require(jobs_.emplace(entry.job, made).second, "a job is made twice", entry);
    return;
  }
  const auto found = jobs_.find(entry.job);
  require(found != jobs_.end(), "a job that does not exist", entry);
  Known& job = found->second;
  if (std::holds_alternative<Removed>(change)) {
    require(job.is_final, "a job is forgotten that is not final", entry);
    jobs_.erase(found);
    return;
  }
  if (std::holds_alternative<Followed>(change)) {
    return;  // of one that has ended, or of a token that is over
  }
  if (std::holds_alternative<KeptFor>(change)) {
    return require(job.is_final, "a job has an end that is not final", entry);
  }
  require(!job.is_final, "a final job changes", entry);
  require(!needs_lease(change) || job.is_leased, "nobody has the job", entry);
  require(!needs_waiting(change) || !job.is_leased, "the job has a lease", entry);
  if (std::holds_alternative<Accepted>(change)) {
    job.is_leased = true;
    job.attempt += 1;
  }
  if (const auto* logged = std::get_if<Logged>(&change)) {
    require(logged->attempt == job.attempt, "a line of another attempt", entry);
  }
  job.is_leased = job.is_leased && !ends_lease(change) && !ends_job(change);
  job.is_final = ends_job(change);
  jobs_finished_ += job.is_final ? 1 : 0;
}

void Ledger::check_state(const State& state) const {
  for (const auto& [key, known] : jobs_) {
    const Job* job = state.find(key);
    if (job == nullptr || job->attempt != known.attempt ||
        is_final(job->status) != known.is_final ||
        (job->status == Status::kAccepted) != known.is_leased) {
      throw Mismatch("job " + std::to_string(key.datasource) + "/" + std::to_string(key.sequence) +
                     " is not as its entries say");
    }
  }
  const std::size_t there = state.jobs.live_count() + state.jobs.finished_count();
  if (there != jobs_.size()) {
    throw Mismatch("there are " + std::to_string(there) + " jobs, but " +
                   std::to_string(jobs_.size()) + " by their entries");
  }
}

void Ledger::check_tick(const Limits& limits, std::size_t removals_asked,
                        const std::vector<Entry>& entries) {
  std::size_t leases = 0;
  std::size_t waiting = 0;
  std::size_t removed = 0;
  std::size_t replaced = 0;  // at most: each schedule that is due may cancel a job
  for (const Entry& entry : entries) {
    const Change& change = entry.change;
    replaced += is_any<ScheduleChanged>(change) ? 1 : 0;
    leases += is_any<Retried, RetriedLast, LeaseLost, LeaseLostLast, Cancelled>(change) ? 1 : 0;
    waiting += is_any<Due, Expired>(change) ? 1 : 0;
    removed += is_any<Removed>(change) ? 1 : 0;
  }
  // Finished jobs go because their time is over, and because there are too many.
  const auto most = static_cast<std::size_t>(limits.expirations_per_turn_max);
  if (leases > most + replaced + removals_asked || waiting > most ||
      removed > 2 * most + removals_asked) {
    throw Mismatch("one tick did too much: " + std::to_string(leases) + " leases, " +
                   std::to_string(waiting) + " waits, " + std::to_string(removed) + " removals");
  }
}

}  // namespace store::sim
