#include "calls.h"

#include <algorithm>

#include "messages.h"

namespace jobq {
namespace {

using Body = protocol::Reply::Body;
using protocol::Method;

void fill(protocol::JobError::Builder out, const JobError& error) {
  out.setCode(to_text(error.code));
  out.setMessage(to_text(error.message));
  out.setDetail(to_text(error.detail));
}

// One overload for each word, so that a new one does not compile without.
struct FillWord {
  protocol::Outcome::Builder out;

  void operator()(const Done& done) { out.setComplete(to_text(done.response)); }
  void operator()(const JobError& error) { fill(out.initFail(), error); }
  void operator()(const Retry& retry) {
    auto word = out.initRetry();
    fill(word.initError(), retry.error);
    word.setDelayMs(to_ms(retry.delay));
  }
  void operator()(const Release& release) {
    auto word = out.initRelease();
    word.setDelayMs(to_ms(release.delay));
    word.setMessage(to_text(release.message));
  }
  void operator()(const Forbid& forbid) { fill(out.initForbid(), forbid.error); }
  void operator()(const Cancelled&) { out.setCancelled(); }
  void operator()(const Progress& progress) {
    auto word = out.initProgress();
    word.setValue(progress.value);
    word.setMessage(to_text(progress.message));
  }
  void operator()(const Log& log) {
    auto word = out.initLog();
    word.setFirst(log.first);
    auto lines = word.initLines(static_cast<unsigned>(log.lines.size()));
    for (unsigned i = 0; i < lines.size(); ++i) {
      lines[i].setLevel(static_cast<protocol::LogLevel>(log.lines[i].level));
      lines[i].setText(to_text(log.lines[i].text));
    }
  }
  void operator()(const AcceptOne& accept) {
    auto word = out.initAccepted();
    word.setWorker(to_text(accept.worker));
    word.setRequestNumber(accept.request_number);
    word.setLeaseMs(to_ms32(accept.lease));
  }
};

AcceptedJob to_accepted_job(protocol::AcceptedJob::Reader job) {
  return {.lease = to_lease(job.getLease()),
          .lease_until = to_time(job.getLeaseUntil()),
          .client = to_string(job.getClient()),
          .request = to_string(job.getRequest()),
          .sequence = job.getSequence(),
          .priority = job.getPriority(),
          .submitted_at = to_time(job.getSubmittedAt()),
          .function = to_string(job.getFunction()),
          .tags = to_strings(job.getTags()),
          .trace = to_string(job.getTrace()),
          .attempt_until = to_time(job.getAttemptUntil()),
          .failures = job.getFailures(),
          .lost_leases = job.getLostLeases(),
          .releases = job.getReleases()};
}

CancelRequest to_cancel(protocol::CancelRequest::Reader cancel) {
  return {.lease = to_lease(cancel.getLease()),
          .sequence = cancel.getSequence(),
          .until = to_time(cancel.getUntil())};
}

RenewResult to_renew_result(protocol::RenewResult::Reader result) {
  return {.code = result.getCode(),
          .lease_until = to_time(result.getLeaseUntil()),
          .cancel_requested = result.getCancelRequested()};
}

UpdateResult to_update_result(protocol::UpdateResult::Reader result) {
  UpdateResult update{.code = result.getCode(),
                      .error = to_string(result.getError()),
                      .status = to_status(result.getStatus()),
                      .not_before = to_time(result.getNotBefore()),
                      .accepted = {},
                      .retry_after = to_span(result.getRetryAfterMs())};
  if (result.hasAccepted()) {
    update.accepted = to_accepted_job(result.getAccepted());
  }
  return update;
}

}  // namespace

std::uint64_t first_request_number() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

Accepted ask_accept(StoreConnection& store, const std::string& datasource, const AcceptQuery& query,
                    std::uint64_t request_number, Span patience) {
  Accepted accepted;
  store.ask(
      {.method = Method::POST, .path = "/jobs/" + datasource + "/accept", .held = query.wait},
      [&](protocol::Request::Body::Builder body) {
        auto out = body.initAccept();
        out.setWorker(to_text(query.worker));
        out.setRequestNumber(request_number);
        out.setMax(query.max);
        out.setLeaseMs(to_ms32(query.lease));
        out.setWaitMs(to_ms32(query.wait));
        fill_texts(out.initFunctions(static_cast<unsigned>(query.functions.size())),
                   query.functions);
      },
      [&](protocol::Reply::Reader reply) {
        const auto jobs = body_of(reply, Body::ACCEPTED).getAccepted();
        accepted = {.jobs = to_vector(jobs, to_accepted_job),
                    .cancels = to_vector(reply.getCancels(), to_cancel)};
      },
      patience);
  return accepted;
}

Renewal ask_renew(StoreConnection& store, const std::string& datasource, const RenewQuery& query) {
  Renewal renewal;
  store.ask(
      {.method = Method::POST, .path = "/jobs/" + datasource + "/renew", .held = query.wait},
      [&](protocol::Request::Body::Builder body) {
        auto out = body.initRenew();
        out.setLeaseMs(to_ms32(query.lease));
        out.setWorker(to_text(query.worker));
        out.setWaitMs(to_ms32(query.wait));
        out.setSeen(query.seen);
        auto list = out.initLeases(static_cast<unsigned>(query.leases.size()));
        for (unsigned i = 0; i < list.size(); ++i) {
          fill(list[i], query.leases[i]);
        }
      },
      [&](protocol::Reply::Reader reply) {
        const auto list = items_of(reply, Body::RENEWED).getRenewed();
        require_size(list.size(), query.leases.size());
        renewal = {.results = to_vector(list, to_renew_result),
                   .cancels = to_vector(reply.getCancels(), to_cancel)};
      });
  return renewal;
}

std::vector<UpdateResult> ask_update(StoreConnection& store, const std::string& datasource,
                                     std::span<const Outcome> outcomes) {
  std::vector<UpdateResult> results;
  store.ask(
      {.method = Method::POST, .path = "/jobs/" + datasource + "/update"},
      [&](protocol::Request::Body::Builder body) {
        auto list = body.initUpdate().initOutcomes(static_cast<unsigned>(outcomes.size()));
        for (unsigned i = 0; i < list.size(); ++i) {
          fill(list[i].initLease(), outcomes[i].lease);
          list[i].getLease().setToken(to_text(outcomes[i].lease.token));
          std::visit(FillWord{list[i]}, outcomes[i].word);
        }
      },
      [&](protocol::Reply::Reader reply) {
        const auto list = items_of(reply, Body::UPDATED).getUpdated();
        require_size(list.size(), outcomes.size());
        results = to_vector(list, to_update_result);
        for (std::size_t i = 0; i < results.size(); ++i) {
          const bool is_accept = std::holds_alternative<AcceptOne>(outcomes[i].word);
          if (is_accept && results[i].code == 200 && !results[i].accepted) {
            throw DamagedReply("accepted: is missing");
          }
        }
      });
  return results;
}

}  // namespace jobq
