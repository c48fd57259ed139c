#include "watch_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "job_view.h"
#include "progress_bar.h"
#include "time_text.h"

namespace tools {
namespace {

using Kind = jobq::EventKind;
using Why = jobq::WatchRepair::Reason;

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

void WatchTable::take(const jobq::WatchNews& news, jobq::Time now) {
  if (const auto* event = std::get_if<jobq::Event>(&news)) {
    take_event(*event, now);
  } else if (const auto* snapshot = std::get_if<jobq::WatchSnapshot>(&news)) {
    take_snapshot(*snapshot, now);
  } else {
    switch (std::get<jobq::WatchRepair>(news).reason) {
      case Why::kGap: break;  // mended at once
      case Why::kEnded:
      case Why::kSilence: trouble_ = "no stream"; break;
      case Why::kDisconnected: trouble_ = "the store is away"; break;
      case Why::kNoStream: trouble_ = "no stream, asking the journal"; break;
      case Why::kBack: trouble_.clear(); break;
    }
  }
}

void WatchTable::take_snapshot(const jobq::WatchSnapshot& snapshot, jobq::Time now) {
  rows_.clear();
  for (const jobq::JobStatus& job : snapshot.jobs) {
    rows_[job.sequence] = {.job = job.job,
                           .client = job.client,
                           .status = job.status,
                           .attempt = job.attempt,
                           .worker = job.worker,
                           .progress = job.progress,
                           .message = error_line(job.error),
                           .is_cancel_requested = job.cancel_requested_at != jobq::Time{},
                           .since = job.submitted_at,
                           .ended_at = jobq::is_final(job.status) ? now : jobq::Time{}};
  }
}

void WatchTable::take_event(const jobq::Event& event, jobq::Time now) {
  const auto [at, is_new] = rows_.try_emplace(event.job_sequence);
  Row& row = at->second;
  if (is_new) {
    row.job = event.job;
    row.client = event.client;
    row.since = event.time;
  }
  row.status = event.status;
  row.attempt = event.attempt;
  if (event.kind == Kind::kAccepted) {
    row.worker = event.worker;
    row.progress = 0;
    row.message.clear();
  } else if (event.kind == Kind::kProgress) {
    row.progress = event.progress;
    row.message = event.message;
  } else if (!error_line(event.error).empty()) {
    row.message = error_line(event.error);
  }
  // Of the attempt that runs.
  row.is_cancel_requested = event.status == jobq::Status::kAccepted &&
                            event.kind != Kind::kAccepted &&
                            (event.kind == Kind::kCancelRequested || row.is_cancel_requested);
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
  for (const auto& [sequence, row] : rows_) ++counts[rank_of(row.status)];
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
  const bool runs = row.status == jobq::Status::kAccepted;
  std::string status(jobq::to_string(row.status));
  if (runs && row.is_cancel_requested) status += ", cancel requested";
  table.add_fields(
      {{{"JOB", false, 0, Narrow::kMiddle}, {row.job}},
       {{"CLIENT", false, 4, Narrow::kMiddle}, {row.client}},
       {{"STATUS", false, 0, Narrow::kEnd}, {status, style_of(row.status)}},
       {{"ATTEMPT", true, 6}, {std::to_string(row.attempt)}},
       {{"WORKER", false, 5, Narrow::kMiddle}, {row.worker}},
       {{"PROGRESS", true, 1}, {runs ? fmt::format("{} %", percent_of(row.progress)) : ""}},
       {{"AGE", true, 3}, {span_text(std::max(now - row.since, jobq::Span{}))}},
       {{"MESSAGE", false, 2}, {row.message}}});
}

std::string WatchTable::render(jobq::Time now, std::size_t lines_max, const Display& display) {
  forget_ended(now);
  std::vector<const Row*> rows;
  rows.reserve(rows_.size());
  for (const auto& [sequence, row] : rows_) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](const Row* one, const Row* other) {
    return rank_of(one->status) < rank_of(other->status);
  });
  Table table;
  for (const Row* row : rows) add_to(table, *row, now);
  return table.render(display, lines_max);
}

}  // namespace tools
