#include "job_view.h"

#include <fmt/format.h>

#include <cstdio>

#include "json_text.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

std::string moment(jobq::Time time, jobq::Time now) {
  return fmt::format("{} ({})", clock_text(time, now), distance_text(time, now));
}

// Several lines, each indented and made printable.
std::string block(const std::string& title, std::string_view text) {
  std::string out = title + "\n";
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out += "  " + printable(text.substr(0, end)) + "\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string error_line(const jobq::JobError& error) {
  if (error.code.empty()) return {};
  return error.message.empty() ? error.code : error.code + ": " + error.message;
}

}  // namespace

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

std::string job_details(const jobq::JobStatus& job, jobq::Time now, const Look& look) {
  Table table({{}, {}});
  const auto add = [&](const std::string& name, const std::string& text, Style style) {
    table.add({{name, Style::kFaint}, {text, style}});
  };
  const auto add_time = [&](const std::string& name, jobq::Time time) {
    if (time != jobq::Time{}) add(name, moment(time, now), Style::kPlain);
  };
  add("job", job.job, Style::kPlain);
  add("client", job.client, Style::kPlain);
  add("status", std::string(jobq::to_string(job.status)), style_of(job.status));
  add("priority", std::to_string(job.priority), Style::kPlain);
  if (job.attempt > 0) add("attempt", std::to_string(job.attempt), Style::kPlain);
  if (job.lost_leases > 0) add("lost leases", std::to_string(job.lost_leases), Style::kBusy);
  if (!job.worker.empty()) add("worker", job.worker, Style::kPlain);
  add_time("submitted", job.submitted_at);
  add_time("accepted", job.accepted_at);
  add_time("lease until", job.lease_until);
  add_time("finished", job.finished_at);
  if (!job.error.code.empty()) add("error", error_line(job.error), Style::kBad);
  // Only the table's own lines are cut to a terminal, and an error is worth several.
  std::string out = table.render({.has_colours = look.has_colours});
  if (!job.error.detail.empty()) out += block("detail", job.error.detail);
  if (!job.response.empty()) out += block("response", job.response);
  return out;
}

std::string job_table(const std::vector<jobq::JobStatus>& jobs, jobq::Time now, const Look& look) {
  Table table({{"JOB"},
               {"CLIENT"},
               {"STATUS"},
               {"PRIORITY", true},
               {"ATTEMPT", true},
               {"SUBMITTED"},
               {"FINISHED"},
               {"WORKER"},
               {"ERROR"}});
  for (const jobq::JobStatus& job : jobs) {
    table.add({{job.job},
               {job.client},
               {std::string(jobq::to_string(job.status)), style_of(job.status)},
               {std::to_string(job.priority)},
               {std::to_string(job.attempt)},
               {clock_text(job.submitted_at, now)},
               {clock_text(job.finished_at, now)},
               {job.worker.empty() ? "-" : job.worker},
               {error_line(job.error), Style::kBad}});
  }
  return table.render(look);
}

ExitCode report_end(const jobq::JobStatus& job, bool json) {
  if (json) {
    fmt::print("{}\n", to_text(fields_of(job), job.response));
  } else if (job.status == jobq::Status::kComplete) {
    fmt::print("{}\n", job.response);
  } else {
    const std::string error = error_line(job.error);
    fmt::print(stderr, "jobq: job {} is {}{}\n", printable(job.job), jobq::to_string(job.status),
               error.empty() ? "" : ": " + printable(error));
  }
  return exit_code_of(job.status);
}

ExitCode report_not_final(const jobq::JobStatus& job, jobq::Span waited, bool json) {
  if (json) fmt::print("{}\n", to_text(fields_of(job), job.response));
  fmt::print(stderr, "jobq: job {} is {} after {}, not final yet\n", printable(job.job),
             jobq::to_string(job.status), span_text(waited));
  return kNotFinal;
}

}  // namespace tools
