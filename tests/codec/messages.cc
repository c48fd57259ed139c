#include "messages.h"

#include <cstring>

namespace wire {
namespace {

std::vector<capnp::word> words_of(const std::string& bytes) {
  std::vector<capnp::word> words(bytes.size() / sizeof(capnp::word));
  std::memcpy(words.data(), bytes.data(), words.size() * sizeof(capnp::word));
  return words;
}

void fill(protocol::Lease::Builder out, const Lease& lease) {
  out.setJob(text(lease.job));
  out.setAttempt(lease.attempt);
  if (!lease.token.empty()) {
    out.setToken(text(lease.token));
  }
}

unsigned count(const auto& list) { return static_cast<unsigned>(list.size()); }

void fill(capnp::List<capnp::Text>::Builder out, const std::vector<std::string>& texts) {
  for (unsigned i = 0; i < out.size(); ++i) {
    out.set(i, text(texts[i]));
  }
}
void fill(capnp::List<protocol::Status>::Builder out,
          const std::vector<protocol::Status>& statuses) {
  for (unsigned i = 0; i < out.size(); ++i) {
    out.set(i, statuses[i]);
  }
}
void fill(protocol::JobError::Builder out, const Error& error) {
  out.setCode(text(error.code));
  out.setMessage(text(error.message));
  out.setDetail(text(error.detail));
}
// Of a job or of a datasource's configuration.
void fill_terms(auto out, const auto& terms) {
  out.setKeepForMs(terms.keep_for_ms);
  out.setValidForMs(terms.valid_for_ms);
  out.setTimeoutMs(terms.timeout_ms);
  out.setFailuresMax(terms.failures_max);
  out.setLostLeasesMax(terms.lost_leases_max);
  out.setReleasesMax(terms.releases_max);
  if (terms.backoff) {
    auto backoff = out.initBackoff();
    backoff.setInitialMs(terms.backoff->initial_ms);
    backoff.setFactorPercent(terms.backoff->factor_percent);
    backoff.setMaxMs(terms.backoff->max_ms);
    backoff.setJitterPercent(terms.backoff->jitter_percent);
  }
}
void fill(protocol::NewJob::Builder out, const NewJob& job) {
  out.setJob(text(job.job));
  out.setClient(text(job.client));
  out.setRequest(text(job.request));
  out.setPriority(job.priority);
  out.setFunction(text(job.function));
  out.setNotBefore(job.not_before);
  out.setDelayMs(job.delay_ms);
  fill_terms(out, job);
  fill(out.initTags(count(job.tags)), job.tags);
  out.setTrace(text(job.trace));
}

}  // namespace

capnp::Text::Reader text(const std::string& text) { return {text.c_str(), text.size()}; }

std::string request_frame(const Head& head,
                          const std::function<void(protocol::Request::Builder)>& fill) {
  capnp::MallocMessageBuilder message;
  auto request = message.initRoot<protocol::Request>();
  request.setId(head.id);
  request.setMethod(head.method);
  request.setPath(text(head.path));
  request.setToken({reinterpret_cast<const kj::byte*>(head.token.data()), head.token.size()});
  fill(request);
  const auto words = capnp::messageToFlatArray(message);
  const auto bytes = words.asBytes();
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

std::string bare_frame(const Head& head) {
  return request_frame(head, [](protocol::Request::Builder) {});
}

std::string submit_frame(const Head& head, const std::vector<NewJob>& jobs, bool no_tickets) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initSubmit();
    body.setNoTickets(no_tickets);
    auto list = body.initJobs(count(jobs));
    for (unsigned i = 0; i < list.size(); ++i) {
      fill(list[i], jobs[i]);
    }
  });
}

std::string job_query_frame(const Head& head, const JobQuery& query) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initJobQuery();
    body.setJob(text(query.job));
    body.setClient(text(query.client));
    body.setWaitMs(query.wait_ms);
    body.setSeen(query.seen);
    body.setUntilFinal(query.until_final);
    body.setWithAttempts(query.with_attempts);
    body.setWithRequest(query.with_request);
  });
}

