#include "job_engine.h"

#include <algorithm>
#include <utility>

#include "job_engine_text.h"
#include "jobq/driver_requests.h"
#include "jobq/requests.h"
#include "json_values.h"
#include "lists.h"
#include "removal.h"
#include "time_text.h"
#include "whole_jobs.h"

namespace gateway {

// What a request says of a job.
struct EngineSaid {
  std::optional<EngineState> state{};
  std::string content{};        // JSON; empty: nothing, as all that follow
  std::uint64_t valid_for = 0;  // seconds
  jobq::Time timeout{};
  unsigned priority = 0;

  bool edits() const { return !content.empty() || timeout != jobq::Time{} || priority != 0; }
};

namespace {

constexpr std::size_t kListMax = 1000;
// Each job is taken under a worker's name of its own, by which its lease is found again: with the
// same number the store gives the same lease.
constexpr std::uint64_t kNumber = 1;

void read_field(EngineSaid& said, const std::string& name, std::string_view json) {
  constexpr std::uint64_t kSecondsMax = 100'000'000'000;
  if (name == "content") {
    if (!json.starts_with('{')) throw jobq::WrongField(name, "an object is expected");
    said.content = json;
  } else if (name == "valid_for") {
    said.valid_for = jobq::json::number_of(name, json, kSecondsMax);
  } else if (name == "timeout_time") {
    const auto seconds = jobq::json::number_of(name, json, kSecondsMax);
    said.timeout = jobq::Time(std::chrono::seconds(seconds));
  } else if (name == "priority") {
    said.priority = static_cast<unsigned>(jobq::json::number_of(name, json, 100));
    if (said.priority == 0) throw jobq::WrongField(name, "1 .. 100 is expected");
  } else if (name == "status") {
    said.state = engine_state_named(jobq::json::text_of(name, json));
    if (!said.state) {
      throw jobq::WrongField(name, "queued, inprogress, complete or failed is expected");
    }
  }
}

EngineSaid said_by(std::string_view body) {
  if (jobq::json_problem(body)) throw Refusal(400, "body", "is not JSON");
  const auto members = jobq::members_of(body);
  if (!members) throw Refusal(400, "body", "an object is expected");
  EngineSaid said;
  try {
    for (const auto& [name, value] : *members) read_field(said, name, value);
  } catch (const jobq::WrongField& error) {
    throw Refusal(400, error.field, error.wrong);
  }
  return said;
}

std::string new_worker(const Asker& asker) {
  return asker.name().substr(0, 100) + "." + jobq::new_guid().substr(0, 8);
}

Told done() { return some(Reply{}); }

}  // namespace

struct JobEngine::Change : EngineSaid {};

bool JobEngine::is_test(const HttpRequest& request) {
  return request.target.path == std::string(kPath) + "/test";
}

Told JobEngine::answer(const HttpRequest& request, const Asker& asker, HeldBytes::Share& share,
                       std::string_view body) {
  std::string_view path = request.target.path;
  path.remove_prefix(kPath.size());
  const auto only = [&](kj::HttpMethod method, const char* name) {
    if (request.method != method) {
      throw Refusal(405, "method", "this path takes " + std::string(name));
    }
  };
  if (path == "/jobs/create") {
    only(kj::HttpMethod::PUT, "PUT");
    return create(asker, body);
  }
  if (path == "/jobs/next") {
    only(kj::HttpMethod::GET, "GET");
    return next_job(asker);
  }
  if (path == "/jobs") {
    only(kj::HttpMethod::GET, "GET");
    return list(asker, share, request.status_filter);
  }
  if (!path.starts_with("/jobs/")) throw Refusal(404, "path", "there is no such path");
  const std::string job(path.substr(6));
  if (request.method == kj::HttpMethod::DELETE) {
    return remove_job(calls_, asker, job, [] { return Reply{.code = 204}; });
  }
  only(kj::HttpMethod::POST, "POST, DELETE");
  return update(asker, job, body);
}

Told JobEngine::tell(const Asker& asker, const std::string& job, unsigned code) {
  return next(asker.ask_status(calls_, job, {.options = {.with_request = true}}),
              [code](const jobq::JobStatus& found) -> Told {
                return some(Reply{.code = code, .body = engine_job(found)});
              });
}

Told JobEngine::create(const Asker& asker, std::string_view body) {
  const EngineSaid said = said_by(body);
  if (said.content.empty()) throw Refusal(400, "content", "is missing");
  jobq::NewJob job{.job = jobq::new_guid(),
                   .request = said.content,
                   .client = asker.name(),
                   .priority = said.priority};
  job.terms.valid_for = jobq::Span(std::chrono::seconds(said.valid_for));
  return next(
      calls_.ask(jobq::requests::submit_many(asker.datasource(), {job}), asker.client_token()),
      [content = said.content](std::vector<jobq::SubmitResult> results) -> Told {
        jobq::SubmitResult& made = results.front();
        if (made.code != 200) {
          return some(refusal(made.code, made.error, {}, made.retry_after));
        }
        made.status.request = content;
        return some(Reply{.code = 201, .body = engine_job(made.status)});
      });
}

// Looked at first: whoever asks an empty queue again and again is no worker that is heard of.
Told JobEngine::next_job(const Asker& asker) {
  return next(calls_.ask(jobq::driver_requests::peek(asker.datasource()), asker.driver_token()),
              [this, &asker](const jobq::RequestPage& page) -> Told {
                return page.requests.empty() ? some(Reply{.code = 204}) : take(asker);
              });
}

Told JobEngine::take(const Asker& asker) {
  const jobq::AcceptQuery query{.worker = new_worker(asker)};
  return next(calls_.ask(jobq::driver_requests::accept(asker.datasource(), query, kNumber),
                         asker.driver_token()),
              [this, &asker](const jobq::Accepted& accepted) -> Told {
                if (accepted.jobs.empty()) return some(Reply{.code = 204});
                return tell(asker, accepted.jobs.front().lease.job, 200);
              });
}

Told JobEngine::list(const Asker& asker, HeldBytes::Share& share, const std::string& filter) {
  jobq::ListQuery query{.limit = kListMax, .order = jobq::ListOrder::kPriorityDown};
  if (!filter.empty()) {
    const auto state = engine_state_named(filter);
    if (!state) {
      throw Refusal(400, "X-Status-Filter", "queued, inprogress, complete or failed is expected");
    }
    for (const auto status :
         {jobq::Status::kSubmitted, jobq::Status::kRetrying, jobq::Status::kAccepted,
          jobq::Status::kComplete, jobq::Status::kFailed, jobq::Status::kCancelled,
          jobq::Status::kForbidden}) {
      if (engine_state(status) == *state) query.statuses.push_back(status);
    }
  }
  return next(ordered_page(calls_, {asker.list_path(), asker.driver_token(), query}),
              [this, &asker, &share](jobq::JobPage page) -> Told {
                return next(whole_jobs(calls_, asker, share, std::move(page.jobs)),
                            [](const std::vector<jobq::JobStatus>& whole) -> Told {
                              if (whole.empty()) return some(Reply{.code = 204});
                              std::string text = "{";
                              for (std::size_t i = 0; i < whole.size(); ++i) {
                                text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":";
                                text += engine_job(whole[i]);
                              }
                              return some(Reply{.body = text + "}"});
                            });
              });
}

Told JobEngine::update(const Asker& asker, const std::string& job, std::string_view body) {
  auto change = kj::heap<Change>(Change{said_by(body)});
  const Change& kept = *change;
  static_cast<void>(asker.driver_token());
  auto told = next(asker.ask_status(calls_, job, {.options = {.with_request = true}}),
                   [this, &asker, &kept](const jobq::JobStatus& found) -> Told {
                     return update_found(asker, kept, found);
                   });
  return told.attach(kj::mv(change));
}

Told JobEngine::update_found(const Asker& asker, const Change& change, const jobq::JobStatus& job) {
  const EngineState was = engine_state(job.status);
  const EngineState wanted = change.state.value_or(was);
  if (jobq::is_final(job.status)) {
    // Said again by whoever had no answer; to do what was done has no effect.
    if (change.state && wanted == was) return done();
    throw Refusal(409, "status", "the job has ended, and changes no more");
  }
  if (was == EngineState::kQueued && wanted == EngineState::kQueued) {
    return edit(asker, change, job, {});
  }
  if (was == EngineState::kQueued && wanted == EngineState::kInProgress && change.edits()) {
    return edit(asker, change, job,
                [this, &asker, &change, job] { return with_lease(asker, change, job); });
  }
  return with_lease(asker, change, job);
}

// Of a job that waits it is made, of one that was taken here it is the same one again. Another
// program's is refused (409).
Told JobEngine::with_lease(const Asker& asker, const Change& change, const jobq::JobStatus& job) {
  const bool is_taken = job.status == jobq::Status::kAccepted;
  const std::string worker = is_taken ? job.worker : new_worker(asker);
  return next(calls_.ask(jobq::driver_requests::accept_one(asker.datasource(), job.job, worker, {},
                                                           kNumber),
                         asker.driver_token()),
              [this, &asker, &change, job, is_taken](const jobq::AcceptedJob& accepted) -> Told {
                const EngineState wanted = change.state.value_or(EngineState::kInProgress);
                if (wanted != EngineState::kInProgress) {
                  return report(asker, change, job, accepted.lease);
                }
                return is_taken ? go_on(asker, change, job, accepted.lease) : done();
              });
}

// What is in progress stays so.
Told JobEngine::go_on(const Asker& asker, const Change& change, const jobq::JobStatus& job,
                      const jobq::Lease& lease) {
  if (!change.content.empty()) {
    return say(asker, {.lease = lease,
                       .report = jobq::Progress{job.progress, job.progress_message},
                       .checkpoint = change.content});
  }
  const auto renewal = jobq::driver_requests::renew(asker.datasource(), {.leases = {lease}});
  return next(calls_.ask(renewal, asker.driver_token()), [](const jobq::Renewal& renewed) -> Told {
    const unsigned code = renewed.results.front().code;
    return code == 200 ? done() : some(refusal(code, "lease: is not held"));
  });
}

Told JobEngine::report(const Asker& asker, const Change& change, const jobq::JobStatus& job,
                       const jobq::Lease& lease) {
  if (change.state == EngineState::kComplete) {
    const std::string response = change.content.empty() ? "null" : change.content;
    return say(asker, {.lease = lease, .report = jobq::Done{response}});
  }
  if (change.state == EngineState::kFailed) {
    return say(asker, {.lease = lease, .report = jobq::JobError{kEngineError, "", change.content}});
  }
  // What it has by now goes with it into the queue, as its request.
  auto back = kj::heap<Change>(change);
  if (back->content.empty() && !job.checkpoint.empty()) back->content = engine_content(job);
  const Change& kept = *back;
  return say(asker, {.lease = lease, .report = jobq::Release{}, .checkpoint = ""})
      .then([this, &asker, &kept, job](kj::Maybe<Reply> said) -> Told {
        KJ_IF_MAYBE (reply, said) {
          if (reply->code != 200) return kj::mv(said);
        }
        return or_refusal([&] { return edit(asker, kept, job, {}); });
      })
      .attach(kj::mv(back));
}

Told JobEngine::say(const Asker& asker, jobq::Outcome outcome) {
  const auto request = jobq::driver_requests::update(asker.datasource(), {std::move(outcome)});
  return next(calls_.ask(request, asker.driver_token()),
              [](const std::vector<jobq::UpdateResult>& results) -> Told {
                const jobq::UpdateResult& result = results.front();
                if (result.code == 200) return done();
                return some(refusal(result.code, result.error, {}, result.retry_after));
              });
}

Told JobEngine::edit(const Asker& asker, const Change& change, const jobq::JobStatus& job,
                     std::function<Told()> then) {
  if (!change.edits()) return done();
  jobq::Edit edit{.priority = change.priority, .request = change.content};
  if (change.timeout != jobq::Time{}) {
    edit.valid_for = change.timeout - tools::system_now();
    if (edit.valid_for <= jobq::Span{}) throw Refusal(400, "timeout_time", "is over");
  }
  return next(
      calls_.ask(jobq::admin_requests::edit(asker.datasource(), job.job, edit),
                 asker.operator_token()),
      [then = std::move(then)](const jobq::JobStatus&) -> Told { return then ? then() : done(); });
}

}  // namespace gateway
