#include "messages.h"

#include <algorithm>
#include <limits>

#include "connection.h"

namespace jobq {

std::uint64_t to_ms(Span span) {
  return static_cast<std::uint64_t>(std::max(span, Span::zero()).count());
}

std::uint32_t to_ms32(Span span) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::min(to_ms(span), kMax));
}

Status to_status(protocol::Status status) {
  if (status > protocol::Status::FORBIDDEN) {
    throw DamagedReply("status: unknown");
  }
  return static_cast<Status>(status);
}
static_assert(static_cast<int>(Status::kForbidden) ==
              static_cast<int>(protocol::Status::FORBIDDEN));
static_assert(static_cast<int>(Status::kComplete) == static_cast<int>(protocol::Status::COMPLETE));

JobStatus to_job_status(protocol::JobStatus::Reader job) {
  JobStatus status{.job = to_string(job.getJob()),
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
                   .error = {}};
  if (job.hasError()) {
    const auto error = job.getError();
    status.error = {to_string(error.getCode()), to_string(error.getMessage()),
                    to_string(error.getDetail())};
  }
  return status;
}

JobPage to_page(protocol::JobPage::Reader page) {
  JobPage result;
  const auto jobs = page.getJobs();
  result.jobs.reserve(jobs.size());
  for (const auto job : jobs) {
    result.jobs.push_back(to_job_status(job));
  }
  result.cursor = page.getCursor();
  return result;
}

JobStatus job_of(protocol::Reply::Reader reply) {
  require_taken(reply);
  if (!reply.getBody().isJob()) {
    throw DamagedReply("body: is not job");
  }
  return to_job_status(reply.getBody().getJob());
}

JobPage page_of(protocol::Reply::Reader reply) {
  require_taken(reply);
  if (!reply.getBody().isJobs()) {
    throw DamagedReply("body: is not jobs");
  }
  return to_page(reply.getBody().getJobs());
}

void fill(protocol::ListQuery::Builder out, const ListQuery& query) {
  out.setClient(to_text(query.client));
  out.setCursor(query.cursor);
  out.setLimit(query.limit);
  auto statuses = out.initStatuses(static_cast<unsigned>(query.statuses.size()));
  for (unsigned i = 0; i < statuses.size(); ++i) {
    statuses.set(i, static_cast<protocol::Status>(query.statuses[i]));
  }
}

void require_size(std::size_t size, std::size_t expected) {
  if (size != expected) {
    throw DamagedReply("has " + std::to_string(size) + " items, expected " +
                       std::to_string(expected));
  }
}

}  // namespace jobq
