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

void fill(protocol::Terms::Builder out, const Terms& terms) {
  out.setKeepForMs(ms(terms.keep_for));
  out.setValidForMs(ms(terms.valid_for));
  out.setTimeoutMs(ms(terms.timeout));
  out.setFailuresMax(terms.failures_max);
  out.setLostLeasesMax(terms.lost_leases_max);
  out.setReleasesMax(terms.releases_max);
  jobq::wire::write(terms.backoff, out.initBackoff());
}

void fill(capnp::List<capnp::Text>::Builder out, const std::vector<std::string>& texts) {
  for (unsigned i = 0; i < out.size(); ++i) {
    out.set(i, text(texts[i]));
  }
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
                                         : Ending::kFailed;
}

// All attempts of the job that have ended, the youngest kAttemptsKept. That which ended the job is
// not among those that `texts` keeps: the job itself tells it.
std::vector<Attempt> attempts_of(const JobView& job, TextSource& texts) {
  std::vector<Attempt> attempts = texts.attempts(job.key);
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
  using Out = protocol::JobStatus::Builder;
  out.setJob(text(job.id));
  out.setClient(text(job.client));
  out.setStatus(static_cast<protocol::Status>(job.status));
  out.setSequence(job.key.sequence);
  out.setChanged(job.changed);
  out.setPriority(job.priority);
  out.setAttempt(job.attempt);
  out.setLostLeases(job.lost_leases);
  set(out, &Out::setWorker, job.worker);
  out.setSubmittedAt(ms(job.submitted_at));
  out.setAcceptedAt(ms(job.accepted_at));
  out.setLeaseUntil(ms(job.deadline));
  out.setFinishedAt(ms(job.finished_at));
  set(out, &Out::setFunction, job.function);
  if (!job.tags.empty()) {
    fill(out.initTags(size_of(job.tags)), job.tags);
  }
  out.setFailures(job.failures);
  out.setReleases(job.releases);
  out.setNotBefore(ms(job.not_before));
  out.setExpiresAt(ms(job.expires_at));
  out.setAttemptUntil(ms(job.attempt_until));
  out.setProgress(job.progress);
  out.setCancelRequestedAt(ms(job.cancel_requested_at));
  out.setCancelUntil(ms(job.cancel_until));
  set(out, &Out::setParent, job.parent);
  set(out, &Out::setChild, job.child);
  out.setLogLines(job.log_lines);
  out.setRequestBytes(job.request_bytes);
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
  fill(out.initTerms(), job.terms);
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
    auto list = out.initAttempts(size_of(attempts));
    for (unsigned i = 0; i < list.size(); ++i) {
      jobq::wire::write(attempts[i], list[i]);
    }
  }
}

void fill(protocol::AcceptedJob::Builder out, const JobView& job, TextSource& texts) {
  using Out = protocol::AcceptedJob::Builder;
  out.getLease().setJob(text(job.id));
  out.getLease().setAttempt(job.attempt);
  if (!job.lease_token.empty()) {
    out.getLease().setToken(text(job.lease_token));
  }
  out.setLeaseUntil(ms(job.deadline));
  out.setClient(text(job.client));
  out.setSequence(job.key.sequence);
  out.setPriority(job.priority);
  out.setSubmittedAt(ms(job.submitted_at));
  set(out, &Out::setFunction, job.function);
  if (!job.tags.empty()) {
    fill(out.initTags(size_of(job.tags)), job.tags);
  }
  out.setAttemptUntil(ms(job.attempt_until));
  out.setFailures(job.failures);
  out.setLostLeases(job.lost_leases);
  out.setReleases(job.releases);
  const Payload& payload = texts.payload(job.key);
  out.setRequest(text(payload.request));
  set(out, &Out::setTrace, payload.trace);
}

}  // namespace store
