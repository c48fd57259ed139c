#include "watch_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "job_view.h"
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

// Of each reason: what is said of it, and what a table calls the trouble from then on.
struct RepairWords {
  Why reason;
  const char* sentence;
  std::optional<std::string_view> trouble;
};
constexpr RepairWords kRepairs[] = {
    {Why::kGap, "frames of the stream were missing; reading the journal", std::nullopt},
    {Why::kEnded, "the store has ended the stream; asking for another", "no stream"},
    {Why::kSilence, "the stream fell silent; asking for another", "no stream"},
    {Why::kDisconnected, "the store went away; waiting for it", "the store is away"},
    {Why::kNoStream, "the stream cannot be reached; asking the journal instead",
     "no stream, asking the journal"},
    {Why::kBack, "the stream is back", ""},
};

static_assert(std::size(kRepairs) == jobq::kNames<Why>.size());

const RepairWords& words_of(const jobq::WatchRepair& repair) {
  return *std::find_if(std::begin(kRepairs), std::end(kRepairs),
                       [&](const RepairWords& words) { return words.reason == repair.reason; });
}

constexpr jobq::Span kEndedStay = std::chrono::seconds(5);

// In which order jobs are worth a line.
constexpr std::array kOrder = {jobq::Status::kAccepted,  jobq::Status::kComplete,
                               jobq::Status::kFailed,    jobq::Status::kForbidden,
                               jobq::Status::kCancelled, jobq::Status::kRetrying,
                               jobq::Status::kSubmitted};

std::size_t rank_of(jobq::Status status) {
  return static_cast<std::size_t>(std::find(kOrder.begin(), kOrder.end(), status) - kOrder.begin());
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
  return fmt::format("-- {}, after event {}", words_of(repair).sentence, repair.cursor);
}

std::string command_to_go_on(const jobq::WatchScope& scope, std::uint64_t cursor) {
  std::string text = "jobq watch " + scope.datasource;
  if (!scope.job.empty()) text += " --job " + scope.job;
  if (scope.as_driver) text += " --driver";
  if (!scope.client.empty()) text += " --client " + scope.client;
  return printable(fmt::format("{} --from {}", text, cursor));
}

void WatchTable::take(const jobq::WatchNews& news, jobq::Time now) {
  if (const auto* event = std::get_if<jobq::Event>(&news)) {
    take_event(*event, now);
  } else if (const auto* snapshot = std::get_if<jobq::WatchSnapshot>(&news)) {
    take_snapshot(*snapshot, now);
  } else if (const auto trouble = words_of(std::get<jobq::WatchRepair>(news)).trouble) {
    trouble_ = *trouble;
  }
}

void WatchTable::take_snapshot(const jobq::WatchSnapshot& snapshot, jobq::Time now) {
  rows_.clear();
  for (const jobq::JobStatus& job : snapshot.jobs) {
    rows_[job.sequence] = {.job = job,
                           .message = error_line(job.error),
                           .ended_at = jobq::is_final(job.status) ? now : jobq::Time{}};
  }
}

void WatchTable::take_event(const jobq::Event& event, jobq::Time now) {
  const auto [at, is_new] = rows_.try_emplace(event.job_sequence);
  Row& row = at->second;
  jobq::JobStatus& job = row.job;
  if (is_new) {
    job.job = event.job;
    job.client = event.client;
    job.submitted_at = event.time;  // or when it was heard of first
  }
  job.status = event.status;
  job.attempt = event.attempt;
  if (event.kind == Kind::kAccepted) {
    job.worker = event.worker;
    job.progress = 0;
    row.message.clear();
  } else if (event.kind == Kind::kProgress) {
    job.progress = event.progress;
    row.message = event.message;
  } else if (!error_line(event.error).empty()) {
    row.message = error_line(event.error);
  }
  // Of the attempt that runs.
  if (event.kind == Kind::kCancelRequested) job.cancel_requested_at = event.time;
  if (event.status != jobq::Status::kAccepted || event.kind == Kind::kAccepted) {
    job.cancel_requested_at = {};
  }
  if (jobq::is_final(event.status)) row.ended_at = now;
}

void WatchTable::forget_ended(jobq::Time now) {
  std::erase_if(rows_, [&](const auto& entry) {
    const Row& row = entry.second;
    return row.ended_at != jobq::Time{} && now - row.ended_at >= kEndedStay;
  });
}

std::string WatchTable::summary() const {
  std::array<std::size_t, kOrder.size()> counts{};
  for (const auto& [sequence, row] : rows_) ++counts[rank_of(row.job.status)];
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[i], jobq::to_string(kOrder[i]));
  }
  if (text.empty()) text = "no jobs";
  if (!trouble_.empty()) text += "; " + trouble_;
  return text;
}

void WatchTable::add_to(Table& table, const Row& row, jobq::Time now) {
  const jobq::JobStatus& job = row.job;
  const bool runs = job.status == jobq::Status::kAccepted;
  std::string status(jobq::to_string(job.status));
  if (runs && job.cancel_requested_at != jobq::Time{}) status += ", cancel requested";
  table.add_fields(
      {{{"JOB", false, 0, Narrow::kMiddle}, {job.job}},
       {{"CLIENT", false, 4, Narrow::kMiddle}, {job.client}},
       {{"STATUS", false, 0, Narrow::kEnd}, {status, style_of(job.status)}},
       {{"ATTEMPT", true, 6}, {std::to_string(job.attempt)}},
       {{"WORKER", false, 5, Narrow::kMiddle}, {job.worker}},
       {{"PROGRESS", true, 1}, {runs ? fmt::format("{} %", percent_of(job.progress)) : ""}},
       {{"AGE", true, 3}, {span_text(std::max(now - job.submitted_at, jobq::Span{}))}},
       {{"MESSAGE", false, 2}, {row.message}}});
}

std::string WatchTable::render(jobq::Time now, std::size_t lines_max, const Display& display) {
  forget_ended(now);
  std::vector<const Row*> rows;
  rows.reserve(rows_.size());
  for (const auto& [sequence, row] : rows_) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](const Row* one, const Row* other) {
    return rank_of(one->job.status) < rank_of(other->job.status);
  });
  Table table;
  for (const Row* row : rows) add_to(table, *row, now);
  return table.render(display, lines_max);
}

}  // namespace tools
