// Jobs of an export, made in the states that they are in there.
#include <utility>

#include "apply.h"
#include "find_awaited.h"
#include "job_view.h"
#include "room.h"
#include "texts.h"

namespace store {
namespace {

using ItemReply = std::variant<SubmitReply::Result, Refused>;

// What a worker had nobody has here: it waits again, at no cost, or is cancelled if that was
// requested. The attempt that completes a job has no record of its own.
void settle(Time now, jobq::JobStatus& job) {
  if (job.status == Status::kAccepted && job.cancel_requested_at != Time{}) {
    job.status = Status::kCancelled;
    job.finished_at = now;
    job.checkpoint.clear();
  } else if (job.status == Status::kAccepted) {
    job.status = Status::kSubmitted;
    if (job.attempts.size() == kAttemptsKept) {
      job.attempts.erase(job.attempts.begin());
    }
    job.attempts.push_back({.attempt = job.attempt,
                            .worker = job.worker,
                            .accepted_at = job.accepted_at,
                            .ended_at = now,
                            .ending = Ending::kUndelivered});
  } else if (job.status == Status::kComplete && !job.attempts.empty() &&
             job.attempts.back().attempt == job.attempt) {
    job.attempts.pop_back();
  }
}

std::optional<Refused> no_room_for(const Context& context, const Datasource* there,
                                   const jobq::JobStatus& job) {
  if (!is_final(job.status)) {
    return no_room_for_job(context, there, job.client);
  }
  if (forgotten_at(job) <= context.now) {
    return Refused{Code::kGone, "finishedAt: the time that the job is kept after it is over"};
  }
  const std::size_t max = context.limits.finished_max;
  if (context.state.jobs.finished_count() >= max) {
    return Refused{.code = Code::kFull,
                   .detail = "the store holds finishedMax = " + std::to_string(max) +
                             " finished jobs, and would forget one for it",
                   .limit = "finishedMax"};
  }
  return std::nullopt;
}

ItemReply import_one(Context& context, const std::string& datasource_name, jobq::JobStatus& job) {
  const auto existing = context.state.find_datasource(datasource_name);
  if (const Job* known = existing ? context.state.find(*existing, job.job) : nullptr) {
    if (known->content != hash_spelled(job.content) ||
        context.state.names.client_of(*known) != job.client) {
      return Refused{Code::kConflict, "job: this id is taken by a job with other content"};
    }
    return SubmitReply::Result{view_of(context.state, *known), false};
  }
  settle(context.now, job);
  if (is_final(job.status)) {
    job.then.clear();  // all that was to follow is made
  }
  const Job* live = existing && !is_final(job.status)
                        ? context.state.find_unique(*existing, job.unique)
                        : nullptr;
  if (live != nullptr) {
    return Refused{Code::kConflict, "unique: the job " + live->id + " has this name"};
  }
  const Datasource* there = existing ? &context.state.datasource(*existing) : nullptr;
  if (auto refused = no_room_for(context, there, job)) {
    return std::move(*refused);
  }
  if (!job.code.empty() && (!existing || !context.state.codes.find(*existing, job.code))) {
    return Refused{Code::kNotFound, "code: unknown; it is to be added before its jobs"};
  }
  const auto found = find_awaited(context, datasource_name, {}, job.after);
  if (const auto* refused = std::get_if<Refused>(&found)) {
    return *refused;
  }
  if (auto refused = no_room_for_names(
          context, there,
          {.id = job.job,
           .client = job.client,
           .function = job.function,
           .tags = job.tags,
           .terms = *job.terms,
           .worker = job.worker,
           .flow_bytes = bytes_of(std::get<0>(found)) + bytes_of(job.then) +
                         bytes_of_follows(job.follows) + bytes_of(CodeOfJob{job.code, job.method}),
           .turn_key = job.turn_key,
           .unique = job.unique,
           .group = job.group,
           .after_group = job.after_group})) {
    return std::move(*refused);
  }
  if (auto refused = no_room_for_checkpoint(context, context.token(), 0, job.checkpoint.size())) {
    return std::move(*refused);
  }
  const auto datasource = context.find_or_add_datasource(datasource_name);
  if (!datasource) {
    return *no_room_for_datasource(context);
  }
  const std::string id = job.job;
  context.record({.datasource = *datasource},
                 Imported{std::make_shared<const jobq::JobStatus>(std::move(job))});
  return SubmitReply::Result{view_of(context.state, *context.state.find(*datasource, id)), true};
}

}  // namespace

Answer apply(Context& context, Import& command) {
  SubmitReply reply;
  reply.items.reserve(command.jobs.size());
  for (Item<jobq::JobStatus>& item : command.jobs) {
    if (auto* refused = std::get_if<Refused>(&item)) {
      reply.items.push_back(std::move(*refused));
      continue;
    }
    reply.items.push_back(import_one(context, command.datasource, std::get<jobq::JobStatus>(item)));
  }
  return reply;
}

}  // namespace store
