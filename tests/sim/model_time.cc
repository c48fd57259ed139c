// What happens by itself: timers, and answers to those who wait.
#include <algorithm>
#include <utility>

#include "model.h"
#include "words.h"

namespace store::sim {

Span Model::kept(const Terms& terms, Status status) {
  const Span by_outcome = status == Status::kFailed      ? terms.keep_failed_for
                          : status == Status::kCancelled ? terms.keep_cancelled_for
                          : status == Status::kForbidden ? terms.keep_forbidden_for
                                                         : Span();
  return by_outcome == Span() ? terms.keep_for : by_outcome;
}

// When something must happen to the job by the clock; Time::max() if never.
Time Model::due_at(const ModelJob& job) const {
  const JobView& facts = job.facts;
  if (is_final(facts.status)) {
    return facts.finished_at + kept(*facts.terms, facts.status);
  }
  if (facts.status == Status::kAccepted) {
    const auto or_never = [](Time time) { return time == Time() ? Time::max() : time; };
    const Time soft = std::min(or_never(job.slow_at), or_never(job.stall_at));
    return job.fails_now ? now_ : std::min(facts.lease_until, soft);
  }
  Time due = job.is_delayed ? facts.not_before : Time::max();
  if (view(job).expires_at != Time()) {
    due = std::min(due, facts.expires_at);
  }
  return due;
}

// Nobody has taken it in time.
bool Model::is_overdue(const ModelJob& job) const {
  const Time expires_at = view(job).expires_at;
  return expires_at != Time() && expires_at <= now_;
}

Time Model::next_deadline() {
  if (finished_.size() > limits_.finished_max || has_flows_left()) {
    return now_;
  }
  Time next = Time::max();
  for (const ModelDatasource& datasource : datasources_) {
    for (const ModelJob& job : datasource.jobs) {
      next = std::min(next, due_at(job));
    }
  }
  next = std::min({next, next_schedule(), next_opening()});
  for (const Waiter& waiter : waiters_) {
    next = std::min(next, waiter.awaited == Awaited::kRemoval ? now_ : waiter.until);
  }
  return next;
}

// The order of what is due at the same tick is the store's choice; what it does is not.
void Model::tick(Time now, Told told) {
  now_ = now;
  told_ = &told;
  token_.clear();
  flow_steps_ = 0;
  answer_removals();
  for (const Entry& entry : told.entries) {
    if (is_of_schedules(entry) || is_of_flows(entry) ||
        std::holds_alternative<DatasourceAdded>(entry.change)) {
      break;  // which come after all other timers
    }
    if (!std::holds_alternative<Accepted>(entry.change) &&
        !std::holds_alternative<PutOff>(entry.change) && !is_of_starts(entry) &&
        !std::holds_alternative<HeldBack>(entry.change) &&
        !std::holds_alternative<TokenForgotten>(entry.change) &&
        !std::holds_alternative<WorkerForgotten>(entry.change)) {
      fire(entry);
    }
  }
  hear_silent_workers();
  run_schedules();
  run_flows();
  hear_forgotten_tokens();
  serve_waiters();
  expire_waiters();
  check_actors();
  told_ = nullptr;
}

// There are too many, no token has more, and of its own none has been finished longer.
bool Model::makes_room(const ModelJob& job) {
  std::map<std::string, std::vector<Time>> finished;
  for (const JobKey key : finished_) {
    const ModelJob& any = known(key);
    finished[any.submit_token].push_back(any.facts.finished_at);
  }
  std::size_t most = 0;
  for (const auto& [token, times] : finished) {
    most = std::max(most, times.size());
  }
  const std::vector<Time>& own = finished[job.submit_token];
  return is_final(job.status()) && finished_.size() > limits_.finished_max && own.size() == most &&
         job.facts.finished_at == *std::min_element(own.begin(), own.end());
}

void Model::fire(const Entry& entry) {
  ModelJob* job = find(entry.job);
  if (const auto dropped = dropped_.find(entry.job.datasource);
      std::holds_alternative<DatasourceDropped>(entry.change) && dropped != dropped_.end() &&
      dropped->second == entry.token) {
    dropped_.erase(dropped);
    return;
  }
  if (const auto forced = forced_.find(entry.job);
      forced != forced_.end() && forced->second == entry.token) {
    if (std::holds_alternative<KeptFor>(entry.change)) {
      forced_.erase(forced);
      return;
    }
    if (std::holds_alternative<Cancelled>(entry.change)) {
      return;
    }
  }
  if (job == nullptr) {
    // Removed because somebody asked for it.
    const auto removed = removed_.find(entry.job);
    if (std::holds_alternative<Removed>(entry.change) && removed != removed_.end() &&
        entry.token == removed->second) {
      removed_.erase(removed);
      return;
    }
    throw Mismatch("a timer of a job that should be unknown: " + describe(entry));
  }
  if (due_at(*job) > now_ && !makes_room(*job)) {
    throw Mismatch("nothing is due: " + describe(entry));
  }
  if (!entry.token.empty()) {
    throw Mismatch("nobody did this: " + describe(entry));
  }
  std::string expected = "Removed";
  if (is_final(job->status())) {
    remove(entry.job);
  } else if (job->status() == Status::kAccepted) {
    expected =
        job->fails_now || job->facts.lease_until > now_ ? flag(*job, entry) : end_lease(*job);
  } else if (job->is_delayed && job->facts.not_before <= now_ &&
             std::holds_alternative<Due>(entry.change)) {
    expected = "Due";
    stop_delay(*job);
  } else {
    expected = is_overdue(*job) ? "Expired" : "Due";
    fail(*job, told_failure(*job, "expired"));
  }
  if (kind_of(entry.change) != expected) {
    throw Mismatch("should be " + expected + ": " + describe(entry));
  }
}

// The lease is over: because of the cancel's grace, the attempt's time, or itself.
std::string Model::end_lease(ModelJob& job) {
  JobView& facts = job.facts;
  if (facts.cancel_until != Time()) {
    cancel_now(job);
    return "Cancelled";
  }
  if (facts.attempt_until != Time() && facts.lease_until == facts.attempt_until) {
    retry(job, told_failure(job, "timeout"), Ending::kTimeout, Span::zero());
    return job.status() == Status::kFailed ? "RetriedLast" : "Retried";
  }
  facts.lost_leases += 1;
  Attempt ended = end_attempt(job, Ending::kLeaseLost, {});
  if (facts.lost_leases >= facts.terms->lost_leases_max) {
    fail(job, told_failure(job, "lost-leases"));
    return "LeaseLostLast";
  }
  try_again(job, std::move(ended), Status::kRetrying, now_);
  return "LeaseLost";
}

void Model::remove(JobKey key) {
  std::erase(finished_, key);
  std::erase_if(datasources_[key.datasource].jobs,
                [&](const ModelJob& job) { return job.facts.key == key; });
  settle_brought();
}

// Those that would have ended meanwhile, or end soon, get the time back.
void Model::extend_leases(Time now, Time since, Span grace, Told told) {
  now_ = now;
  const Span more = now - since + grace;
  std::size_t extended = 0;
  for (ModelDatasource& datasource : datasources_) {
    for (ModelJob& job : datasource.jobs) {
      if (job.status() == Status::kAccepted && job.leased_until >= since &&
          job.leased_until < now + more) {
        job.leased_until += more;
        job.facts.lease_until = bounded_lease(job);
        ++extended;
        if (job.stall_at != Time()) {
          job.stall_at += more;
          ++extended;
        }
      }
    }
  }
  if (told.entries.size() != extended) {
    throw Mismatch(std::to_string(told.entries.size()) + " leases are extended instead of " +
                   std::to_string(extended));
  }
}

void Model::take_back(Time now, const std::vector<AcceptedView>& accepted, Told told) {
  now_ = now;
  told_ = &told;
  token_.clear();
  for (const AcceptedView& lease : accepted) {
    ModelJob* job = find(lease.key);
    if (job == nullptr || !is_held(*job, lease.lease.attempt)) {
      continue;
    }
    if (job->facts.cancel_until != Time()) {
      cancel_now(*job);
      continue;
    }
    hand_back(*job, end_attempt(*job, Ending::kUndelivered, {}), now_);
  }
  run_flows();
  hear_forgotten_tokens();
  serve_waiters();
  check_actors();
  told_ = nullptr;
}

void Model::restart(Time now) {
  now_ = now;
  waiters_.clear();
  for (ModelDatasource& datasource : datasources_) {
    datasource.last_at_start = datasource.last_sequence;
    for (ModelWorker& worker : datasource.workers) {
      worker.heard_at = worker.given_at;
      worker.about = {};
      worker.functions.clear();
      worker.labels.clear();
    }
  }
  brought_.clear();
  settle_brought();
}

// ---------------------------------------------------------------------------------- those who wait

void Model::apply(Time now, std::uint64_t request, const std::string& token, const Command& command,
                  Told told) {
  now_ = now;
  token_ = token;
  request_ = request;
  told_ = &told;
  try {
    const auto ask = [&](const auto& asked) -> Answered {
      if constexpr (requires { on(asked); }) {
        return on(asked);
      }
      return std::nullopt;  // of code, of which the generator makes none
    };
    if (const Answered reply = std::visit(ask, command)) {
      answer(request, *reply);
    }
  } catch (const Refused& refused) {
    answer(request, refused);
  }
  run_flows();
  serve_waiters();
  hear_forgotten_tokens();
  check_actors();
  told_ = nullptr;
}

Model::Answered Model::park(Waiter waiter) {
  waiter.token = token_;
  waiters_.push_back(std::move(waiter));
  return std::nullopt;
}

void Model::answer(std::uint64_t request, const Reply& reply) {
  answers.push_back({request, reply});
}

void Model::give_up(Awaited awaited, const ModelDatasource& datasource, const std::string& worker) {
  for (std::size_t i = 0; i < waiters_.size(); ++i) {
    if (waiters_[i].awaited == awaited && waiters_[i].datasource == datasource.index &&
        waiters_[i].name == worker) {
      const Waiter waiter = waiters_[i];
      waiters_.erase(waiters_.begin() + static_cast<std::ptrdiff_t>(i));
      answer(waiter.request,
             awaited == Awaited::kJobs ? Reply(AcceptReply{}) : Reply(waiter.renewed));
      return;
    }
  }
}

void Model::serve_waiters() {
  for (std::size_t i = 0; i < waiters_.size();) {
    const Waiter waiter = waiters_[i];
    std::vector<AcceptedView> jobs;
    if (waiter.awaited == Awaited::kJobs) {
      const std::string caller = std::exchange(token_, waiter.token);
      jobs = take_jobs(datasources_[waiter.datasource], waiter.accept);
      token_ = caller;
    }
    if (jobs.empty()) {
      ++i;
      continue;
    }
    std::erase_if(waiters_, [&](const Waiter& any) { return any.request == waiter.request; });
    answer(waiter.request, AcceptReply{std::move(jobs), {}});
    // Those who waited for news of the jobs are gone too.
    i = 0;
  }
  hear_put_off();
}

void Model::wake_for_cancel(const ModelJob& job) {
  const DatasourceIndex datasource = job.facts.key.datasource;
  const std::vector<CancelRequest> note = {
      {{job.facts.job, job.facts.attempt}, job.cancel_sequence, job.facts.cancel_until}};
  const std::string worker = job.facts.worker;
  for (std::size_t i = 0; i < waiters_.size();) {
    const Waiter waiter = waiters_[i];
    if ((waiter.awaited != Awaited::kJobs && waiter.awaited != Awaited::kCancels) ||
        waiter.datasource != datasource || waiter.name != worker) {
      ++i;
      continue;
    }
    waiters_.erase(waiters_.begin() + static_cast<std::ptrdiff_t>(i));
    if (waiter.awaited == Awaited::kJobs) {
      answer(waiter.request, AcceptReply{{}, note});
    } else {
      RenewReply reply = waiter.renewed;
      reply.cancels = note;
      answer(waiter.request, reply);
    }
  }
}

void Model::expire_waiters() {
  std::vector<Waiter> over;
  for (const Waiter& waiter : waiters_) {
    if (waiter.awaited != Awaited::kRemoval && waiter.until <= now_) {
      over.push_back(waiter);
    }
  }
  std::stable_sort(over.begin(), over.end(),
                   [](const Waiter& a, const Waiter& b) { return a.until < b.until; });
  over.resize(std::min(over.size(), static_cast<std::size_t>(limits_.expirations_per_turn_max)));
  for (Waiter& waiter : over) {
    std::erase_if(waiters_, [&](const Waiter& any) { return any.request == waiter.request; });
    if (waiter.awaited == Awaited::kJobs) {
      answer(waiter.request, AcceptReply{});
    } else if (waiter.awaited == Awaited::kCancels) {
      answer(waiter.request, waiter.renewed);
    } else if (waiter.awaited == Awaited::kEvents) {
      answer(waiter.request, waiter.query);
    } else {
      waiter.asked.job = whole_view(known(waiter.asked.job.key));
      answer(waiter.request, waiter.asked);
    }
  }
}

std::vector<std::uint64_t> Model::forget_waiters(
    const std::function<bool(std::uint64_t)>& is_gone) {
  std::vector<std::uint64_t> forgotten;
  std::erase_if(waiters_, [&](const Waiter& waiter) {
    const bool goes = waiter.awaited != Awaited::kRemoval && is_gone(waiter.request);
    if (goes) {
      forgotten.push_back(waiter.request);
    }
    return goes;
  });
  return forgotten;
}

void Model::give_up_waiting(const Refused& refused) {
  for (const Waiter& waiter : waiters_) {
    answer(waiter.request, refused);
  }
  waiters_.clear();
}

}  // namespace store::sim
