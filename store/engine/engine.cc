#include "engine.h"

#include "turn.h"

namespace store {
namespace {

void lose_lease(Turn& turn, const Job& job) {
  const JobKey key = job.key;
  if (job.lost_leases + 1 < turn.limits.lost_leases_max) {
    turn.record(key, LeaseLost{});
    turn.hand_out(key.datasource);
    return;
  }
  turn.record(
      key, LeaseLostLast{Failure{
               .code = "lost-leases",
               .message = "the lease ran out in " + std::to_string(turn.limits.lost_leases_max) +
                          " attempts; the last worker was " + std::string(turn.jobs.worker_of(job)),
               .detail = {}}});
}

void forget(Turn& turn, const Job& job) { turn.record(job.key, Removed{}); }

}  // namespace

void Engine::tick(Time now, Effects& effects) {
  Turn turn{limits_, now, jobs_, waiters_, effects};
  // Before leases are lost: a job that fails by that is news for those who wait for it, and its
  // texts are read when they are answered, at the end of the turn.
  for (int left = limits_.expirations_per_turn_max; left > 0; --left) {
    if (jobs_.finished().next() <= now) {
      forget(turn, jobs_.at(jobs_.finished().top()));
    } else if (jobs_.finished_count() > limits_.finished_max) {
      forget(turn, jobs_.oldest_finished());
    } else {
      break;
    }
  }
  for (int left = limits_.expirations_per_turn_max; left > 0 && jobs_.leases().next() <= now;
       --left) {
    lose_lease(turn, jobs_.at(jobs_.leases().top()));
  }
  const auto expired =
      waiters_.take_expired(now, static_cast<std::size_t>(limits_.expirations_per_turn_max));
  for (const Origin& origin : expired.for_jobs) {
    turn.answer(origin, AcceptReply{});
  }
  for (const Waiters::ForNews& waiter : expired.for_news) {
    // A job that is waited for is live, since a final one is answered at once.
    turn.answer(waiter.origin, JobReply{view_of(jobs_, *jobs_.find(waiter.job))});
  }
}

void Engine::apply(Time now, const Origin& origin, Command command, Effects& effects) {
  Turn turn{limits_, now, jobs_, waiters_, effects};
  struct Apply {
    Turn& turn;
    const Origin& origin;

    void answer(std::optional<Reply> reply) const {
      if (reply) {
        turn.answer(origin, std::move(*reply));
      }
    }
    void operator()(Submit& command) const {
      answer(store::apply(turn, command));
      if (const auto datasource = turn.jobs.find_datasource(command.datasource)) {
        turn.hand_out(*datasource);
      }
    }
    void operator()(GetJob& command) const { answer(store::apply(turn, origin, command)); }
    void operator()(ListJobs& command) const { answer(store::apply(turn, command)); }
    void operator()(Accept& command) const { answer(store::apply(turn, origin, command)); }
    void operator()(Renew& command) const { answer(store::apply(turn, command)); }
    void operator()(Update& command) const { answer(store::apply(turn, command)); }
  };
  std::visit(Apply{turn, origin}, command);
}

void Engine::take_back(Time now, const std::vector<JobView>& accepted, Effects& effects) {
  Turn turn{limits_, now, jobs_, waiters_, effects};
  for (const JobView& view : accepted) {
    if (leased_job(turn, view.key.datasource, {view.id, view.attempt}) != nullptr) {
      turn.record(view.key, Returned{});
      turn.hand_out(view.key.datasource);
    }
  }
}

void Engine::give_up_waiting(const Refused& refused, Effects& effects) {
  const auto waiting = waiters_.take_expired(Time::max(), waiters_.size());
  for (const Origin& origin : waiting.for_jobs) {
    effects.replies.push_back({origin, refused});
  }
  for (const Waiters::ForNews& waiter : waiting.for_news) {
    effects.replies.push_back({waiter.origin, refused});
  }
}

Time Engine::next_deadline() const {
  if (jobs_.finished_count() > limits_.finished_max) {
    return Time::min();
  }
  return std::min({jobs_.leases().next(), jobs_.finished().next(), waiters_.next()});
}

void Turn::record(JobKey job, Change change) {
  Entry entry{.sequence = 0, .job = job, .change = std::move(change)};
  if (is_event(entry.change)) {
    entry.sequence = jobs.datasource(job.datasource).last_sequence + 1;
    if (std::holds_alternative<Submitted>(entry.change)) {
      entry.job.sequence = entry.sequence;
    }
  }
  jobs.apply(now, entry);
  if (entry.sequence != 0) {
    const Job* changed = jobs.find(entry.job);
    for (const Origin& origin : waiters.take_for_news(entry.job, is_final(changed->status))) {
      answer(origin, JobReply{view_of(jobs, *changed)});
    }
  }
  effects.entries.push_back(std::move(entry));
}

std::optional<DatasourceIndex> Turn::datasource(const std::string& name) {
  if (const auto found = jobs.find_datasource(name)) {
    return found;
  }
  if (jobs.datasource_count() >= limits.datasources_max) {
    return std::nullopt;
  }
  const auto index = static_cast<DatasourceIndex>(jobs.datasource_count());
  record({.datasource = index}, DatasourceAdded{name});
  return index;
}

Refused Turn::too_many_datasources() const {
  return {Code::kFull, "the store holds datasourcesMax = " +
                           std::to_string(limits.datasources_max) + " datasources"};
}

Refused Turn::too_many_waiters() const {
  return {Code::kTooMany, "waitMs: waitersMax = " + std::to_string(limits.waiters_max) +
                              " requests are waiting already; ask again without"};
}

JobView view_of(const JobTable& jobs, const Job& job) {
  return {.key = job.key,
          .id = job.id,
          .client = jobs.client_of(job),
          .worker = std::string(jobs.worker_of(job)),
          .status = job.status,
          .changed = job.changed,
          .priority = job.priority,
          .attempt = job.attempt,
          .lost_leases = job.lost_leases,
          .submitted_at = job.submitted_at,
          .accepted_at = job.accepted_at,
          .deadline = job.deadline,
          .finished_at = job.finished_at};
}

const Job* leased_job(const Turn& turn, DatasourceIndex datasource, const Lease& lease) {
  const Job* job = turn.jobs.find(datasource, lease.job);
  const bool held = job != nullptr && job->status == Status::kAccepted &&
                    job->attempt == lease.attempt && turn.now < job->deadline;
  return held ? job : nullptr;
}

}  // namespace store
