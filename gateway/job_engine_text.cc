#include "job_engine_text.h"

#include <algorithm>
#include <array>

#include "raw_json.h"

namespace gateway {
namespace {

constexpr std::array<std::string_view, 4> kWords{"queued", "inprogress", "complete", "failed"};

std::int64_t seconds(jobq::Time time) { return time.time_since_epoch().count() / 1000; }

// Until it is taken it expires then; afterwards it would have.
std::int64_t timeout_time(const jobq::JobStatus& job) {
  if (job.expires_at != jobq::Time{}) return seconds(job.expires_at);
  const jobq::Span valid = job.terms ? job.terms->valid_for : jobq::Span{};
  return valid == jobq::Span{} ? 0 : seconds(job.submitted_at + valid);
}

// The latest that is known to have happened to it.
jobq::Time last_updated(const jobq::JobStatus& job) {
  return std::max({job.submitted_at, job.accepted_at, job.cancel_requested_at, job.finished_at});
}

}  // namespace

std::string_view word_of(EngineState state) { return kWords[static_cast<std::size_t>(state)]; }

std::optional<EngineState> engine_state_named(std::string_view word) {
  const auto found = std::find(kWords.begin(), kWords.end(), word);
  if (found == kWords.end()) return std::nullopt;
  return static_cast<EngineState>(found - kWords.begin());
}

EngineState engine_state(jobq::Status status) {
  switch (status) {
    case jobq::Status::kSubmitted:
    case jobq::Status::kRetrying: return EngineState::kQueued;
    case jobq::Status::kAccepted: return EngineState::kInProgress;
    case jobq::Status::kComplete: return EngineState::kComplete;
    case jobq::Status::kFailed:
    case jobq::Status::kCancelled:
    case jobq::Status::kForbidden: break;
  }
  return EngineState::kFailed;
}

std::string engine_content(const jobq::JobStatus& job) {
  if (!job.response.empty() && job.response != "null") return job.response;
  if (job.error.code == kEngineError && !job.error.detail.empty()) return job.error.detail;
  return job.checkpoint.empty() || jobq::json_problem(job.checkpoint) ? job.request
                                                                      : job.checkpoint;
}

std::string engine_job(const jobq::JobStatus& job) {
  const jobq::Json json = {{"created", seconds(job.submitted_at)},
                           {"last_updated", seconds(last_updated(job))},
                           {"priority", job.priority},
                           {"state", word_of(engine_state(job.status))},
                           {"timeout_time", timeout_time(job)},
                           {"uid", job.job}};
  return jobq::to_text(json, {{"content", engine_content(job)}});
}

}  // namespace gateway