std::string list_query_frame(const Head& head, const ListQuery& query) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initListQuery();
    body.setClient(text(query.client));
    body.setCursor(query.cursor);
    body.setLimit(query.limit);
    fill(body.initStatuses(count(query.statuses)), query.statuses);
    body.setFunction(text(query.function));
    body.setTag(text(query.tag));
    body.setText(text(query.text));
  });
}

std::string log_query_frame(const Head& head, const LogQuery& query) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initLogQuery();
    body.setClient(text(query.client));
    body.setAfter(query.after);
    body.setLimit(query.limit);
  });
}

std::string accept_frame(const Head& head, const Accept& accept) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initAccept();
    body.setWorker(text(accept.worker));
    body.setRequestNumber(accept.request_number);
    body.setMax(accept.max);
    body.setLeaseMs(accept.lease_ms);
    body.setWaitMs(accept.wait_ms);
    fill(body.initFunctions(count(accept.functions)), accept.functions);
  });
}

std::string renew_frame(const Head& head, const Renew& renew) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initRenew();
    body.setLeaseMs(renew.lease_ms);
    body.setWorker(text(renew.worker));
    body.setWaitMs(renew.wait_ms);
    body.setSeen(renew.seen);
    auto list = body.initLeases(count(renew.leases));
    for (unsigned i = 0; i < list.size(); ++i) {
      fill(list[i], renew.leases[i]);
    }
  });
}

std::string renew_frame(const Head& head, const std::vector<Lease>& leases,
                        std::uint32_t lease_ms) {
  return renew_frame(head, {.leases = leases, .lease_ms = lease_ms});
}

std::string update_frame(const Head& head, const std::vector<Outcome>& outcomes) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto list = request.getBody().initUpdate().initOutcomes(count(outcomes));
    for (unsigned i = 0; i < list.size(); ++i) {
      fill(list[i].initLease(), outcomes[i].lease);
      if (outcomes[i].report) {
        outcomes[i].report(list[i]);
      } else if (outcomes[i].error_code.empty()) {
        list[i].setComplete(text(outcomes[i].response));
      } else {
        fill(list[i].initFail(),
             Error{outcomes[i].error_code, outcomes[i].error_message, outcomes[i].error_detail});
      }
    }
  });
}

Outcome retry(const Lease& lease, const Error& error, std::uint64_t delay_ms) {
  return {.lease = lease, .report = [=](protocol::Outcome::Builder out) {
            auto retry = out.initRetry();
            fill(retry.initError(), error);
            retry.setDelayMs(delay_ms);
          }};
}

Outcome release(const Lease& lease, std::uint64_t delay_ms, const std::string& message) {
  return {.lease = lease, .report = [=](protocol::Outcome::Builder out) {
            auto release = out.initRelease();
            release.setDelayMs(delay_ms);
            release.setMessage(text(message));
          }};
}

Outcome forbid(const Lease& lease, const Error& error) {
  return {.lease = lease,
          .report = [=](protocol::Outcome::Builder out) { fill(out.initForbid(), error); }};
}

Outcome cancelled(const Lease& lease) {
  return {.lease = lease, .report = [](protocol::Outcome::Builder out) { out.setCancelled(); }};
}

Outcome progress(const Lease& lease, double value, const std::string& message) {
  return {.lease = lease, .report = [=](protocol::Outcome::Builder out) {
            auto progress = out.initProgress();
            progress.setValue(value);
            progress.setMessage(text(message));
          }};
}

Outcome log(const Lease& lease, const std::vector<LogText>& lines, std::uint32_t first) {
  return {.lease = lease, .report = [=](protocol::Outcome::Builder out) {
            auto log = out.initLog();
            log.setFirst(first);
            auto list = log.initLines(count(lines));
            for (unsigned i = 0; i < list.size(); ++i) {
              list[i].setLevel(lines[i].level);
              list[i].setText(text(lines[i].text));
            }
          }};
}

