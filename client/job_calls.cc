#include "job_calls.h"

#include "messages.h"

namespace jobq {
namespace {

using Body = protocol::Reply::Body;
using protocol::Method;

std::string path_of(const JobAddress& address, const std::string& operation = {}) {
  return address.base + "/job/" + address.job + "/" + operation;
}

void fill(protocol::JobQuery::Builder out, const JobAddress& address) {
  out.setJob(to_text(address.job));
  out.setClient(to_text(address.client));
}

}  // namespace

JobStatus ask_status(StoreConnection& store, const JobAddress& address, const StatusQuery& query,
                     Span patience) {
  JobStatus status;
  store.ask(
      {.method = Method::GET, .path = path_of(address), .held = query.held},
      [&](protocol::Request::Body::Builder body) {
        auto out = body.initJobQuery();
        fill(out, address);
        out.setWaitMs(to_ms32(query.held));
        out.setSeen(query.seen);
        out.setUntilFinal(query.until_final);
        out.setWithAttempts(query.options.with_attempts);
        out.setWithRequest(query.options.with_request);
      },
      [&](protocol::Reply::Reader reply) {
        status = to_job_status(body_of(reply, Body::JOB).getJob());
      },
      patience);
  return status;
}

JobStatus ask_cancel(StoreConnection& store, const JobAddress& address) {
  JobStatus status;
  store.ask(
      {.method = Method::POST, .path = path_of(address, "cancel")},
      [&](protocol::Request::Body::Builder body) { fill(body.initJobQuery(), address); },
      [&](protocol::Reply::Reader reply) {
        status = to_job_status(body_of(reply, Body::JOB).getJob());
      });
  return status;
}

LogPage ask_log(StoreConnection& store, const JobAddress& address, const LogQuery& query) {
  LogPage page;
  store.ask(
      {.method = Method::GET, .path = path_of(address, "log")},
      [&](protocol::Request::Body::Builder body) {
        auto out = body.initLogQuery();
        out.setClient(to_text(address.client));
        out.setAfter(query.after);
        out.setLimit(query.limit);
      },
      [&](protocol::Reply::Reader reply) {
        page = to_log_page(body_of(reply, Body::LOG).getLog());
      });
  return page;
}

Explanation ask_explain(StoreConnection& store, const JobAddress& address) {
  Explanation explanation;
  store.ask(
      {.method = Method::GET, .path = path_of(address, "explain")},
      [&](protocol::Request::Body::Builder body) { fill(body.initJobQuery(), address); },
      [&](protocol::Reply::Reader reply) {
        explanation = to_explanation(body_of(reply, Body::EXPLANATION).getExplanation());
      });
  return explanation;
}

JobPage ask_list(StoreConnection& store, const std::string& path, const ListQuery& query,
                 Span patience) {
  JobPage page;
  store.ask(
      {.method = Method::GET, .path = path},
      [&](protocol::Request::Body::Builder body) { fill(body.initListQuery(), query); },
      [&](protocol::Reply::Reader reply) { page = to_page(body_of(reply, Body::JOBS).getJobs()); },
      patience);
  return page;
}

}  // namespace jobq
