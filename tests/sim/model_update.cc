// What workers say became of their jobs.
#include "model.h"
#include "words.h"

namespace store::sim {
namespace {

std::string said_by(const Outcome& outcome) {
  return describe(outcome.report) + describe(outcome.checkpoint) + describe(outcome.state);
}

}  // namespace

Model::Answered Model::on(const Update& update) {
  UpdateReply reply;
  for (const Item<Outcome>& item : update.outcomes) {
    try {
      const auto* outcome = std::get_if<Outcome>(&item);
      reply.items.emplace_back(outcome != nullptr ? take(update.datasource, *outcome)
                                                  : throw std::get<Refused>(item));
    } catch (const Refused& refused) {
      reply.items.emplace_back(refused);
    }
  }
  return reply;
}

UpdateReply::Result Model::take(const std::string& name, const Outcome& outcome) {
  ModelDatasource* datasource = find(name);
  if (const auto* accept = std::get_if<AcceptOne>(&outcome.report)) {
    return take_one(datasource, outcome.lease.job, *accept);
  }
  ModelJob* job = datasource == nullptr ? nullptr : find(*datasource, outcome.lease.job);
  if (job == nullptr) {
    throw Refused{Code::kConflict, "lease", {}};
  }
  if (!is_held(*job, outcome.lease.attempt)) {
    const bool is_repeated = job->status() != Status::kAccepted &&
                             job->facts.attempt == outcome.lease.attempt &&
                             job->said == said_by(outcome);
    return is_repeated ? taken(*job) : throw Refused{Code::kConflict, "lease", {}};
  }
  if (std::holds_alternative<AckCancel>(outcome.report) && job->facts.cancel_until == Time()) {
    throw Refused{Code::kConflict, "cancel", {}};
  }
  take_left(*datasource, *job, outcome);
  heard(*datasource, job->facts.worker);
  take_word(*job, outcome);
  return taken(*job);
}

UpdateReply::Result Model::taken(const ModelJob& job) const {
  const JobView shown = view(job);
  return {job.status(), shown.not_before, {}};
}

void Model::take_word(ModelJob& job, const Outcome& outcome) {
  if (const auto* progress = std::get_if<Progress>(&outcome.report)) {
    job.facts.progress = progress->value;
    job.texts.message = progress->message;
    job.facts.is_stalled = false;
    const Span stall_after = job.facts.terms->stall_after;
    job.stall_at = stall_after == Span::zero() ? Time() : now_ + stall_after;
    return event(job, Event::Kind::kProgress);
  }
  if (const auto* log = std::get_if<Log>(&outcome.report)) {
    return write_log(job, *log);
  }
  job.said = said_by(outcome);
  if (const auto* completed = std::get_if<Completed>(&outcome.report)) {
    end_attempt(job, Ending::kComplete, {});
    job.texts.response = completed->response;
    return finish(job, Status::kComplete);
  }
  if (const auto* failed = std::get_if<Failed>(&outcome.report)) {
    job.facts.failures += 1;
    end_attempt(job, Ending::kFailed, failed->failure);
    return fail(job, failed->failure);
  }
  if (const auto* forbidden = std::get_if<Forbidden>(&outcome.report)) {
    end_attempt(job, Ending::kForbidden, forbidden->failure);
    job.texts.failure = forbidden->failure;
    return finish(job, Status::kForbidden);
  }
  if (std::holds_alternative<AckCancel>(outcome.report) || job.facts.cancel_until != Time()) {
    return cancel_now(job);
  }
  if (const auto* again = std::get_if<Retry>(&outcome.report)) {
    return retry(job, again->error, Ending::kFailed, again->delay);
  }
  release(job, std::get<Release>(outcome.report));
}

void Model::release(ModelJob& job, const Release& released, bool may_fail) {
  job.facts.releases += 1;
  job.facts.failures += rules_.release_is_failure ? 1 : 0;
  counters_of(job).releases += 1;
  Attempt ended = end_attempt(job, Ending::kReleased, {{}, released.message, {}});
  const std::uint32_t most = job.facts.terms->releases_max;
  if (may_fail && most != 0 && job.facts.releases >= most) {
    return fail(job, told_failure(job, "releases"));
  }
  const Span defer_max = job.facts.terms->defer_max;
  if (may_fail && defer_max != Span::zero() && now_ >= job.facts.started_at + defer_max) {
    return fail(job, told_failure(job, "deferred"));
  }
  hand_back(job, std::move(ended), now_ + released.delay);
}

void Model::write_log(ModelJob& job, const Log& written) {
  for (std::size_t i = 0; i < written.lines.size(); ++i) {
    if (written.first != 0) {
      const std::uint32_t number = written.first + static_cast<std::uint32_t>(i);
      if (number <= job.told) {
        continue;
      }
      job.told = number;
    }
    job.facts.log_lines += 1;
    job.log.push_back({.number = job.facts.log_lines,
                       .time = now_,
                       .attempt = job.facts.attempt,
                       .level = written.lines[i].level,
                       .text = written.lines[i].text});
    if (job.log.size() > kLogLinesKept) {
      job.log.erase(job.log.begin());
    }
    event(job, Event::Kind::kLog);
  }
}

UpdateReply::Result Model::take_one(ModelDatasource* datasource, const std::string& id,
                                    const AcceptOne& accept) {
  ModelJob* job = datasource == nullptr ? nullptr : find(*datasource, id);
  if (job == nullptr) {
    throw Refused{Code::kNotFound, "job", {}};
  }
  if (job->facts.worker == accept.worker && job->request_number == accept.request_number &&
      is_held(*job, job->facts.attempt)) {
    return {job->status(), {}, accepted_view(*job)};
  }
  if (!job->is_ready() && !job->is_held_back) {
    throw Refused{Code::kConflict, "does not wait", {}};
  }
  if (mode_.is_paused || datasource->is_paused()) {
    throw Refused{Code::kUnavailable, "paused", {}};
  }
  if (!may_run_more(*datasource)) {
    throw Refused{Code::kTooMany, "running", {}};
  }
  if (limit_reached(*datasource, job->content.function)) {
    throw Refused{Code::kTooMany, "running", {}};
  }
  if (job->is_held_back || is_full(*job)) {
    throw Refused{Code::kTooMany, "running", {}};
  }
  for (const NamedRate& rate :
       {start_rate(*datasource), start_rate_of_function(*datasource, job->content.function),
        start_rate_of_key(*datasource, job->content.turn_key)}) {
    if (opens_at(rate) != Time()) {
      throw Refused{Code::kTooMany, "rate", {}};
    }
  }
  require_room_for(things_of_attempt(accept.worker, token_, token_), token_);
  serve_turn(*datasource, *job);
  count_start(*job);
  start_attempt(*job, accept.worker, accept.request_number, accept.lease);
  // It stands apart from the numbers of accepts.
  job->is_out_of_turn = true;
  remember(*datasource, accept.worker);
  return {job->status(), {}, accepted_view(*job)};
}

}  // namespace store::sim
