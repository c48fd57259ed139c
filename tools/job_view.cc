#include "job_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "field_tables.h"
#include "job_terms.h"
#include "json_fields.h"
#include "printing.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

// Several lines, each indented and made printable.
std::string block(const std::string& title, std::string_view text) {
  std::string out = title + "\n";
  while (!text.empty()) out += "  " + printable(take_until(text, '\n')) + "\n";
  return out;
}

// The fields of a job, those that are not set left out.
class Details : public NamedTexts {
 public:
  explicit Details(jobq::Time now) : now_(now) {}

  void time(const char* name, jobq::Time time) {
    if (time != jobq::Time{}) add(name, moment(time, now_));
  }
  void span(const char* name, jobq::Span span) {
    if (span != jobq::Span{}) add(name, exact_span_text(span));
  }
  // "1 of 5", when it happened at all.
  void count(const std::string& name, unsigned count, unsigned count_max) {
    if (count == 0) return;
    const std::string limit = count_max == 0 ? "" : fmt::format(" of {}", count_max);
    add(name, std::to_string(count) + limit, Style::kBusy);
  }

 private:
  jobq::Time now_;
};

void add_terms(Details& details, const jobq::Terms& terms) {
  details.span("keep for", terms.keep_for);
  details.span("time limit", terms.timeout);
  details.span("slow after", terms.slow_after);
  details.span(terms.stall_fails ? "fails without progress" : "stalled after", terms.stall_after);
  details.span("deferred for", terms.defer_max);
  if (terms.backoff) details.add("backoff", backoff_text(*terms.backoff));
  details.add("labels", fmt::format("{}", fmt::join(terms.labels, " ")));
}

// What has happened to the job, of what its terms allow: Releases of ReleasesMax.
void add_counts(Details& details, const jobq::JobStatus& job, const jobq::Terms& terms) {
  jobq::each_field(terms, [&](const auto& max, const auto& limit) {
    jobq::each_field(job, [&](const auto& count, const auto& counted) {
      if constexpr (std::is_same_v<decltype(max), const unsigned&> &&
                    std::is_same_v<decltype(count), const unsigned&>) {
        if (std::string(counted.name) + "Max" == limit.name) {
          details.count(words_of_field(counted.name), count, max);
        }
      }
    });
  });
}

void add_progress(Details& details, const jobq::JobStatus& job) {
  if (job.attempt == 0 || (job.progress == 0 && job.progress_message.empty())) return;
  details.add("progress",
              progress_line({.value = job.progress, .message = job.progress_message}, {}));
}

std::string flags_of(const jobq::JobStatus& job) {
  return std::string(job.is_slow ? ", slow" : "") + (job.is_stalled ? ", stalled" : "");
}

// Whether the worker that had the job has said so, or not in time.
std::string how_cancelled(const jobq::JobStatus& job) {
  if (job.status != jobq::Status::kCancelled || job.attempts.empty() ||
      job.attempts.back().ending != jobq::Ending::kCancelled) {
    return {};
  }
  return job.attempts.back().error.code.empty() ? ", its worker has stopped"
                                                : ", its worker's lease was revoked";
}

std::string attempts_table(const jobq::JobStatus& job, jobq::Time now, const Display& display) {
  Table table;
  for (const jobq::Attempt& attempt : job.attempts) {
    const bool is_good = attempt.ending == jobq::Ending::kComplete;
    table.add_fields(
        {{{"ATTEMPT", true}, {std::to_string(attempt.attempt)}},
         {{"WORKER"}, {attempt.worker}},
         {{"ACCEPTED"}, {clock_text(attempt.accepted_at, now)}},
         {{"TOOK", true}, {span_text(attempt.ended_at - attempt.accepted_at)}},
         {{"END"},
          {std::string(jobq::to_string(attempt.ending)), is_good ? Style::kGood : Style::kBusy}},
         {{"WHY"}, {error_line(attempt.error)}}});
  }
  return table.render(display);
}

constexpr int kBarWidth = 20;
// A terminal in which bar and label take more than this part of the line has no bar.
constexpr std::size_t kMessageWidthMin = 10;
std::string bar(int percent) {
  const int filled = percent * kBarWidth / 100;
  return fmt::format("[{:#<{}}{:-<{}}]", "", filled, "", kBarWidth - filled);
}

// "page-1 complete, mail/hello accepted (any end)".
std::string after_text(const std::vector<jobq::AwaitedJob>& after) {
  std::string text;
  for (const jobq::AwaitedJob& one : after) {
    text += fmt::format("{}{}{}{} {}{}", text.empty() ? "" : ", ", one.datasource,
                        one.datasource.empty() ? "" : "/", one.job, jobq::to_string(one.status),
                        one.any_end ? " (any end)" : "");
  }
  return text;
}

