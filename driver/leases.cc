#include "leases.h"

#include <algorithm>

#include "jobq/driver_requests.h"
#include "jobq/requests.h"

namespace jobq {

Leases::Leases(HeldJobs& held, Conversation& store, const WorkerOptions& options,
               std::function<void()> refused)
    : held_(held),
      store_(store),
      options_(options),
      renewing_{.trouble = "renewals are put off",
                .refused = std::move(refused),
                .due = Clock::now() + options.lease / 3} {}

void Leases::begin(HeldJob& job) {
  job.until = Clock::now() + options_.lease;
  next_end_ = std::min(next_end_, job.until);
  limit(job, job.job.attempt_until);
}

void Leases::limit(HeldJob& job, Time end) {
  if (end == Time() || (job.end != Time() && job.end <= end)) {
    return;
  }
  job.end = end;
  job.local_end.reset();
  has_new_ends_ = true;
}

void Leases::tend(Clock::time_point now) {
  if (store_.may_ask(renewing_, now)) {
    renew(now);
  }
  if (has_new_ends_) {
    learn_ends(now);
  }
  if (now > next_end_) {
    lose_expired(now);
  }
  if (next_end_ < Clock::time_point::max()) {
    store_.wake_at(next_end_ + Clock::duration(1));
  }
}

void Leases::renew(Clock::time_point now) {
  renewing_.due = now + options_.lease / 3;
  // At most as many as a message may have. An ended job is not renewed: its outcome may have
  // arrived though the answer did not, and the refusal would look like a lost lease.
  const auto jobs = held_.at_work();
  if (jobs.empty()) {
    store_.wake_at(renewing_.due);
    return;
  }
  RenewQuery query{.leases = {}, .lease = options_.lease};
  for (const HeldJobPtr& job : jobs) {
    query.leases.push_back(job->job.lease);
  }
  store_.ask(renewing_, driver_requests::renew(options_.datasource, std::move(query)),
             [this, jobs](const std::optional<Renewal>& renewal) {
               const auto until = Clock::now() + options_.lease;
               for (std::size_t i = 0; renewal && i < jobs.size(); ++i) {
                 const RenewResult& result = renewal->results[i];
                 if (result.code != 200) {
                   lose(jobs[i], "the store says so");
                   continue;
                 }
                 jobs[i]->until = std::min(until, jobs[i]->local_end.value_or(until));
                 if (result.cancel_requested) {
                   held_.request_cancel(jobs[i]);  // should the other question have missed it
                 }
               }
             });
}

// Leases that end however often they are renewed do so by the store's clock, which no answer about
// leases shows. Where it is not known, the next renewal tells that such a lease is lost.
void Leases::learn_ends(Clock::time_point now) {
  if (!clock_.is_fresh()) {
    if (store_.may_ask(asking_time_, now)) {
      store_.ask(asking_time_, requests::store_status(),
                 [this](const std::optional<StoreStatus>& status) {
                   if (status) {
                     clock_.set(status->now, Clock::now());
                   }
                 });
    }
    return;
  }
  has_new_ends_ = false;
  for (const HeldJobPtr& job : held_.at_work()) {
    if (job->end != Time() && !job->local_end) {
      job->local_end = clock_.to_local(job->end);
      job->until = std::min(job->until, *job->local_end);
      next_end_ = std::min(next_end_, job->until);
    }
  }
}

// A store that is away cannot say that a lease is lost. By its clock it is, once it would be by
// ours, and another worker may have the job as soon as the store is back.
void Leases::lose_expired(Clock::time_point now) {
  next_end_ = Clock::time_point::max();
  for (const HeldJobPtr& job : held_.at_work()) {
    if (job->until >= now) {
      next_end_ = std::min(next_end_, job->until);
    } else if (job->local_end && *job->local_end < now) {
      lose(job, "its time is over");
    } else {
      lose(job, "it could not be renewed in time");
    }
  }
}

void Leases::lose(const HeldJobPtr& job, const std::string& why) {
  if (held_.lose(job) && !(job->is_begun && options_.on_outcome)) {
    store_.tell("job " + job->job.lease.job + ": the lease is lost: " + why);
  }
}

}  // namespace jobq
