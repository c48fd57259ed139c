#include "model.h"

#include <algorithm>

#include "words.h"

namespace store::sim {

// ---------------------------------------------------------------------------------------- finding

ModelDatasource* Model::find(const std::string& datasource) {
  for (ModelDatasource& candidate : datasources_) {
    if (candidate.name == datasource && !datasource.empty()) {
      return &candidate;
    }
  }
  return nullptr;
}

ModelDatasource& Model::asked_datasource(const std::string& name) {
  ModelDatasource* datasource = find(name);
  return datasource != nullptr ? *datasource : throw Refused{Code::kNotFound, "datasource", {}};
}

ModelDatasource& Model::found_or_made(const std::string& name) {
  if (ModelDatasource* datasource = find(name)) {
    return *datasource;
  }
  if (!may_make_datasource()) {
    throw Refused{Code::kFull, "datasources", {}};
  }
  // In the place of one that was dropped, if there is one.
  auto place = std::find_if(datasources_.begin(), datasources_.end(),
                            [](const ModelDatasource& any) { return any.name.empty(); });
  const bool is_new = place == datasources_.end();
  ModelDatasource& made = is_new ? datasources_.emplace_back() : *place;
  made.index = is_new ? static_cast<DatasourceIndex>(datasources_.size() - 1) : made.index;
  made.name = name;
  made.maker = token_;
  return made;
}

ModelJob* Model::find(ModelDatasource& datasource, const std::string& id) {
  for (ModelJob& job : datasource.jobs) {
    if (job.facts.job == id) {
      return &job;
    }
  }
  return nullptr;
}

ModelJob* Model::find(JobKey key) {
  if (key.datasource >= datasources_.size()) {
    return nullptr;
  }
  for (ModelJob& job : datasources_[key.datasource].jobs) {
    if (job.facts.key == key) {
      return &job;
    }
  }
  return nullptr;
}

ModelJob& Model::known(JobKey key) {
  ModelJob* job = find(key);
  if (job == nullptr) {
    throw Mismatch("the store speaks of a job that should be unknown: number " +
                   std::to_string(key.sequence));
  }
  return *job;
}

// ------------------------------------------------------------------------------------ a job's life

void Model::event(ModelJob& job, Event::Kind kind) {
  job.facts.changed = ++of(job).last_sequence;
  done_with_[{job.facts.key.datasource, job.facts.changed}] = token_;
  events_[job.facts.key.datasource].push_back(make_event(job, kind));
  std::vector<Waiter> told;
  std::erase_if(waiters_, [&](const Waiter& waiter) {
    const bool is_news = waiter.awaited == Awaited::kNews &&
                         waiter.asked.job.key == job.facts.key &&
                         (!waiter.until_final || is_final(job.status()));
    if (is_news) {
      told.push_back(waiter);
    }
    return is_news;
  });
  for (Waiter& waiter : told) {
    waiter.asked.job = whole_view(job);
    answer(waiter.request, waiter.asked);
  }
  wake_for_event(events_[job.facts.key.datasource].back());
}

void Model::wait_again(ModelJob& job, Status status, Time not_before) {
  job.facts.status = status;
  job.facts.not_before = not_before;
  job.is_delayed = job.awaited() == 0 && not_before > now_;
  job.is_put_off = false;
  job.could_run_at = std::max(now_, not_before);
  job.is_held = !job.content.turn_key.empty();
  if (job.is_ready()) {
    enter_ring(job);
  }
  settle_keys(of(job));
}

void Model::stop_delay(ModelJob& job) {
  job.is_delayed = job.is_put_off = false;
  job.could_run_at = now_;
  if (job.is_ready()) {
    enter_ring(job);
  }
  settle_keys(of(job));
}

void Model::settle_keys(ModelDatasource& datasource) {
  const std::size_t max = datasource.config.key_running_max;
  std::vector<ModelJob*> best;  // those that want to run, the best first
  std::map<std::string, std::size_t> going;
  for (ModelJob& job : datasource.jobs) {
    const std::string& key = job.content.turn_key;
    if (!key.empty() && job.status() == Status::kAccepted) {
      going[key] += 1;
    } else if (!key.empty() && job.is_in_lane(max)) {
      best.push_back(&job);
    }
  }
  const auto is_better = [&](const ModelJob* a, const ModelJob* b) {
    return max != 0 && a->facts.priority > b->facts.priority;
  };
  std::stable_sort(best.begin(), best.end(), is_better);
  std::vector<ModelJob*> opened;
  for (ModelJob* job : best) {
    const bool may_go = going[job->content.turn_key]++ < std::max<std::size_t>(max, 1);
    if (may_go && job->is_held) {
      opened.push_back(job);
    } else if (!may_go && !job->is_held) {
      job->is_held = true;
      leave_ring(datasource, *job);
    }
  }
  std::sort(opened.begin(), opened.end(),
            [](const ModelJob* a, const ModelJob* b) { return a->sequence() < b->sequence(); });
  for (ModelJob* job : opened) {
    job->is_held = false;
    if (job->is_ready()) {
      enter_ring(*job);
    }
  }
}

void Model::enter_ring(const ModelJob& job) {
  std::vector<Turn>& ring = of(job).rings[of(job).level_of(job)];
  for (const Turn& turn : ring) {
    if (turn.client == job.content.client) {
      return;
    }
  }
  ring.push_back({job.content.client, 0});
}

void leave_ring(ModelDatasource& datasource, const ModelJob& job) {
  leave_ring(datasource, datasource.level_of(job), job.facts.client);
}

void leave_ring(ModelDatasource& datasource, std::int64_t level, const std::string& client) {
  const std::size_t left = datasource.count([&](const ModelJob& job) {
    return job.is_ready() && datasource.level_of(job) == level && job.content.client == client;
  });
  if (left == 0) {
    std::erase_if(datasource.rings[level], [&](const Turn& turn) { return turn.client == client; });
  }
}

Time bounded_lease(const ModelJob& job) {
  Time until = job.leased_until;
  for (const Time bound : {job.facts.attempt_until, job.facts.cancel_until}) {
    until = bound == Time() ? until : std::min(until, bound);
  }
  return until;
}

void Model::lease(ModelJob& job, Span wanted) {
  const Span configured = of(job).config.lease;
  const Span standard = configured != Span::zero() ? configured : limits_.defaults.lease;
  job.leased_until = now_ + (wanted != Span::zero() ? wanted : standard);
  job.facts.lease_until = bounded_lease(job);
}

void Model::start_attempt(ModelJob& job, const std::string& worker, std::uint64_t number,
                          Span lease) {
  JobView& facts = job.facts;
  const Span waited = now_ - std::min(now_, job.could_run_at);
  facts.status = Status::kAccepted;
  facts.attempt += 1;
  facts.worker = worker;
  facts.started_at = facts.started_at == Time() ? now_ : facts.started_at;
  facts.accepted_at = now_;
  begin_soft_limits(job);
  facts.progress = 0;
  facts.attempt_until = facts.terms->timeout == Span::zero() ? Time() : now_ + facts.terms->timeout;
  facts.cancel_until = Time();
  this->lease(job, lease);
  job.accept_token = token_;
  job.request_number = number;
  job.is_out_of_turn = false;
  job.said.reset();
  job.told = 0;
  job.texts.message.clear();
  leave_ring(of(job), job);
  counters_of(job).runs += 1;
  counters_of(job).waited += waited;
  ModelTimes::count(times_of(job).waits, waited);
  settle_brought();
  event(job, Event::Kind::kAccepted);
}

// REQUIRES: the job is still accepted.
Attempt Model::end_attempt(ModelJob& job, Ending ending, const JobError& failure) {
  job.facts.is_slow = job.facts.is_stalled = job.fails_now = false;
  job.slow_at = job.stall_at = Time();
  if (ending == Ending::kLeaseLost || ending == Ending::kUndelivered ||
      (ending == Ending::kCancelled && !job.said)) {
    counters_of(job).lost += 1;
  } else {
    counters_of(job).ran += now_ - job.facts.accepted_at;
    ModelTimes::count(times_of(job).runs, now_ - job.facts.accepted_at);
  }
  if (ending == Ending::kFailed || ending == Ending::kTimeout || ending == Ending::kLeaseLost) {
    counters_of(job).errors += 1;
  }
  return {.attempt = job.facts.attempt,
          .worker = job.facts.worker,
          .accepted_at = job.facts.accepted_at,
          .ended_at = now_,
          .ending = ending,
          .error = {failure.code, failure.message, {}}};
}

void Model::try_again(ModelJob& job, Attempt ended, Status status, Time not_before) {
  const Event::Kind kind = ended.ending == Ending::kReleased      ? Event::Kind::kReleased
                           : ended.ending == Ending::kUndelivered ? Event::Kind::kUndelivered
                           : ended.ending == Ending::kLeaseLost   ? Event::Kind::kLeaseLost
                                                                  : Event::Kind::kRetrying;
  job.attempts.push_back(std::move(ended));
  if (job.attempts.size() > kAttemptsKept) {
    job.attempts.erase(job.attempts.begin());
  }
  wait_again(job, status, not_before);
  event(job, kind);
}

void Model::hand_back(ModelJob& job, Attempt ended, Time not_before) {
  try_again(job, std::move(ended), Status::kSubmitted, not_before);
  if (is_overdue(job)) {
    fail(job, told_failure(job, "expired"));
  }
}

void Model::finish(ModelJob& job, Status status) {
  const bool was_ready = job.is_ready();
  for (ModelAfter& after : job.after) {
    after.end = has_news(job, after) ? known(after.job).status() : after.end;
  }
  job.facts.status = status;
  job.is_delayed = job.is_put_off = job.awaits_group = job.is_held_back = false;
  job.facts.finished_at = now_;
  job.texts.checkpoint.clear();
  job.texts.grants.clear();
  job.facts.checkpoint_bytes = 0;
  job.facts.has_failure = status == Status::kFailed || status == Status::kForbidden;
  if (was_ready) {
    leave_ring(of(job), job);
  }
  settle_keys(of(job));
  Counters& counters = counters_of(job);
  (status == Status::kComplete    ? counters.complete
   : status == Status::kFailed    ? counters.failed
   : status == Status::kCancelled ? counters.cancelled
                                  : counters.forbidden) += 1;
  finished_.push_back(job.facts.key);
  note_end_of_run(job);
  event(job, status == Status::kComplete    ? Event::Kind::kComplete
             : status == Status::kFailed    ? Event::Kind::kFailed
             : status == Status::kCancelled ? Event::Kind::kCancelled
                                            : Event::Kind::kForbidden);
}

void Model::fail(ModelJob& job, JobError failure) {
  job.texts.failure = std::move(failure);
  finish(job, Status::kFailed);
}

void Model::retry(ModelJob& job, JobError failure, Ending ending, Span delay) {
  job.facts.failures += 1;
  Attempt ended = end_attempt(job, ending, failure);
  if (job.facts.failures >= job.facts.terms->failures_max) {
    return fail(job, std::move(failure));
  }
  job.texts.failure = std::move(failure);
  job.facts.has_failure = true;
  Span least = delay;
  Span most = delay;
  if (delay == Span::zero()) {
    const Backoff& backoff = *job.facts.terms->backoff;
    double longest = static_cast<double>(backoff.initial.count());
    for (std::uint32_t i = 1; i < job.facts.failures && longest < 1e18; ++i) {
      longest = longest * backoff.factor_percent / 100;
    }
    longest = std::min(longest, static_cast<double>(backoff.max.count()));
    const double shortest = longest * (100 - backoff.jitter_percent) / 100;
    // A millisecond for rounding.
    least = Span(static_cast<std::int64_t>(shortest) - 1);
    most = Span(static_cast<std::int64_t>(longest));
  }
  try_again(job, std::move(ended), Status::kRetrying, told_retry(job, least, most));
}

void Model::cancel_now(ModelJob& job) {
  if (job.status() == Status::kAccepted) {
    end_attempt(job, Ending::kCancelled, {});
  }
  finish(job, Status::kCancelled);
}

// -------------------------------------------------------------------------------- what it is told

JobError Model::told_failure(const ModelJob& job, const std::string& code) const {
  for (const Entry& entry : told_->entries) {
    const JobError* failure = std::visit(
        [](const auto& change) -> const JobError* {
          if constexpr (requires { change.failure; }) {
            return &change.failure;
          }
          return nullptr;
        },
        entry.change);
    if (failure != nullptr && entry.job == job.facts.key && failure->code == code) {
      return *failure;
    }
  }
  throw Mismatch("the store did not let " + job.facts.job + " fail with " + code);
}

Time Model::told_retry(const ModelJob& job, Span least, Span most) {
  for (std::size_t& i = told_->retries_read; i < told_->entries.size(); ++i) {
    const Entry& entry = told_->entries[i];
    if (const auto* retried = std::get_if<Retried>(&entry.change);
        retried != nullptr && entry.job == job.facts.key) {
      ++i;
      if (retried->not_before < now_ + least || retried->not_before > now_ + most) {
        throw Mismatch("the backoff of " + job.facts.job + " is " +
                       std::to_string((retried->not_before - now_).count()) + " ms, not " +
                       std::to_string(least.count()) + " to " + std::to_string(most.count()));
      }
      return retried->not_before;
    }
  }
  throw Mismatch("the store did not let " + job.facts.job + " be retried");
}

std::string Model::new_guid(const std::string& told) {
  const std::string form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  bool is_guid = told.size() == form.size();
  for (std::size_t at = 0; is_guid && at < form.size(); ++at) {
    is_guid = form[at] == '-' ? told[at] == '-'
                              : std::string("0123456789abcdef").find(told[at]) != std::string::npos;
  }
  if (!is_guid || !ids_made_.insert(told).second) {
    throw Mismatch("the id that the store made for a job is no GUID, or not new: " + told);
  }
  return told;
}

// The id of the job that is to admit this one.
std::string Model::told_admission(const ModelDatasource& datasource, const std::string& job) {
  for (const Entry& entry : told_->entries) {
    const auto* submitted = std::get_if<Submitted>(&entry.change);
    if (submitted != nullptr && submitted->id == job && entry.job.datasource == datasource.index &&
        !submitted->extras.or_nothing().after.empty() && submitted->extras->after.back().admits) {
      return new_guid(submitted->extras->after.back().id);
    }
  }
  throw Mismatch("nobody is asked to admit " + job);
}

std::string Model::told_id() {
  for (std::size_t& i = told_->restarts_read; i < told_->entries.size(); ++i) {
    if (const auto* restarted = std::get_if<Restarted>(&told_->entries[i].change)) {
      ++i;
      return new_guid(restarted->id);
    }
  }
  throw Mismatch("the store did not restart a job that has to be");
}

}  // namespace store::sim
