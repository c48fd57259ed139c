#include "core4.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <utility>

#include "core4_kind_stream.h"
#include "core4_parameters.h"
#include "core4_text.h"
#include "jobq/requests.h"
#include "messages.h"
#include "removal.h"
#include "span_text.h"
#include "values.h"
#include "whole_jobs.h"
#include "wire.h"

namespace gateway {
namespace {

constexpr std::size_t kQueueMax = 10'000;                   // jobs that a list looks at
constexpr std::size_t kJobBytes = 1024;                     // that one of them takes in memory
constexpr jobq::Span kKillWait = std::chrono::seconds(40);  // longer than the grace of a cancel

jobq::Request<jobq::FunctionPage> kinds_request(const std::string& path,
                                                jobq::FunctionQuery query) {
  return jobq::request<jobq::FunctionPage>(
      {.path = path, .fill = [query = std::move(query)](jobq::RequestBody body) {
         jobq::wire::write(query, body.initFunctionQuery());
       }});
}

jobq::Request<jobq::SchedulePage> schedules_request(const Asker& asker) {
  const std::string path = asker.base() + (asker.sees_all() ? "/schedules" : "/job/schedules");
  return jobq::request<jobq::SchedulePage>(
      {.path = path, .fill = [client = asker.client()](jobq::RequestBody body) {
         const ScheduleQuery query{.client = client, .limit = jobq::limits::kListLimitMax};
         jobq::wire::write(query, body.initScheduleQuery());
       }});
}

Told method_refused(const char* allowed) {
  return some(std::move(
      refusal(405, "method: this path takes " + std::string(allowed)).with("Allow", allowed)));
}

void mask_others(const Asker& asker, std::vector<jobq::JobStatus>& jobs) {
  if (asker.sees_all()) return;
  for (jobq::JobStatus& job : jobs) {
    if (job.client != asker.name()) job = masked(job);
  }
}

}  // namespace

struct Core4::Kinds {
  std::vector<jobq::FunctionStatus> all{};
  std::map<std::string, std::string> schedules{};  // by function
};

struct Core4::Call {
  const Asked asked;
  const Core4Parameters parameters;

  const Asker& asker() const { return asked.asker; }
  bool is(kj::HttpMethod method) const { return asked.request.method == method; }
};

Told Core4::answer(const Asked& asked, std::string_view body) {
  auto call = kj::heap<Call>(Call{asked, Core4Parameters(asked.request.target.parameters, body)});
  auto told = answer_of_path(*call);
  return told.attach(kj::mv(call));
}

Told Core4::answer_of_path(const Call& call) {
  std::string_view path = call.asked.request.target.path;
  path.remove_prefix(kPath.size());
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path == "/job") {
    if (call.asked.request.reads()) return queue(call);
    return call.is(kj::HttpMethod::POST) ? enqueue(call) : method_refused("GET, POST");
  }
  if (!path.starts_with("/job/")) throw Refusal(404, "path", "there is no such path");
  path.remove_prefix(5);
  const std::size_t slash = path.find('/');
  const std::string action(path.substr(0, slash));
  if (slash != path.npos) {
    return answer_of_job(call, action, std::string(path.substr(slash + 1)));
  }
  if (action == "queue") {
    const bool fits = call.asked.request.reads() || call.is(kj::HttpMethod::POST);
    return fits ? queue(call) : method_refused("GET, POST");
  }
  if (!call.asked.request.reads()) return method_refused("GET");
  return action == "list" ? kinds(call) : details(call, action);
}

Told Core4::answer_of_job(const Call& call, const std::string& action, const std::string& job) {
  const bool reads = action == "follow" || action == "log";
  if (!reads && action != "kill" && action != "restart" && action != "remove") {
    throw Refusal(405, "action", "must be follow, log, kill, restart or remove");
  }
  if (reads && !call.is(kj::HttpMethod::GET)) return method_refused("GET");
  if (!reads && !call.is(kj::HttpMethod::PUT)) return method_refused("PUT");
  if (action == "follow") return follow_any(call, job);
  if (action == "log") return log(call, job);
  if (action == "kill") return kill(call, job);
  return action == "restart" ? restart(call, job) : remove(call, job);
}