// "complete: mail:send: mail/4f1e", "failed: alarm: not made: token: is revoked".
std::string then_text(const jobq::FollowUp& one) {
  std::string text = fmt::format("{}: {}{}{}", jobq::to_string(one.on), one.datasource,
                                 one.function.empty() ? "" : ":", one.function);
  if (!one.refused.empty()) return text + ": not made: " + one.refused;
  return one.made ? text + ": " + one.job : text;
}

}  // namespace

std::string error_line(const jobq::JobError& error) {
  if (error.code.empty() || error.message.empty()) return error.code + error.message;
  return error.code + ": " + error.message;
}

std::string moment(jobq::Time time, jobq::Time now) {
  return fmt::format("{} ({})", clock_text(time, now), distance_text(time, now));
}

Style style_of(jobq::Status status) {
  switch (status) {
    case jobq::Status::kSubmitted: return Style::kPlain;
    case jobq::Status::kAccepted:
    case jobq::Status::kRetrying: return Style::kBusy;
    case jobq::Status::kComplete: return Style::kGood;
    case jobq::Status::kFailed:
    case jobq::Status::kCancelled:
    case jobq::Status::kForbidden: return Style::kBad;
  }
  return Style::kPlain;
}

ExitCode exit_code_of(jobq::Status status) {
  return status == jobq::Status::kComplete ? kOk : kJobFailed;
}

std::string job_details(const jobq::JobStatus& job, jobq::Time now, const Display& display) {
  const jobq::Terms terms = job.terms.value_or(jobq::Terms{});
  Details details(now);
  details.add("job", job.job);
  details.add("client", job.client);
  details.add("function", job.function);
  details.add("tags", fmt::format("{}", fmt::join(job.tags, " ")));
  details.add("status",
              std::string(jobq::to_string(job.status)) + flags_of(job) + how_cancelled(job),
              style_of(job.status));
  add_progress(details, job);
  details.add("priority", std::to_string(job.priority));
  details.add("key", job.turn_key);
  details.add("group", job.group);
  details.add("after group", job.after_group);
  details.add("code", job.code);
  details.add("method", job.method);
  if (job.checkpoint_bytes > 0) {
    details.add("checkpoint", std::to_string(job.checkpoint_bytes) + " bytes");
  }
  details.add("unique", job.unique);
  if (job.attempt > 0) details.add("attempt", std::to_string(job.attempt));
  add_counts(details, job, terms);
  details.add("worker", job.worker);
  details.time("submitted", job.submitted_at);
  details.time("not before", job.not_before);
  details.time("expires", job.expires_at);
  details.time("accepted", job.accepted_at);
  details.time("lease until", job.lease_until);
  details.time("time is up", job.attempt_until);
  details.time("cancel asked", job.cancel_requested_at);
  details.time("revoked", job.cancel_until);
  details.time("finished", job.finished_at);
  details.add("after", after_text(job.after));
  details.add("follows", job.follows);
  for (const jobq::FollowUp& one : job.then) details.add("then", then_text(one));
  details.add("restart of", job.parent);
  details.add("restarted as", job.child);
  if (job.log_lines > 0) details.add("log lines", std::to_string(job.log_lines));
  add_terms(details, terms);
  details.add("trace", job.trace);
  details.add("error", error_line(job.error), Style::kBad);
  std::string out = details.render(display);
  if (!job.error.detail.empty()) out += block("detail", job.error.detail);
  if (!job.attempts.empty()) out += "\n" + attempts_table(job, now, display);
  if (!job.request.empty()) out += block("request", job.request);
  if (!job.response.empty()) out += block("response", job.response);
  return out;
}

std::string job_table(const std::vector<jobq::JobStatus>& jobs, jobq::Time now,
                      const Display& display) {
  Table table;
  for (const jobq::JobStatus& job : jobs) {
    const bool has_ended = job.finished_at != jobq::Time{};
    table.add_fields(
        {{{"JOB", false, 0, Narrow::kMiddle}, {job.job}},
         {{"CLIENT", false, 5, Narrow::kMiddle}, {job.client}},
         {{"FUNCTION", false, 4, Narrow::kEnd}, {job.function}},
         {{"STATUS"},
          {std::string(jobq::to_string(job.status)) + flags_of(job), style_of(job.status)}},
         {{"PROGRESS", true, 1},
          {job.progress > 0 ? fmt::format("{} %", percent_of(job.progress)) : ""}},
         {{"PRIORITY", true, 9}, {std::to_string(job.priority)}},
         {{"ATTEMPT", true, 7}, {std::to_string(job.attempt)}},
         {{"SUBMITTED", false, 3}, {clock_text(job.submitted_at, now)}},
         {{"FINISHED", false, 6}, {has_ended ? clock_text(job.finished_at, now) : ""}},
         {{"WORKER", false, 10, Narrow::kMiddle}, {job.worker}},
         {{"TAGS", false, 8, Narrow::kEnd}, {fmt::format("{}", fmt::join(job.tags, " "))}},
         {{"ERROR", false, 2}, {error_line(job.error), Style::kBad}}});
  }
  return table.render(display);
}

