#include "messages.h"

#include <cstring>

#include "field_tables.h"
#include "wire.h"

namespace wire {
namespace {

std::vector<capnp::word> words_of(const std::string& bytes) {
  std::vector<capnp::word> words(bytes.size() / sizeof(capnp::word));
  std::memcpy(words.data(), bytes.data(), words.size() * sizeof(capnp::word));
  return words;
}

unsigned count(const auto& list) { return static_cast<unsigned>(list.size()); }

void fill(capnp::List<capnp::Text>::Builder out, const std::vector<std::string>& texts) {
  for (unsigned i = 0; i < out.size(); ++i) {
    out.set(i, text(texts[i]));
  }
}

using Words = protocol::Outcome::Builder;
void say(Words out, const Done& done) {
  out.setComplete(text(done.response.empty() ? "1" : done.response));
}
void say(Words out, const Error& error) { jobq::wire::write(error, out.initFail()); }
void say(Words out, const jobq::Retry& retry) { jobq::wire::write(retry, out.initRetry()); }
void say(Words out, const jobq::Release& release) { jobq::wire::write(release, out.initRelease()); }
void say(Words out, const jobq::Forbid& forbid) {
  jobq::wire::write(forbid.error, out.initForbid());
}
void say(Words out, const jobq::Cancelled&) { out.setCancelled(); }
void say(Words out, const jobq::Progress& progress) {
  jobq::wire::write(progress, out.initProgress());
}
void say(Words out, const jobq::Log& log) { jobq::wire::write(log, out.initLog()); }
void say(Words out, const jobq::AcceptOne& accept) {
  jobq::wire::write(accept, out.initAccepted());
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

std::string literal_submit_frame(const Head& head, const std::vector<NewJob>& jobs,
                                 bool no_tickets) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initSubmit();
    body.setNoTickets(no_tickets);
    jobq::wire::write_list(jobs, body.initJobs(count(jobs)));
  });
}

std::string submit_frame(const Head& head, std::vector<NewJob> jobs, bool no_tickets) {
  for (NewJob& job : jobs) {
    job.client = job.client.empty() ? "alice" : job.client;
    job.request = job.request.empty() ? "{}" : job.request;
  }
  return literal_submit_frame(head, jobs, no_tickets);
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
    jobq::wire::write(query, request.getBody().initListQuery());
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
    body.setGoneAfterMs(accept.gone_after_ms);
    body.setLeastPriority(accept.least_priority);
    auto about = body.initAbout();
    about.setHost(text(accept.host));
    about.setVersion(text(accept.version));
    about.setThreads(accept.threads);
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
    jobq::wire::write_list(renew.leases, body.initLeases(count(renew.leases)));
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
      jobq::wire::write(outcomes[i].lease, list[i].initLease());
      std::visit([&](const auto& word) { say(list[i], word); }, outcomes[i].report);
      if (outcomes[i].checkpoint) {
        list[i].setCheckpoint(text(*outcomes[i].checkpoint));
      }
      if (!outcomes[i].state.empty()) {
        jobq::wire::write_list(outcomes[i].state, list[i].initState(count(outcomes[i].state)));
      }
    }
  });
}

std::string peek_frame(const Head& head, const std::vector<std::string>& functions) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    fill(request.getBody().initPeek().initFunctions(count(functions)), functions);
  });
}

std::string config_frame(const Head& head, const Config& config) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    jobq::wire::write(config, request.getBody().initConfig());
  });
}

std::string edit_frame(const Head& head, const Edit& edit) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    jobq::wire::write(edit, request.getBody().initEdit());
  });
}

std::string restart_frame(const Head& head, const std::string& job) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    request.getBody().initRestart().setJob(text(job));
  });
}

std::string schedule_frame(const Head& head, const jobq::Schedule& schedule) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    jobq::wire::write(schedule, request.getBody().initSchedule());
  });
}

std::string schedule_query_frame(const Head& head, const std::string& client,
                                 const std::string& job) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initScheduleQuery();
    body.setClient(text(client));
    body.setJob(text(job));
  });
}

std::string function_frame(const Head& head, const jobq::Function& function) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    jobq::wire::write(function, request.getBody().initFunction());
  });
}

std::string new_code_frame(const Head& head, const std::string& runtime,
                           const std::string& content) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initNewCode();
    body.setRuntime(text(runtime));
    body.setContent({reinterpret_cast<const kj::byte*>(content.data()), content.size()});
  });
}

std::string code_query_frame(const Head& head, const jobq::CodeQuery& query) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    jobq::wire::write(query, request.getBody().initCodeQuery());
  });
}

std::string state_query_frame(const Head& head, const jobq::StateQuery& query) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    jobq::wire::write(query, request.getBody().initStateQuery());
  });
}

std::string change_state_frame(const Head& head, const jobq::ChangeState& change) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    jobq::wire::write(change, request.getBody().initChangeState());
  });
}

std::string function_query_frame(const Head& head, const jobq::FunctionQuery& query) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    jobq::wire::write(query, request.getBody().initFunctionQuery());
  });
}

std::string redrive_frame(const Head& head, const Redrive& redrive) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    jobq::wire::write(redrive, request.getBody().initRedrive());
  });
}
std::string bulk_frame(const Head& head, const jobq::BulkQuery& bulk) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    jobq::wire::write(bulk, request.getBody().initBulk());
  });
}

jobq::JobStatus imported_job(const std::string& id) {
  jobq::JobStatus job;
  job.job = id;
  job.client = "alice";
  job.priority = 50;
  job.submitted_at = Time(Span(1'700'000'000'000));
  job.terms.emplace().backoff.emplace();
  job.terms->keep_for = std::chrono::hours(1);
  job.terms->failures_max = 5;
  job.terms->lost_leases_max = 3;
  job.request = "{}";
  job.content = std::string(32, '0');
  return job;
}

std::string import_frame(const Head& head, const std::vector<jobq::JobStatus>& jobs) {
  return request_frame(head, [&](protocol::Request::Builder request) {
    auto body = request.getBody().initImportJobs();
    jobq::wire::write_list(jobs, body.initJobs(static_cast<unsigned>(jobs.size())));
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