// With what they are made by the clock; those who may not see that are shown nothing of it.
Told Core4::kinds(const Call& call) {
  return calls_.ask(schedules_request(call.asker()), call.asker().token())
      .then([this, &call](const jobq::Answer<jobq::SchedulePage>& answer) -> Told {
        Kinds kinds;
        if (answer.has_value()) {
          for (const jobq::ScheduleStatus& one : answer.value().schedules) {
            const jobq::Schedule& schedule = one.schedule;
            kinds.schedules[schedule.job.function] =
                schedule.cron.empty() ? "every " + jobq::exact_span_text(schedule.every)
                                      : schedule.cron;
          }
        }
        return or_refusal([&] { return kinds_from(call, std::move(kinds), {}); });
      });
}

Told Core4::kinds_from(const Call& call, Kinds kinds, std::string cursor) {
  const Asker& asker = call.asker();
  const auto request = kinds_request("/" + asker.datasource() + "/job/functions",
                                     {.cursor = std::move(cursor), .is_whole = true});
  return calls_.ask(request, asker.client_token())
      .then([this, &call,
             kinds = std::move(kinds)](jobq::Answer<jobq::FunctionPage> answer) mutable -> Told {
        // A datasource comes to be with its first job: until then it has none.
        const bool is_new = !answer.has_value() && answer_of(answer.error()).code == 404;
        if (!answer.has_value() && !is_new) return some(refusal_of(answer.error()));
        jobq::FunctionPage page = is_new ? jobq::FunctionPage() : std::move(answer).value();
        std::move(page.functions.begin(), page.functions.end(), std::back_inserter(kinds.all));
        return or_refusal([&]() -> Told {
          if (page.cursor.empty()) return kinds_page(call, std::move(kinds));
          return kinds_from(call, std::move(kinds), std::move(page.cursor));
        });
      });
}

Told Core4::kinds_page(const Call& call, Kinds kinds) {
  Core4Selection(call.parameters).apply(kinds.all);
  Core4Page page = call.parameters.page();
  page.total = kinds.all.size();
  std::vector<std::string> items;
  for (const auto& one : rows_of(std::move(kinds.all), page)) {
    items.push_back(core4_function(one, kinds.schedules[one.function.name]));
  }
  return some(core4_reply(items, page));
}

// Of core4's queue: what has not ended, and what has been stopped, until it is restarted or
// removed.
Told Core4::queue(const Call& call) {
  using enum jobq::Status;
  const Core4Selection selection(call.parameters);
  Core4Page page = call.parameters.page();
  const jobq::ListQuery query{
      .statuses = {kSubmitted, kAccepted, kRetrying, kFailed, kCancelled, kForbidden}};
  auto asker = kj::heap<Asker>(call.asker().looking());
  auto asked = all_jobs(calls_, *asker, query, kQueueMax);
  return next(asked.attach(kj::mv(asker)),
              [this, &call, selection, page](std::vector<jobq::JobStatus> jobs) mutable -> Told {
                call.asked.share.grow(jobs.size() * kJobBytes);
                std::erase_if(jobs, is_journaled);
                mask_others(call.asker(), jobs);
                selection.apply(jobs);
                page.total = jobs.size();
                return queue_page(call, rows_of(std::move(jobs), page), page);
              });
}

Told Core4::queue_page(const Call& call, std::vector<jobq::JobStatus> rows, Core4Page page) {
  std::vector<jobq::JobStatus> own;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(own), std::not_fn(is_masked));
  return next(whole_jobs(calls_, call.asker(), call.asked.share, std::move(own)),
              [rows = std::move(rows), page](const std::vector<jobq::JobStatus>& whole) -> Told {
                std::vector<std::string> items;
                auto found = whole.begin();  // without those that have gone meanwhile
                for (const auto& row : rows) {
                  if (is_masked(row)) {
                    items.push_back(core4_job(row, false));
                  } else if (found != whole.end() && found->job == row.job) {
                    items.push_back(core4_job(*found++, false));
                  }
                }
                return some(core4_reply(items, page));
              });
}

Told Core4::enqueue(const Call& call) {
  const Asker& asker = call.asker();
  const std::string name = call.parameters.text("qual_name");
  if (name.empty()) throw Refusal(400, "qual_name", "is missing");
  const std::string arguments = call.parameters.object("args");
  const bool follows = call.parameters.flag("follow", true);
  jobq::NewJob job{.job = new_core4_id(),
                   .request = arguments.empty() ? "{}" : arguments,
                   .client = asker.name(),
                   .function = name};
  return next(
      calls_.ask(jobq::requests::submit_many(asker.datasource(), {job}), asker.client_token()),
      [this, &call, follows](const std::vector<jobq::SubmitResult>& results) -> Told {
        const jobq::SubmitResult& made = results.front();
        if (made.code != 200) {
          return some(refusal(made.code, made.error, {}, made.retry_after));
        }
        if (follows) return follow(call, made.status.job);
        return some(core4_reply('"' + made.status.job + '"'));
      });
}

