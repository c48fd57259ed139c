#include "calls.h"

#include <algorithm>

#include "messages.h"

namespace jobq {
namespace {

using protocol::Method;

void fill(protocol::Lease::Builder out, const Lease& lease) {
  out.setJob(to_text(lease.job));
  out.setAttempt(lease.attempt);
}

void fill(protocol::Outcome::Builder out, const Outcome& outcome) {
  fill(out.initLease(), outcome.lease);
  if (const auto* done = std::get_if<Done>(&outcome.word)) {
    out.setComplete(to_text(done->response));
    return;
  }
  const auto& error = std::get<JobError>(outcome.word);
  auto fail = out.initFail();
  fail.setCode(to_text(error.code));
  fail.setMessage(to_text(error.message));
  fail.setDetail(to_text(error.detail));
}

AcceptedJob to_accepted_job(protocol::AcceptedJob::Reader job) {
  const auto lease = job.getLease();
  return {.lease = {to_string(lease.getJob()), lease.getAttempt()},
          .lease_until = to_time(job.getLeaseUntil()),
          .client = to_string(job.getClient()),
          .request = to_string(job.getRequest()),
          .sequence = job.getSequence(),
          .priority = job.getPriority(),
          .submitted_at = to_time(job.getSubmittedAt())};
}

}  // namespace

std::uint64_t first_request_number() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

std::vector<AcceptedJob> ask_accept(StoreConnection& store, const std::string& datasource,
                                    const AcceptQuery& query, std::uint64_t request_number,
                                    Span patience) {
  std::vector<AcceptedJob> jobs;
  store.ask(
      {.method = Method::POST, .path = "/jobs/" + datasource + "/accept", .held = query.wait},
      [&](protocol::Request::Body::Builder body) {
        auto out = body.initAccept();
        out.setWorker(to_text(query.worker));
        out.setRequestNumber(request_number);
        out.setMax(query.max);
        out.setLeaseMs(to_ms32(query.lease));
        out.setWaitMs(to_ms32(query.wait));
      },
      [&](protocol::Reply::Reader reply) {
        require_taken(reply);
        if (!reply.getBody().isAccepted()) {
          throw DamagedReply("body: is not accepted");
        }
        jobs.clear();
        for (const auto job : reply.getBody().getAccepted()) {
          jobs.push_back(to_accepted_job(job));
        }
      },
      patience);
  return jobs;
}

std::vector<Time> ask_renew(StoreConnection& store, const std::string& datasource,
                            std::span<const Lease> leases, Span lease) {
  std::vector<Time> deadlines;
  store.ask(
      {.method = Method::POST, .path = "/jobs/" + datasource + "/renew"},
      [&](protocol::Request::Body::Builder body) {
        auto out = body.initRenew();
        out.setLeaseMs(to_ms32(lease));
        auto list = out.initLeases(static_cast<unsigned>(leases.size()));
        for (unsigned i = 0; i < list.size(); ++i) {
          fill(list[i], leases[i]);
        }
      },
      [&](protocol::Reply::Reader reply) {
        // A list of one gives its item's code to the reply, so the items are looked at first.
        if (!reply.getBody().isRenewed()) {
          require_taken(reply);
          throw DamagedReply("body: is not renewed");
        }
        const auto list = reply.getBody().getRenewed();
        require_size(list.size(), leases.size());
        deadlines.clear();
        for (const auto item : list) {
          deadlines.push_back(item.getCode() == 200 ? to_time(item.getLeaseUntil()) : Time());
        }
      });
  return deadlines;
}

std::vector<UpdateResult> ask_update(StoreConnection& store, const std::string& datasource,
                                     std::span<const Outcome> outcomes) {
  std::vector<UpdateResult> results;
  store.ask(
      {.method = Method::POST, .path = "/jobs/" + datasource + "/update"},
      [&](protocol::Request::Body::Builder body) {
        auto list = body.initUpdate().initOutcomes(static_cast<unsigned>(outcomes.size()));
        for (unsigned i = 0; i < list.size(); ++i) {
          fill(list[i], outcomes[i]);
        }
      },
      [&](protocol::Reply::Reader reply) {
        if (!reply.getBody().isUpdated()) {
          require_taken(reply);
          throw DamagedReply("body: is not updated");
        }
        const auto list = reply.getBody().getUpdated();
        require_size(list.size(), outcomes.size());
        results.clear();
        for (const auto item : list) {
          results.push_back({.code = item.getCode(),
                             .error = to_string(item.getError()),
                             .status = to_status(item.getStatus())});
        }
      });
  return results;
}

}  // namespace jobq