Outcome accept_one(const std::string& job, const std::string& worker, std::uint64_t request_number,
                   std::uint32_t lease_ms) {
  return {.lease = {job, 0}, .report = [=](protocol::Outcome::Builder out) {
            auto accept = out.initAccepted();
            accept.setWorker(text(worker));
            accept.setRequestNumber(request_number);
            accept.setLeaseMs(lease_ms);
          }};
}

std::string peek_frame(const Head& head, const std::vector<std::string>& functions) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    fill(request.getBody().initPeek().initFunctions(count(functions)), functions);
  });
}

std::string config_frame(const Head& head, const Config& config) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initConfig();
    body.setDatasource(text(config.datasource));
    body.setDescription(text(config.description));
    body.setPriority(config.priority);
    fill_terms(body.initTerms(), config.terms);
    body.setLeaseMs(config.lease_ms);
    body.setCancelGraceMs(config.cancel_grace_ms);
    body.setWaitingMax(config.waiting_max);
    body.setWaitingPerClientMax(config.waiting_per_client_max);
    body.setRunningMax(config.running_max);
    auto weights = body.initWeights(count(config.weights));
    for (unsigned i = 0; i < weights.size(); ++i) {
      weights[i].setClient(text(config.weights[i].client));
      weights[i].setWeight(config.weights[i].weight);
    }
    if (!config.costs.empty()) {
      auto costs = body.initCosts(count(config.costs));
      for (unsigned i = 0; i < costs.size(); ++i) {
        costs[i].setFunction(text(config.costs[i].function));
        costs[i].setCost(config.costs[i].cost);
      }
    }
    body.setMode(config.mode);
  });
}

std::string edit_frame(const Head& head, const Edit& edit) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initEdit();
    body.setPriority(edit.priority);
    body.setValidForMs(edit.valid_for_ms);
    body.setRequest(text(edit.request));
  });
}

std::string restart_frame(const Head& head, const std::string& job) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    request.getBody().initRestart().setJob(text(job));
  });
}

std::string redrive_frame(const Head& head, const Redrive& redrive) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initRedrive();
    body.setClient(text(redrive.client));
    body.setFunction(text(redrive.function));
    body.setTag(text(redrive.tag));
    fill(body.initStatuses(count(redrive.statuses)), redrive.statuses);
    body.setLimit(redrive.limit);
    body.setCursor(redrive.cursor);
  });
}

std::string subscribe_frame(const Head& head, const Subscribe& subscribe) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initSubscribe();
    body.setClient(text(subscribe.client));
    body.setJob(text(subscribe.job));
    body.setLimit(subscribe.limit);
    body.setNoSnapshot(subscribe.no_snapshot);
  });
}

std::string event_query_frame(const Head& head, const EventQuery& query) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initEventQuery();
    body.setClient(text(query.client));
    body.setJob(text(query.job));
    body.setAfter(query.after);
    body.setLimit(query.limit);
    body.setWaitMs(query.wait_ms);
    body.setIsRepair(query.is_repair);
  });
}

std::string token_query_frame(const Head& head, const TokenQuery& query) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initTokenQuery();
    body.setAfter(text(query.after));
    body.setLimit(query.limit);
  });
}

std::string revoke_frame(const Head& head, std::uint64_t until) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    request.getBody().initRevoke().setUntil(until);
  });
}

Answer::Parsed::Parsed(std::vector<capnp::word> bytes)
    : words(std::move(bytes)),
      reader(kj::arrayPtr(words.data(), words.size()),
             {.traversalLimitInWords = UINT64_MAX, .nestingLimit = 16}),
      reply(reader.getRoot<protocol::Reply>()) {}

Answer::Answer(const std::string& bytes) : parsed_(std::make_unique<Parsed>(words_of(bytes))) {}

}  // namespace wire
