#include "watch_view.h"

#include <fmt/format.h>

#include "job_view.h"
#include "progress_bar.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

using Kind = jobq::EventKind;
using Why = jobq::WatchRepair::Reason;

// What there is to say beyond the kind.
std::string details_of(const jobq::Event& event, jobq::Time now) {
  std::string text;
  const auto add = [&](const std::string& more) { text += (text.empty() ? " " : ", ") + more; };
  switch (event.kind) {
    case Kind::kAccepted: add(fmt::format("by {}, attempt {}", event.worker, event.attempt)); break;
    case Kind::kProgress: add(fmt::format("{} %", percent_of(event.progress))); break;
    case Kind::kLog:
      if (event.log) add(fmt::format("{} {}", jobq::to_string(event.log->level), event.log->text));
      break;
    case Kind::kEdited: add(fmt::format("priority {}", event.priority)); break;
    case Kind::kCancelRequested:
      if (event.until != jobq::Time{}) add("grace until " + clock_text(event.until, now));
      break;
    case Kind::kOther: add(std::string(jobq::to_string(event.status))); break;
    default: break;
  }
  if (event.kind == Kind::kSubmitted && !event.function.empty()) add("for " + event.function);
  if (event.kind == Kind::kSubmitted && !event.parent.empty()) add("restarts " + event.parent);
  if (!event.message.empty()) add(event.message);
  if (!error_line(event.error).empty()) add(error_line(event.error));
  if (event.not_before > now) add("not before " + clock_text(event.not_before, now));
  return text;
}

std::string subject(const std::string& job, const std::string& client,
                    const EventDisplay& display) {
  return display.shows_client ? client + " " + job : job;
}

}  // namespace

std::string event_line(const jobq::Event& event, const EventDisplay& display) {
  return printable(fmt::format("{} {} {}{}", clock_text(event.time, display.now),
                               subject(event.job, event.client, display),
                               jobq::to_string(event.kind), details_of(event, display.now)));
}

std::string snapshot_lines(const jobq::WatchSnapshot& snapshot, const EventDisplay& display) {
  std::string text;
  if (snapshot.is_after_loss) {
    text = fmt::format("-- events up to {} are lost: the journal does not reach back so far\n",
                       snapshot.cursor);
  }
  text += fmt::format("-- {} job{} after event {}\n", snapshot.jobs.size(),
                      snapshot.jobs.size() == 1 ? "" : "s", snapshot.cursor);
  for (const jobq::JobStatus& job : snapshot.jobs) {
    // The line of a change, with the job's name behind the time.
    std::string line = change_line(job, changed_at(job), display.now);
    line.insert(line.find(' '), " " + printable(subject(job.job, job.client, display)));
    text += line + "\n";
  }
  return text;
}

std::string repair_line(const jobq::WatchRepair& repair) {
  const auto sentence = [&]() -> const char* {
    switch (repair.reason) {
      case Why::kGap: return "frames of the stream were missing; reading the journal";
      case Why::kEnded: return "the store has ended the stream; asking for another";
      case Why::kSilence: return "the stream fell silent; asking for another";
      case Why::kDisconnected: return "the store went away; waiting for it";
      case Why::kNoStream: return "the stream cannot be reached; asking the journal instead";
      case Why::kBack: return "the stream is back";
    }
    return "the stream is in trouble";
  };
  return fmt::format("-- {}, after event {}", sentence(), repair.cursor);
}

std::string command_to_go_on(const jobq::WatchScope& scope, std::uint64_t cursor) {
  std::string text = "jobq watch " + scope.datasource;
  if (!scope.job.empty()) text += " --job " + scope.job;
  if (scope.as_driver) text += " --driver";
  if (!scope.client.empty()) text += " --client " + scope.client;
  return printable(fmt::format("{} --from {}", text, cursor));
}

}  // namespace tools
