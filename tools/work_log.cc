#include "work_log.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "command_outcome.h"
#include "job_view.h"
#include "printing.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

std::string key_of(const std::string& job, unsigned attempt) {
  return job + " " + std::to_string(attempt);
}

// With the token of the lease: the command itself has reported.
bool is_said(jobq::Ending ending) {
  return ending == jobq::Ending::kComplete || ending == jobq::Ending::kFailed ||
         ending == jobq::Ending::kForbidden || ending == jobq::Ending::kReleased;
}

// What the command's end asks for; the store's answer may say otherwise.
struct Describe {
  Json& line;

  void operator()(const jobq::Done&) const { line["status"] = "complete"; }
  void operator()(const jobq::JobError& error) const { say("failed", error_line(error)); }
  void operator()(const jobq::Retry& retry) const { say("retrying", error_line(retry.error)); }
  void operator()(const jobq::Release& release) const { say("submitted", release.message); }
  void operator()(const jobq::Forbid& forbid) const { say("forbidden", error_line(forbid.error)); }
  void operator()(const jobq::Cancelled&) const { line["status"] = "cancelled"; }

  void say(const char* status, const std::string& error) const {
    line["status"] = status;
    line["error"] = error;
  }
};

}  // namespace

void WorkLog::trouble(const std::string& text) {
  const jobq::MutexLock lock(mutex_);
  say("jobq: {}\n", printable(text));
}

void WorkLog::follow(jobq::WorkerOptions& options) {
  options.on_trouble = [this](const std::string& text) { trouble(text); };
  options.on_outcome = [this](const jobq::Lease& lease, const jobq::UpdateResult& result,
                              std::optional<jobq::Ending> ended) {
    answered(lease, result, ended);
  };
}

jobq::Result WorkLog::note(const jobq::Task& task, const std::function<jobq::Result()>& run) {
  const auto start = std::chrono::steady_clock::now();
  jobq::Result word = run();
  const auto took = std::chrono::steady_clock::now() - start;
  Json line = {{"job", task.job()}, {"client", task.client()}, {"attempt", task.attempt()}};
  std::visit(Describe{line}, word);
  line["durationMs"] = std::chrono::duration_cast<jobq::Span>(took).count();
  const jobq::MutexLock lock(mutex_);
  pending_[key_of(task.job(), task.attempt())] = std::move(line);
  return word;
}

void WorkLog::answered(const jobq::Lease& lease, const jobq::UpdateResult& result,
                       std::optional<jobq::Ending> ended) {
  const jobq::MutexLock lock(mutex_);
  auto found = pending_.extract(key_of(lease.job, lease.attempt));
  if (!found.empty()) write(found.mapped(), result, ended);
}

void WorkLog::write(Json& line, const jobq::UpdateResult& result,
                    std::optional<jobq::Ending> ended) {
  if (is_quiet_) return;
  const jobq::Time now = system_now();
  const bool is_taken = result.code == 200;
  const bool has_to_wait = is_taken && result.not_before > now;
  if (is_taken) line["status"] = jobq::to_string(result.status);
  if (ended) line["status"] = jobq::to_string(*ended);
  if (ended && is_said(*ended)) line.erase("error");
  if (is_json_) {
    line["code"] = result.code;
    if (!is_taken) line["refusal"] = result.error;
    if (has_to_wait) line["notBefore"] = rfc3339(result.not_before);
    say("{}\n", printable_json(to_text(line)));
    return;
  }
  const std::string status = line["status"];
  std::string error = line.value("error", "");
  if (error.starts_with(status + ": ")) error.erase(0, status.size() + 2);
  std::string rest = error.empty() ? "" : ": " + printable(error);
  if (has_to_wait) rest += "; again in " + span_text(result.not_before - now);
  if (ended) {
    rest += is_said(*ended) ? ", as was said with the token of its lease" : "";
  } else if (!is_taken) {
    rest += fmt::format("; not taken ({}): {}", result.code, printable(result.error));
  }
  say("{} {} client {} attempt {} {} after {}{}\n", clock_text(now, now),
      printable(line["job"].get<std::string>()), printable(line["client"].get<std::string>()),
      line["attempt"].get<unsigned>(), status,
      span_text(jobq::Span(line["durationMs"].get<std::int64_t>())), rest);
}

}  // namespace tools