Told Core4::details(const Call& call, const std::string& job) {
  return next(call.asker().ask_status(calls_, job, {.options = {.with_request = true}}),
              [](const jobq::JobStatus& found) -> Told {
                return some(core4_reply(core4_job(found, true)));
              });
}

// Answered once it has ended, so that it may be restarted then, or its worker is too slow for that.
Told Core4::kill(const Call& call, const std::string& job) {
  const Asker& asker = call.asker();
  return next(
      calls_.ask(jobq::cancel_request(asker.address(job)), asker.token()),
      [this, &asker, job](const jobq::JobStatus&) -> Told {
        return asker.ask_status(calls_, job, {.held = kKillWait, .until_final = true})
            .then([](const jobq::Answer<jobq::JobStatus>&) { return some(core4_reply("true")); });
      });
}

Told Core4::restart(const Call& call, const std::string& job) {
  const Asker& asker = call.asker();
  const bool follows = call.parameters.flag("follow", true);
  static_cast<void>(asker.address(job));
  const auto restarted = [this, &call, follows](const jobq::JobStatus& made) -> Told {
    return follows ? follow(call, made.job) : some(core4_reply('"' + made.job + '"'));
  };
  return next(asker.ask_is_operator(calls_),
              [this, &asker, job, restarted](const jobq::DatasourceConfig&) -> Told {
                const auto request =
                    jobq::admin_requests::restart(asker.datasource(), job, new_core4_id());
                return next(calls_.ask(request, asker.operator_token()), restarted);
              });
}

Told Core4::remove(const Call& call, const std::string& job) {
  return remove_job(calls_, call.asker(), job, [] { return core4_reply("true"); });
}

Told Core4::log(const Call& call, const std::string& job) {
  if (call.parameters.flag("follow", false)) return follow(call, job, false);
  Core4Page page = call.parameters.page();
  return next(
      call.asker().ask_status(calls_, job),
      [this, &call, page](const jobq::JobStatus& found) mutable -> Told {
        const std::size_t forgotten =
            found.log_lines - std::min<std::size_t>(found.log_lines, jobq::limits::kLogLinesKept);
        page.total = found.log_lines - forgotten;
        const jobq::LogQuery query{.after = static_cast<unsigned>(std::min<std::size_t>(
                                       forgotten + page.page * page.per_page, UINT32_MAX)),
                                   .limit = static_cast<unsigned>(page.per_page)};
        const Asker& asker = call.asker();
        return next(calls_.ask(jobq::log_request(asker.address(found.job), query), asker.token()),
                    [page, found](const jobq::LogPage& lines) -> Told {
                      std::vector<std::string> items;
                      for (const auto& line : lines.lines) {
                        items.push_back(core4_log_line(found.job, found.function, line));
                      }
                      return some(core4_reply(items, page));
                    });
      });
}

Told Core4::follow(const Call& call, const std::string& job, bool with_states) {
  auto stream =
      kj::heap<Core4Stream>(streams_, calls_, call.asker(), call.asker().address(job), with_states);
  auto told = stream->run(call.asked.response, call.asked.head);
  return told.attach(kj::mv(stream));
}

// A job, or else all of a kind.
Told Core4::follow_any(const Call& call, const std::string& name) {
  return follow(call, name).then([this, &call, name](kj::Maybe<Reply> told) -> Told {
    KJ_IF_MAYBE (reply, told) {
      if (reply->code == 404) return follow_kind(call, name, std::move(*reply));
    }
    return kj::mv(told);
  });
}

Told Core4::follow_kind(const Call& call, const std::string& name, Reply otherwise) {
  const Asker& asker = call.asker();
  const std::string path = asker.base() + (asker.sees_all() ? "/functions" : "/job/functions");
  return calls_.ask(kinds_request(path, {.name = name}), asker.token())
      .then([this, &call, name, otherwise = std::move(otherwise)](
                const jobq::Answer<jobq::FunctionPage>& answer) mutable -> Told {
        const bool is_kind =
            answer.has_value() &&
            std::any_of(answer.value().functions.begin(), answer.value().functions.end(),
                        [&](const auto& one) { return core4_name(one) == name; });
        if (!is_kind) return some(std::move(otherwise));
        auto stream = kj::heap<Core4KindStream>(streams_, calls_, call.asker(), name);
        auto told = stream->run(call.asked.response, call.asked.head);
        return told.attach(kj::mv(stream));
      });
}

}  // namespace gateway
