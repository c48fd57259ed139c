#include "model.h"

#include <algorithm>

#include "words.h"

namespace store::sim {

// ---------------------------------------------------------------------------------------- finding

ModelDatasource* Model::find(const std::string& datasource) {
  for (ModelDatasource& candidate : datasources_) {
    if (candidate.name == datasource) {
      return &candidate;
    }
  }
  return nullptr;
}

ModelJob* Model::find(ModelDatasource& datasource, const std::string& id) {
  for (ModelJob& job : datasource.jobs) {
    if (job.facts.id == id) {
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

// ------------------------------------------------------------------------------------- a new job

std::optional<Refused> Model::no_room(const ModelDatasource* datasource,
                                      const std::string& client) {
  std::size_t live = 0;
  for (const ModelDatasource& any : datasources_) {
    live += any.count([](const ModelJob& job) { return !is_final(job.status()); });
  }
  if (live >= limits_.jobs_live_max) {
    return Refused{Code::kFull, "jobs", {}};
  }
  if (datasource == nullptr) {
    return datasources_.size() >= limits_.datasources_max
               ? std::optional(Refused{Code::kFull, "datasources", {}})
               : std::nullopt;
  }
  if (datasource->mode == Mode::kDraining) {
    return Refused{Code::kUnavailable, "draining", {}};
  }
  const auto waits = [](const ModelJob& job) { return is_waiting(job.status()); };
  const auto waits_of_client = [&](const ModelJob& job) {
    return is_waiting(job.status()) && job.content.client == client;
  };
  const auto is_reached = [](std::size_t count, std::uint32_t own, std::uint32_t of_store) {
    const std::uint32_t most = own != 0 ? own : of_store;
    return most != 0 && count >= most;
  };
  const DatasourceConfig& config = datasource->config;
  const Defaults& defaults = limits_.defaults;
  if (is_reached(datasource->count(waits), config.waiting_max, defaults.waiting_max) ||
      is_reached(datasource->count(waits_of_client), config.waiting_per_client_max,
                 defaults.waiting_per_client_max)) {
    return Refused{Code::kTooMany, "waiting", {}};
  }
  return std::nullopt;
}

ModelDatasource& Model::make_datasource(const std::string& name) {
  ModelDatasource& made = datasources_.emplace_back();
  made.index = static_cast<DatasourceIndex>(datasources_.size() - 1);
  made.name = name;
  return made;
}

Terms Model::settle(const SaidTerms& said, const ModelDatasource& datasource) const {
  const SaidTerms& configured = datasource.config.terms;
  const Terms& standard = limits_.defaults.terms;
  const auto first = [](auto own, auto of_datasource, auto of_store) {
    return own != decltype(own){}             ? own
           : of_datasource != decltype(own){} ? of_datasource
                                              : of_store;
  };
  return {.keep_for = first(said.keep_for, configured.keep_for, standard.keep_for),
          .valid_for = first(said.valid_for, configured.valid_for, standard.valid_for),
          .timeout = first(said.timeout, configured.timeout, standard.timeout),
          .failures_max = first(said.failures_max, configured.failures_max, standard.failures_max),
          .lost_leases_max =
              first(said.lost_leases_max, configured.lost_leases_max, standard.lost_leases_max),
          .releases_max = first(said.releases_max, configured.releases_max, standard.releases_max),
          .backoff = said.backoff ? *said.backoff : configured.backoff.value_or(standard.backoff)};
}

std::variant<SubmitReply::Taken, Refused> Model::submit(const std::string& name,
                                                        const NewJob& said) {
  ModelDatasource* datasource = find(name);
  if (datasource != nullptr) {
    if (const ModelJob* job = find(*datasource, said.id)) {
      NewJob content = said;
      content.trace = job->content.trace;
      if (text_of(content) != text_of(job->content)) {
        return Refused{Code::kConflict, "content", {}};
      }
      return SubmitReply::Taken{view(*job), false};
    }
  }
  if (auto refused = no_room(datasource, said.client)) {
    return *refused;
  }
  if (datasource == nullptr) {
    datasource = &make_datasource(name);
  }
  ModelJob job;
  job.content = said;
  job.request = said.request;
  const DatasourceConfig& config = datasource->config;
  job.facts.priority = said.priority != 0     ? said.priority
                       : config.priority != 0 ? config.priority
                                              : limits_.defaults.priority;
  job.facts.terms = settle(said.terms, *datasource);
  job.facts.not_before = said.delay != Span::zero() ? now_ + said.delay : said.not_before;
  return SubmitReply::Taken{view(make_job(*datasource, std::move(job))), true};
}

ModelJob& Model::make_job(ModelDatasource& datasource, ModelJob made) {
  JobView& facts = made.facts;
  facts.key = {datasource.index, datasource.last_sequence + 1};
  facts.id = made.content.id;
  facts.client = made.content.client;
  facts.function = made.content.function;
  facts.tags = made.content.tags;
  facts.request_bytes = static_cast<std::uint32_t>(made.request.size());
  facts.submitted_at = now_;
  if (facts.terms.valid_for != Span::zero()) {
    facts.expires_at = std::max(now_, facts.not_before) + facts.terms.valid_for;
  }
  ModelJob& job = datasource.jobs.emplace_back(std::move(made));
  counters_of(job).submitted += 1;
  wait_again(job, Status::kSubmitted, facts.not_before);
  event(job, Event::Kind::kSubmitted);
  return job;
}

Model::Answered Model::on(const Submit& submit_command) {
  SubmitReply reply;
  for (const Item<NewJob>& item : submit_command.jobs) {
    if (const auto* refused = std::get_if<Refused>(&item)) {
      reply.items.emplace_back(*refused);
    } else {
      reply.items.push_back(submit(submit_command.datasource, std::get<NewJob>(item)));
    }
  }
  return reply;
}

// ------------------------------------------------------------------------------------ a job's life

void Model::event(ModelJob& job, Event::Kind kind) {
  job.facts.changed = ++of(job).last_sequence;
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
    waiter.asked.job = view(job);
    answer(waiter.request, waiter.asked);
  }
  wake_for_event(events_[job.facts.key.datasource].back());
}

void Model::wait_again(ModelJob& job, Status status, Time not_before) {
  job.facts.status = status;
  job.facts.not_before = not_before;
  job.is_delayed = not_before > now_;
  job.could_run_at = std::max(now_, not_before);
  if (!job.is_delayed) {
    enter_ring(job);
  }
}

void Model::enter_ring(const ModelJob& job) {
  std::vector<Turn>& ring = of(job).rings[job.facts.priority];
  for (const Turn& turn : ring) {
    if (turn.client == job.content.client) {
      return;
    }
  }
  ring.push_back({job.content.client, 0});
}

void Model::leave_ring(const ModelDatasource& datasource, std::uint8_t priority,
                       const std::string& client) {
  const std::size_t left = datasource.count([&](const ModelJob& job) {
    return job.is_ready() && job.facts.priority == priority && job.content.client == client;
  });
  if (left == 0) {
    std::vector<Turn>& ring = datasources_[datasource.index].rings[priority];
    std::erase_if(ring, [&](const Turn& turn) { return turn.client == client; });
  }
}

void Model::start_attempt(ModelJob& job, const std::string& worker, std::uint64_t number,
                          Span lease) {
  JobView& facts = job.facts;
  const Span waited = now_ - std::min(now_, job.could_run_at);
  facts.status = Status::kAccepted;
  facts.attempt += 1;
  facts.worker = worker;
  facts.accepted_at = now_;
  facts.progress = 0;
  facts.attempt_until = facts.terms.timeout == Span::zero() ? Time() : now_ + facts.terms.timeout;
  facts.cancel_until = Time();
  const Span configured = of(job).config.lease;
  const Span standard = configured != Span::zero() ? configured : limits_.defaults.lease;
  facts.deadline = now_ + (lease != Span::zero() ? lease : standard);
  if (facts.attempt_until != Time()) {
    facts.deadline = std::min(facts.deadline, facts.attempt_until);
  }
  job.request_number = number;
  job.is_out_of_turn = false;
  job.said.reset();
  job.told = 0;
  job.texts.message.clear();
  leave_ring(of(job), facts.priority, facts.client);
  counters_of(job).runs += 1;
  counters_of(job).waited += waited;
  event(job, Event::Kind::kAccepted);
}

// REQUIRES: the job is still accepted.
EndedAttempt Model::end_attempt(ModelJob& job, Ending ending, const Failure& failure) {
  counters_of(job).ran += now_ - job.facts.accepted_at;
  if (ending == Ending::kFailed || ending == Ending::kTimeout || ending == Ending::kLeaseLost) {
    counters_of(job).errors += 1;
  }
  return {.attempt = job.facts.attempt,
          .worker = job.facts.worker,
          .accepted_at = job.facts.accepted_at,
          .ended_at = now_,
          .ending = ending,
          .code = failure.code,
          .message = failure.message};
}

void Model::try_again(ModelJob& job, EndedAttempt ended, Status status, Time not_before) {
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

void Model::hand_back(ModelJob& job, EndedAttempt ended, Time not_before) {
  try_again(job, std::move(ended), Status::kSubmitted, not_before);
  if (is_overdue(job)) {
    fail(job, {"expired", {}, {}});
  }
}

void Model::finish(ModelJob& job, Status status) {
  const bool was_ready = job.is_ready();
  job.facts.status = status;
  job.is_delayed = false;
  job.facts.finished_at = now_;
  job.facts.has_failure = status == Status::kFailed || status == Status::kForbidden;
  if (was_ready) {
    leave_ring(of(job), job.facts.priority, job.facts.client);
  }
  Counters& counters = counters_of(job);
  (status == Status::kComplete    ? counters.complete
   : status == Status::kFailed    ? counters.failed
   : status == Status::kCancelled ? counters.cancelled
                                  : counters.forbidden) += 1;
  finished_.push_back(job.facts.key);
  event(job, status == Status::kComplete    ? Event::Kind::kComplete
             : status == Status::kFailed    ? Event::Kind::kFailed
             : status == Status::kCancelled ? Event::Kind::kCancelled
                                            : Event::Kind::kForbidden);
}

void Model::fail(ModelJob& job, Failure failure) {
  job.texts.failure = std::move(failure);
  finish(job, Status::kFailed);
}

void Model::retry(ModelJob& job, Failure failure, Ending ending, Span delay) {
  job.facts.failures += 1;
  EndedAttempt ended = end_attempt(job, ending, failure);
  if (job.facts.failures >= job.facts.terms.failures_max) {
    return fail(job, std::move(failure));
  }
  job.texts.failure = std::move(failure);
  job.facts.has_failure = true;
  Span least = delay;
  Span most = delay;
  if (delay == Span::zero()) {
    const Backoff& backoff = job.facts.terms.backoff;
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

Time Model::told_retry(const ModelJob& job, Span least, Span most) {
  for (std::size_t& i = told_->retries_read; i < told_->entries.size(); ++i) {
    const Entry& entry = told_->entries[i];
    if (const auto* retried = std::get_if<Retried>(&entry.change);
        retried != nullptr && entry.job == job.facts.key) {
      ++i;
      if (retried->not_before < now_ + least || retried->not_before > now_ + most) {
        throw Mismatch("the backoff of " + job.facts.id + " is " +
                       std::to_string((retried->not_before - now_).count()) + " ms, not " +
                       std::to_string(least.count()) + " to " + std::to_string(most.count()));
      }
      return retried->not_before;
    }
  }
  throw Mismatch("the store did not let " + job.facts.id + " be retried");
}

std::string Model::told_id() {
  for (std::size_t& i = told_->restarts_read; i < told_->entries.size(); ++i) {
    if (const auto* restarted = std::get_if<Restarted>(&told_->entries[i].change)) {
      ++i;
      const std::string& id = restarted->id;
      const std::string form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
      bool is_guid = id.size() == form.size();
      for (std::size_t at = 0; is_guid && at < form.size(); ++at) {
        is_guid = form[at] == '-'
                      ? id[at] == '-'
                      : std::string("0123456789abcdef").find(id[at]) != std::string::npos;
      }
      if (!is_guid || !ids_made_.insert(id).second) {
        throw Mismatch("the id of a restarted job is no GUID, or not new: " + id);
      }
      return id;
    }
  }
  throw Mismatch("the store did not restart a job that has to be");
}

}  // namespace store::sim
