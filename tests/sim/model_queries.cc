// What is shown.
#include <algorithm>

#include "model.h"
#include "words.h"

namespace store::sim {
namespace {

bool has_tag(const ModelJob& job, const std::string& tag) {
  const std::vector<std::string>& tags = job.content.tags;
  return tag.empty() || std::find(tags.begin(), tags.end(), tag) != tags.end();
}

bool is_of(const std::string& wanted, const std::string& name) {
  return wanted.empty() || wanted == name;
}

}  // namespace

bool matches(const ModelJob& job, const std::string& client, const std::string& function,
             const std::string& tag) {
  return is_of(client, job.facts.client) && is_of(function, job.facts.function) &&
         has_tag(job, tag);
}

JobView Model::view(const ModelJob& job) const {
  JobView shown = whole_view(job);
  shown.terms.reset();
  shown.after.clear();
  shown.then.clear();
  shown.follows.clear();
  shown.after_group.clear();
  return shown;
}

AcceptedView Model::accepted_view(const ModelJob& job) const {
  const JobView shown = whole_view(job);
  AcceptedView view{{.lease = {shown.job, shown.attempt},
                     .lease_until = shown.lease_until,
                     .client = shown.client,
                     .request = {},
                     .sequence = shown.sequence,
                     .priority = shown.priority,
                     .submitted_at = shown.submitted_at,
                     .function = shown.function,
                     .tags = shown.tags,
                     .attempt_until = shown.attempt_until,
                     .failures = shown.failures,
                     .lost_leases = shown.lost_leases,
                     .releases = shown.releases,
                     .turn_key = shown.turn_key,
                     .state = state_of(job),
                     .after_group = job.after_group},
                    shown.key,
                    {},
                    shown.checkpoint_bytes > 0};
  view.has_grants = !job.texts.grants.empty();
  tell_responses(job, view);
  return view;
}

JobView Model::whole_view(const ModelJob& job) const {
  JobView shown = job.facts;
  const bool is_accepted = shown.status == Status::kAccepted;
  if (!is_accepted) {
    shown.lease_until = shown.attempt_until = Time();
    shown.cancel_requested_at = shown.cancel_until = Time();
  }
  if (!is_waiting(shown.status) || !job.is_delayed) {
    shown.not_before = Time();
  }
  if (shown.status != Status::kSubmitted || shown.failures > 0 || shown.lost_leases > 0) {
    shown.expires_at = Time();
  }
  for (const ModelAfter& after : job.after) {
    shown.after.push_back(this->shown(job, after));
  }
  shown.then = shown_then(job);
  shown.after_group = job.after_group;
  shown.is_revoked = shown.status == Status::kCancelled && !job.said;
  return shown;
}

Model::Answered Model::on(const GetJob& get) {
  const ModelJob& job = asked_for(get);
  JobReply reply{.job = whole_view(job),
                 .with_attempts = get.with_attempts,
                 .with_request = get.with_request,
                 .with_checkpoint = get.with_request && !get.client};
  const Sequence seen = get.seen == 0 ? job.facts.changed : get.seen;
  const bool is_news = is_final(job.status()) || (!get.until_final && job.facts.changed > seen);
  if (get.wait == Span::zero() || is_news) {
    return reply;
  }
  const std::string who = get.client.value_or("");
  if (is_full(Awaited::kNews, nullptr, who)) {
    throw Refused{Code::kTooMany, "waiters", {}};
  }
  return park({.awaited = Awaited::kNews,
               .request = request_,
               .until = now_ + get.wait,
               .datasource = job.facts.key.datasource,
               .name = who,
               .asked = std::move(reply),
               .until_final = get.until_final});
}

void Model::cancel(ModelJob& job) {
  if (is_waiting(job.status())) {
    cancel_now(job);
  } else if (job.status() == Status::kAccepted && job.facts.cancel_until == Time()) {
    const Span configured = of(job).config.cancel_grace;
    job.facts.cancel_requested_at = job.cancelled_at = now_;
    job.facts.cancel_until =
        now_ + (configured != Span::zero() ? configured : limits_.defaults.cancel_grace);
    job.facts.lease_until = bounded_lease(job);
    job.cancel_sequence = of(job).last_sequence + 1;
    event(job, Event::Kind::kCancelRequested);
    wake_for_cancel(job);
  }
}

Model::Answered Model::on(const Cancel& cancel) {
  ModelJob& job = asked_for(cancel);
  this->cancel(job);
  return JobReply{.job = whole_view(job)};
}

Model::Answered Model::on(const ReadLog& read) {
  const ModelJob& job = asked_for(read);
  LogReply reply{.job = job.facts.key, .after = read.after, .last = read.after, .is_end = true};
  std::size_t lines = 0;
  for (const LogLine& line : job.log) {
    if (line.number > read.after && lines < read.limit) {
      reply.last = line.number;
      ++lines;
    }
  }
  reply.is_end = reply.last >= job.facts.log_lines;
  return reply;
}

// ----------------------------------------------------------------------------------------- explain

std::size_t Model::count_ahead(const ModelDatasource& datasource, const ModelJob& job) const {
  Model copy(limits_, rules_);
  copy.datasources_ = datasources_;
  ModelDatasource& same = copy.datasources_[datasource.index];
  for (std::size_t ahead = 0;; ++ahead) {
    ModelJob* next = copy.best(same, {}, nullptr);
    if (next->facts.key == job.facts.key) {
      return ahead;
    }
    serve_turn(same, *next);
    next->facts.status = Status::kAccepted;
    leave_ring(same, *next);
  }
}

void Model::add_rates(const ModelDatasource& datasource, const ModelJob& job,
                      Explanation& reply) const {
  if (is_full(job)) {
    reply.reasons.push_back(
        {Reason::Kind::kConcurrency, "", {}, job_running_with(job.submit_token)});
  }
  for (const NamedRate& rate :
       {start_rate(datasource), start_rate_of_function(datasource, job.content.function)}) {
    if (const Time opens = opens_at(rate); opens != Time()) {
      reply.reasons.push_back({Reason::Kind::kRate, "", opens, begun(rate, now_)});
    }
  }
}

// Of its key; nothing where that does not hold it.
std::optional<std::size_t> count_before_in_lane(const ModelDatasource& datasource,
                                                const ModelJob& job) {
  const std::size_t max = datasource.config.key_running_max;
  if (!job.is_held || !job.is_in_lane(max)) {
    return std::nullopt;
  }
  return datasource.count([&](const ModelJob& any) {
    const bool is_better = max != 0 && any.facts.priority != job.facts.priority
                               ? any.facts.priority > job.facts.priority
                               : any.sequence() < job.sequence();
    return any.content.turn_key == job.content.turn_key &&
           (any.status() == Status::kAccepted || (any.is_in_lane(max) && is_better));
  });
}

Model::Answered Model::on(const Explain& explain) {
  const ModelJob& job = asked_for(explain);
  const ModelDatasource& datasource = of(job);
  using Kind = Reason::Kind;
  Explanation reply{.status = job.status(), .reasons = {}, .earliest = {}};
  const auto add = [&](Kind kind, Time until = {}, std::uint64_t count = 0) {
    reply.reasons.push_back({kind, "", until, count});
  };
  const auto whole = [&] {
    for (std::size_t i = 0; i < job.results.size(); ++i) {
      if (!job.results[i].refused.empty()) {
        add(Kind::kThen, {}, i + 1);
      }
    }
    return reply;
  };
  if (is_final(job.status())) {
    add(Kind::kFinal);
    return whole();
  }
  if (job.status() == Status::kAccepted) {
    add(Kind::kRunning, job.facts.lease_until);
    return whole();
  }
  if (job.awaited() > 0) {
    add(Kind::kAfter, {}, job.awaited());
  }
  if (job.is_delayed) {
    const bool has_failed = job.status() == Status::kRetrying;
    add(job.is_put_off ? Kind::kRate
        : has_failed   ? Kind::kBackoff
                       : Kind::kNotBefore,
        job.facts.not_before,
        job.is_put_off ? begun(start_rate_of_key(datasource, job.content.turn_key), now_) : 0);
    reply.earliest = job.facts.not_before;
  }
  if (mode_.is_paused) {
    add(Kind::kPaused);
  }
  if (datasource.is_paused()) {
    add(Kind::kPaused);
  }
  if (runs_as_many_as_may(datasource)) {
    add(Kind::kConcurrency, {}, datasource.running());
  }
  if (const auto running = limit_reached(datasource, job.content.function)) {
    add(Kind::kConcurrency, {}, *running);
  }
  add_rates(datasource, job, reply);
  if (const auto before = count_before_in_lane(datasource, job)) {
    add(Kind::kKey, {}, *before);
  }
  if (job.is_ready()) {
    if (const std::size_t ahead = count_ahead(datasource, job); ahead > 0) {
      add(Kind::kBehind, {}, std::min(ahead, limits_.ahead_counted_max));
    }
  }
  if (!has_worker(datasource, job)) {
    add(Kind::kNoWorker);
  }
  if (reply.reasons.empty()) {
    add(Kind::kDue);
  }
  return whole();
}

bool Model::has_worker(const ModelDatasource& datasource, const ModelJob& job) const {
  for (const ModelWorker& worker : datasource.workers) {
    if (job.facts.terms->labels.empty() && now_ - worker.heard_at < std::chrono::minutes(1) &&
        order_for(datasource, worker.name) == jobq::WorkerOrder::kWork) {
      return true;
    }
  }
  for (const Waiter& waiter : waiters_) {
    const std::vector<std::string>& functions = waiter.accept.functions;
    if (waiter.awaited == Awaited::kJobs && waiter.datasource == datasource.index &&
        waiter.accept.least_priority != 255 &&
        (functions.empty() ||
         std::find(functions.begin(), functions.end(), job.facts.function) != functions.end()) &&
        std::includes(waiter.accept.labels.begin(), waiter.accept.labels.end(),
                      job.facts.terms->labels.begin(), job.facts.terms->labels.end())) {
      return true;
    }
  }
  return false;
}

// ------------------------------------------------------------------------------------------ texts

const Texts& Model::texts(JobKey job) { return known(job).texts; }

const Payload& Model::payload(JobKey job) {
  const ModelJob& found = known(job);
  payload_ = {found.request, found.content.trace};
  return payload_;
}

std::vector<Attempt> Model::attempts(JobKey job) { return known(job).attempts; }

std::vector<LogLine> Model::log(JobKey job, std::uint32_t after, std::uint32_t last) {
  std::vector<LogLine> lines;
  for (const LogLine& line : known(job).log) {
    if (line.number > after && line.number <= last) {
      lines.push_back(line);
    }
  }
  return lines;
}

}  // namespace store::sim
