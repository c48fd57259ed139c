// Jobs that are moved.
#include <algorithm>

#include "model.h"

namespace store::sim {
namespace {

// What a worker had nobody has here.
jobq::JobStatus settled(Time now, jobq::JobStatus job) {
  if (job.status == Status::kAccepted && job.cancel_requested_at != Time()) {
    job.status = Status::kCancelled;
    job.finished_at = now;
    job.checkpoint.clear();
  } else if (job.status == Status::kAccepted) {
    job.status = Status::kSubmitted;
    job.attempts.push_back({job.attempt, job.worker, job.accepted_at, now, Ending::kUndelivered});
    if (job.attempts.size() > kAttemptsKept) {
      job.attempts.erase(job.attempts.begin());
    }
  }
  return job;
}

}  // namespace

jobq::JobStatus Model::exported(const ModelJob& job) const {
  const JobView shown = whole_view(job);
  jobq::JobStatus whole = shown;
  const bool has_error =
      shown.has_failure && (shown.status == Status::kFailed || shown.status == Status::kForbidden ||
                            shown.status == Status::kRetrying);
  whole.error = has_error ? job.texts.failure : JobError();
  whole.response = shown.status == Status::kComplete ? job.texts.response : "";
  whole.progress_message = job.texts.message;
  whole.checkpoint = job.texts.checkpoint;
  whole.after_group = job.awaits_group ? job.after_group : "";
  whole.after.clear();
  for (const ModelAfter& after : job.after) {
    if (job.awaited() > 0 && !is_final(after.end)) {
      whole.after.push_back(this->shown(job, after));
    }
  }
  if (is_final(job.status())) {
    whole.then.clear();
  }
  whole.request = job.request;
  whole.trace = job.content.trace;
  whole.attempts = job.attempts;
  whole.content = job.imported.empty() ? spelled(hash_of(job.content)) : job.imported;
  return whole;
}

void Model::finish_imported(ModelJob& job) {
  Counters& counters = counters_of(job);
  (job.status() == Status::kComplete    ? counters.complete
   : job.status() == Status::kFailed    ? counters.failed
   : job.status() == Status::kCancelled ? counters.cancelled
                                        : counters.forbidden) += 1;
  const auto later = std::find_if(finished_.begin(), finished_.end(), [&](JobKey key) {
    return known(key).facts.finished_at > job.facts.finished_at;
  });
  finished_.insert(later, job.facts.key);
}

void Model::require_room_for_imported(const ModelDatasource* datasource, const NewJob& content,
                                      const jobq::JobStatus& job,
                                      const std::vector<ModelAfter>& after) const {
  const std::size_t index = datasource == nullptr ? datasources_.size() : datasource->index;
  std::vector<Thing> things =
      things_of(content, static_cast<DatasourceIndex>(index), *job.terms, token_, after, {});
  if (!job.worker.empty()) {
    things.push_back(things_of_attempt(job.worker, {}, token_).front());
  }
  require_room_for(things, token_);
}

// What an import says of the job, as a job has it that is not looked at.
static void bring(ModelJob& made, const jobq::JobStatus& job) {
  made.imported = job.content;
  made.request = job.request;
  made.texts = {job.response, job.error, job.progress_message, job.checkpoint};
  made.attempts = job.attempts;
  static_cast<jobq::JobStatus&>(made.facts) = job;
  made.facts.response = made.facts.progress_message = made.facts.request = made.facts.trace =
      made.facts.checkpoint = "";
  made.facts.checkpoint_bytes = static_cast<unsigned>(job.checkpoint.size());
  made.facts.error = {};
  made.facts.after.clear();
  made.facts.then.clear();
  made.facts.after_group.clear();
  made.facts.follows = is_final(job.status) ? "" : job.follows;
  made.facts.attempts.clear();
  made.facts.content.clear();
  made.facts.lease_until = made.facts.attempt_until = Time();
  made.facts.cancel_requested_at = made.facts.cancel_until = Time();
  made.facts.is_slow = made.facts.is_stalled = false;
  made.facts.log_lines = 0;
  made.facts.request_bytes = static_cast<std::uint32_t>(job.request.size());
  made.facts.has_failure = !job.error.code.empty();
}

SubmitReply::Result Model::import(const std::string& name, jobq::JobStatus job) {
  ModelDatasource* datasource = find(name);
  if (datasource != nullptr) {
    if (const ModelJob* there = find(*datasource, job.job)) {
      if (exported(*there).content != job.content || there->facts.client != job.client) {
        throw Refused{Code::kConflict, "content", {}};
      }
      return {view(*there), false};
    }
  }
  job = settled(now_, std::move(job));
  if (!is_final(job.status) && datasource != nullptr &&
      find_unique(*datasource, job.unique) != nullptr) {
    throw Refused{Code::kConflict, "unique", {}};
  }
  if (!is_final(job.status)) {
    require_room_behind(datasource, name, job.client, job.after);
  } else if (job.finished_at + kept(*job.terms, job.status) <= now_) {
    throw Refused{Code::kGone, "over", {}};
  } else if (finished_.size() >= limits_.finished_max) {
    throw Refused{Code::kFull, "finished", {}};
  }
  ModelJob made;
  made.content = {.job = job.job,
                  .request = job.request,
                  .client = job.client,
                  .priority = job.priority,
                  .function = job.function,
                  .tags = job.tags,
                  .trace = job.trace,
                  .turn_key = job.turn_key,
                  .unique = job.unique,
                  .group = job.group,
                  .after_group = job.after_group};
  made.after_group = job.after_group;
  made.after = awaited_by(name, "", job.after);
  if (!is_final(job.status)) {
    plan_follow_ups(made, {.then = job.then, .token = token_});
  }
  require_room_for_imported(datasource, made.content, job, made.after);
  if (!job.checkpoint.empty()) {
    require_room_for_checkpoint(nullptr, token_, job.checkpoint.size());
  }
  datasource = &found_or_made(name);
  made.submit_token = token_;
  made.awaits_group = datasource->has_live(job.client, job.after_group, UINT64_MAX);
  bring(made, job);
  made.facts.key = {datasource->index, datasource->last_sequence + 1};
  made.facts.sequence = made.facts.key.sequence;
  ModelJob& there = datasource->jobs.emplace_back(std::move(made));
  settle_brought();
  counters_of(there).submitted += 1;
  if (is_final(job.status)) {
    finish_imported(there);
  } else {
    wait_again(there, job.status, job.not_before);
  }
  event(there, Event::Kind::kSubmitted);
  return {view(there), true};
}

Model::Answered Model::on(const Import& command) {
  SubmitReply reply;
  for (const Item<jobq::JobStatus>& item : command.jobs) {
    if (const auto* refused = std::get_if<Refused>(&item)) {
      reply.items.emplace_back(*refused);
      continue;
    }
    try {
      reply.items.emplace_back(import(command.datasource, std::get<jobq::JobStatus>(item)));
    } catch (const Refused& refusal) {
      reply.items.emplace_back(refusal);
    }
  }
  return reply;
}

}  // namespace store::sim
