#include <algorithm>

#include "encode_reply_parts.h"

namespace store {
namespace {

void fill(protocol::JobError::Builder out, const std::string& code, const std::string& message) {
  using Out = protocol::JobError::Builder;
  set(out, &Out::setCode, code);
  set(out, &Out::setMessage, message);
}

// Whether the last failure is what the status comes from.
bool shows_failure(const JobView& job) {
  return job.has_failure && (job.status == Status::kFailed || job.status == Status::kForbidden ||
                             job.status == Status::kRetrying);
}

// How the attempt that ended the job did.
Ending ending_of(Status status, const JobError& failure) {
  switch (status) {
    case Status::kComplete: return Ending::kComplete;
    case Status::kForbidden: return Ending::kForbidden;
    case Status::kCancelled: return Ending::kCancelled;
    case Status::kSubmitted:
    case Status::kAccepted:
    case Status::kRetrying:
    case Status::kFailed: break;
  }
  return failure.code == "timeout"       ? Ending::kTimeout
         : failure.code == "lost-leases" ? Ending::kLeaseLost
         : failure.code == "releases"    ? Ending::kReleased
         : failure.code == "deferred"    ? Ending::kReleased
                                         : Ending::kFailed;
}

// All attempts of the job that have ended, the youngest kAttemptsKept. That which ended the job is
// not among those that `texts` keeps: the job itself tells it.
std::vector<Attempt> attempts_of(const JobView& job, TextSource& texts) {
  std::vector<Attempt> attempts = texts.attempts(job.key);
  // Texts are read at the end of a turn, in which more may have happened to the job.
  std::erase_if(attempts, [&](const Attempt& ended) {
    return ended.attempt > job.attempt ||
           (ended.attempt == job.attempt && job.status == Status::kAccepted);
  });
  const std::uint32_t last = attempts.empty() ? 0 : attempts.back().attempt;
  if (!is_final(job.status) || job.attempt <= last) {
    return attempts;
  }
  JobError failure = shows_failure(job) ? texts.texts(job.key).failure : JobError();
  if (job.is_revoked) {
    failure = {.code = "revoked", .message = "the lease ended before its worker had stopped"};
  }
  attempts.push_back({.attempt = job.attempt,
                      .worker = job.worker,
                      .accepted_at = job.accepted_at,
                      .ended_at = job.finished_at,
                      .ending = ending_of(job.status, failure),
                      .error = {failure.code, failure.message, {}}});
  if (attempts.size() > kAttemptsKept) {
    attempts.erase(attempts.begin());
  }
  return attempts;
}

}  // namespace

void fill(protocol::JobStatus::Builder out, const JobView& job) {
  jobq::wire::write<jobq::JobStatus>(job, out);
}

void fill_in_list(protocol::JobStatus::Builder out, const JobView& job, TextSource& texts) {
  fill(out, job);
  if (shows_failure(job)) {
    const JobError& failure = texts.texts(job.key).failure;
    fill(out.initError(), failure.code, failure.message);
  }
}

void fill_whole(protocol::JobStatus::Builder out, const JobReply& found, TextSource& texts) {
  using Out = protocol::JobStatus::Builder;
  const JobView& job = found.job;
  fill(out, job);
  if (found.is_gone) {
    return;
  }
  // A job that no worker has had has neither response nor message, and no failure but its expiry.
  if (job.attempt > 0 || job.has_failure) {
    const Texts& known = texts.texts(job.key);
    set(out, &Out::setProgressMessage, known.message);
    if (job.status == Status::kComplete) {
      set(out, &Out::setResponse, known.response);
    }
    if (found.with_checkpoint && job.checkpoint_bytes > 0) {
      set(out, &Out::setCheckpoint, known.checkpoint);
    }
    if (shows_failure(job)) {
      auto error = out.initError();
      fill(error, known.failure.code, known.failure.message);
      set(error, &protocol::JobError::Builder::setDetail, known.failure.detail);
    }
  }
  const Payload& payload = texts.payload(job.key);
  set(out, &Out::setTrace, payload.trace);
  if (found.with_request) {
    out.setRequest(text(payload.request));
  }
  if (found.with_attempts) {
    const std::vector<Attempt> attempts = attempts_of(job, texts);
    jobq::wire::write_list(attempts, out.initAttempts(size_of(attempts)));
  }
}

void fill(protocol::AcceptedJob::Builder out, const AcceptedView& job, TextSource& texts) {
  jobq::wire::write<jobq::AcceptedJob>(job, out);
  const Payload& payload = texts.payload(job.key);
  out.setRequest(text(payload.request));
  set(out, &protocol::AcceptedJob::Builder::setTrace, payload.trace);
  if (job.has_checkpoint) {
    set(out, &protocol::AcceptedJob::Builder::setCheckpoint, texts.texts(job.key).checkpoint);
  }
  if (job.has_grants) {
    set(out, &protocol::AcceptedJob::Builder::setGrants, texts.texts(job.key).grants);
  }
  for (unsigned i = 0; i < job.responses.size(); ++i) {
    if (job.responses[i].sequence != 0) {
      out.getAfter()[i].setResponse(text(texts.texts(job.responses[i]).response));
    }
  }
}

}  // namespace store
