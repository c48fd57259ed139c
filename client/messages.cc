#include "messages.h"

#include <algorithm>
#include <limits>

#include "connection.h"

namespace jobq {
namespace {

// Both sides number their words alike; the last of each shows that none is missing.
template <typename Ours, typename Theirs>
constexpr bool are_equal(Ours ours, Theirs theirs) {
  return static_cast<int>(ours) == static_cast<int>(theirs);
}
static_assert(are_equal(Status::kComplete, protocol::Status::COMPLETE));
static_assert(are_equal(Status::kForbidden, protocol::Status::FORBIDDEN));
static_assert(are_equal(Ending::kReleased, protocol::Attempt::Ending::RELEASED));
static_assert(are_equal(Ending::kUndelivered, protocol::Attempt::Ending::UNDELIVERED));
static_assert(are_equal(LogLevel::kError, protocol::LogLevel::ERROR));
static_assert(are_equal(Reason::Kind::kPaused, protocol::Reason::Kind::PAUSED));
static_assert(are_equal(Reason::Kind::kDue, protocol::Reason::Kind::DUE));

Attempt to_attempt(protocol::Attempt::Reader attempt) {
  return {.attempt = attempt.getAttempt(),
          .worker = to_string(attempt.getWorker()),
          .accepted_at = to_time(attempt.getAcceptedAt()),
          .ended_at = to_time(attempt.getEndedAt()),
          .ending = to_word(attempt.getEnding(), Ending::kUndelivered),
          .error = to_job_error(attempt.getError())};
}

Reason to_reason(protocol::Reason::Reader reason) {
  return {.kind = to_word(reason.getKind(), Reason::Kind::kDue),
          .text = to_string(reason.getText()),
          .until = to_time(reason.getUntil()),
          .count = reason.getCount()};
}

}  // namespace

std::uint64_t to_ms(Span span) {
  return static_cast<std::uint64_t>(std::max(span, Span::zero()).count());
}

std::uint32_t to_ms32(Span span) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::min(to_ms(span), kMax));
}

std::uint8_t to_8_bits(unsigned number) {
  return static_cast<std::uint8_t>(
      std::min<unsigned>(number, std::numeric_limits<std::uint8_t>::max()));
}

std::vector<std::string> to_strings(capnp::List<capnp::Text>::Reader texts) {
  return to_vector(texts, [](capnp::Text::Reader text) { return to_string(text); });
}

void fill_texts(capnp::List<capnp::Text>::Builder out, const std::vector<std::string>& texts) {
  for (unsigned i = 0; i < out.size(); ++i) {
    out.set(i, to_text(texts[i]));
  }
}

void throw_unknown_word() { throw DamagedReply("has a word that is unknown"); }

Status to_status(protocol::Status status) { return to_word(status, Status::kForbidden); }

JobError to_job_error(protocol::JobError::Reader error) {
  return {to_string(error.getCode()), to_string(error.getMessage()), to_string(error.getDetail())};
}

Terms to_terms(protocol::Terms::Reader terms) {
  Terms result{.keep_for = to_span(terms.getKeepForMs()),
               .valid_for = to_span(terms.getValidForMs()),
               .timeout = to_span(terms.getTimeoutMs()),
               .failures_max = terms.getFailuresMax(),
               .lost_leases_max = terms.getLostLeasesMax(),
               .releases_max = terms.getReleasesMax(),
               .backoff = {}};
  if (terms.hasBackoff()) {
    const auto backoff = terms.getBackoff();
    result.backoff = {.initial = to_span(backoff.getInitialMs()),
                      .max = to_span(backoff.getMaxMs()),
                      .factor_percent = backoff.getFactorPercent(),
                      .jitter_percent = backoff.getJitterPercent()};
  }
  return result;
}