jobq::Time changed_at(const jobq::JobStatus& job, jobq::Time otherwise) {
  if (jobq::is_final(job.status)) return job.finished_at;
  if (job.attempt == 0) return job.submitted_at;
  if (job.status != jobq::Status::kAccepted || job.cancel_requested_at != jobq::Time{} ||
      job.progress > 0 || !job.progress_message.empty()) {
    return otherwise;
  }
  return job.accepted_at;
}

std::string change_line(const jobq::JobStatus& job, jobq::Time changed, jobq::Time now) {
  std::string line = fmt::format("{} {}", clock_text(changed, now), jobq::to_string(job.status));
  if (job.status == jobq::Status::kAccepted) {
    line += fmt::format(" by {}, attempt {}", job.worker, job.attempt);
    if (job.progress > 0) line += fmt::format(", {} %", percent_of(job.progress));
    if (!job.progress_message.empty()) line += ", " + job.progress_message;
    if (job.cancel_requested_at != jobq::Time{}) line += ", cancel requested";
  } else {
    if (job.not_before > now) line += ", not before " + clock_text(job.not_before, now);
    if (!error_line(job.error).empty()) line += ": " + error_line(job.error);
  }
  return printable(line);
}

std::string reason_sentence(const jobq::Reason& reason, jobq::Time now) {
  std::string text = printable(reason.text);
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  }
  if (reason.until != jobq::Time{}) text += ", until " + moment(reason.until, now);
  return text + ".";
}

ExitCode report_end(const jobq::JobStatus& job, bool json, std::optional<bool> created) {
  if (json) {
    print_json(job_text(job, created));
  } else if (job.status == jobq::Status::kComplete) {
    print_json(job.response);
  } else {
    const std::string error = error_line(job.error);
    say("jobq: job {} is {}{}\n", printable(job.job), jobq::to_string(job.status),
        error.empty() ? "" : ": " + printable(error));
  }
  return exit_code_of(job.status);
}

ExitCode report_not_final(const jobq::JobStatus& job, jobq::Span waited, bool json,
                          std::optional<bool> created) {
  if (json) print_json(job_text(job, created));
  say("jobq: job {} is {} after {}, not final yet\n", printable(job.job),
      jobq::to_string(job.status), span_text(waited));
  return kNotFinal;
}

int percent_of(double value) {
  // The store keeps no more than seven digits: 0.7 must not come back as 69 %.
  constexpr double kTolerance = 1e-6;
  if (std::isnan(value)) return 0;
  return static_cast<int>(std::floor((std::clamp(value, 0.0, 1.0) + kTolerance) * 100));
}

std::string progress_line(const ProgressView& view, const Display& display) {
  std::string head = printable(view.label);
  std::string tail;
  if (view.value) {
    const int percent = percent_of(*view.value);
    const std::string number = fmt::format("{:3} %", percent);
    const std::string wide = head + "  " + bar(percent) + " " + number;
    const bool fits = display.width == 0 || width_of(wide) + kMessageWidthMin <= display.width;
    head = fits ? wide : head + " " + number;
  }
  if (!view.message.empty()) tail = "  " + printable(view.message);
  // One column stays free: a full line would move some terminals on to the next.
  const std::size_t columns = display.width == 0 ? 0 : std::max<std::size_t>(display.width, 2) - 1;
  const std::string line = shortened(head + tail, columns);
  if (!line.starts_with(head)) return styled(line, view.style, display);
  return styled(head, view.style, display) + line.substr(head.size());
}

ProgressView progress_of(const jobq::JobStatus& job, jobq::Time now) {
  ProgressView view{.label = std::string(jobq::to_string(job.status)),
                    .style = style_of(job.status)};
  if (job.status == jobq::Status::kAccepted) {
    if (job.attempt > 1) view.label += fmt::format(" (attempt {})", job.attempt);
    if (job.cancel_requested_at != jobq::Time{}) view.label += ", cancel requested";
    view.value = job.progress;
    view.message = job.progress_message;
  } else if (!jobq::is_final(job.status)) {
    if (job.not_before > now) view.message = "not before " + clock_text(job.not_before, now);
    if (!job.error.code.empty()) {
      view.message += (view.message.empty() ? "" : "; ") + error_line(job.error);
    }
  }
  return view;
}

}  // namespace tools