JobStatus to_job_status(protocol::JobStatus::Reader job) {
  JobStatus status{
      .job = to_string(job.getJob()),
      .client = to_string(job.getClient()),
      .status = to_status(job.getStatus()),
      .sequence = job.getSequence(),
      .changed = job.getChanged(),
      .priority = job.getPriority(),
      .attempt = job.getAttempt(),
      .lost_leases = job.getLostLeases(),
      .worker = to_string(job.getWorker()),
      .submitted_at = to_time(job.getSubmittedAt()),
      .accepted_at = to_time(job.getAcceptedAt()),
      .lease_until = to_time(job.getLeaseUntil()),
      .finished_at = to_time(job.getFinishedAt()),
      .response = to_string(job.getResponse()),
      .error = to_job_error(job.getError()),
      .function = to_string(job.getFunction()),
      .tags = to_strings(job.getTags()),
      .failures = job.getFailures(),
      .releases = job.getReleases(),
      .not_before = to_time(job.getNotBefore()),
      .expires_at = to_time(job.getExpiresAt()),
      .attempt_until = to_time(job.getAttemptUntil()),
      .progress = job.getProgress(),
      .progress_message = to_string(job.getProgressMessage()),
      .cancel_requested_at = to_time(job.getCancelRequestedAt()),
      .cancel_until = to_time(job.getCancelUntil()),
      .parent = to_string(job.getParent()),
      .child = to_string(job.getChild()),
      .log_lines = job.getLogLines(),
      .request_bytes = job.getRequestBytes(),
      .request = to_string(job.getRequest()),
      .trace = to_string(job.getTrace()),
      .attempts = to_vector(job.getAttempts(), to_attempt),
  };
  if (job.hasTerms()) {
    status.terms = to_terms(job.getTerms());
  }
  return status;
}

JobPage to_page(protocol::JobPage::Reader page) {
  return {.jobs = to_vector(page.getJobs(), to_job_status), .cursor = page.getCursor()};
}

LogLine to_log_line(protocol::LogLine::Reader line) {
  return {.number = line.getNumber(),
          .time = to_time(line.getTime()),
          .attempt = line.getAttempt(),
          .level = to_word(line.getLevel(), LogLevel::kError),
          .text = to_string(line.getText())};
}

LogPage to_log_page(protocol::LogPage::Reader page) {
  return {.lines = to_vector(page.getLines(), to_log_line), .cursor = page.getCursor()};
}

Explanation to_explanation(protocol::Explanation::Reader explanation) {
  return {.status = to_status(explanation.getStatus()),
          .reasons = to_vector(explanation.getReasons(), to_reason),
          .earliest = to_time(explanation.getEarliest())};
}

Lease to_lease(protocol::Lease::Reader lease) {
  return {.job = to_string(lease.getJob()),
          .attempt = lease.getAttempt(),
          .token = to_string(lease.getToken())};
}

protocol::Reply::Body::Reader body_of(protocol::Reply::Reader reply,
                                      protocol::Reply::Body::Which which) {
  require_taken(reply);
  return items_of(reply, which);
}

protocol::Reply::Body::Reader items_of(protocol::Reply::Reader reply,
                                       protocol::Reply::Body::Which which) {
  if (reply.getBody().which() != which) {
    require_taken(reply);
    throw DamagedReply("body: is another");
  }
  return reply.getBody();
}

void fill(protocol::Backoff::Builder out, const Backoff& backoff) {
  out.setInitialMs(to_ms(backoff.initial));
  out.setMaxMs(to_ms(backoff.max));
  out.setFactorPercent(backoff.factor_percent);
  out.setJitterPercent(to_8_bits(backoff.jitter_percent));
}

void fill(protocol::Terms::Builder out, const Terms& terms) {
  out.setKeepForMs(to_ms(terms.keep_for));
  out.setValidForMs(to_ms(terms.valid_for));
  out.setTimeoutMs(to_ms(terms.timeout));
  out.setFailuresMax(terms.failures_max);
  out.setLostLeasesMax(terms.lost_leases_max);
  out.setReleasesMax(terms.releases_max);
  if (terms.backoff) {
    fill(out.initBackoff(), *terms.backoff);
  }
}

void fill(protocol::ListQuery::Builder out, const ListQuery& query) {
  out.setClient(to_text(query.client));
  out.setCursor(query.cursor);
  out.setLimit(query.limit);
  out.setFunction(to_text(query.function));
  out.setTag(to_text(query.tag));
  out.setText(to_text(query.text));
  auto statuses = out.initStatuses(static_cast<unsigned>(query.statuses.size()));
  for (unsigned i = 0; i < statuses.size(); ++i) {
    statuses.set(i, static_cast<protocol::Status>(query.statuses[i]));
  }
}

void fill(protocol::Lease::Builder out, const Lease& lease) {
  out.setJob(to_text(lease.job));
  out.setAttempt(lease.attempt);
}

void require_size(std::size_t size, std::size_t expected) {
  if (size != expected) {
    throw DamagedReply("has " + std::to_string(size) + " items, expected " +
                       std::to_string(expected));
  }
}

}  // namespace jobq
