#include "job_calls.h"

#include <algorithm>
#include <thread>

#include "job_view.h"
#include "screen.h"

namespace tools {
namespace {

using Clock = std::chrono::steady_clock;

// How long one question may be held back by the store.
constexpr jobq::Span kHeldMax = std::chrono::seconds(30);
// Where the store does not hold questions back.
constexpr jobq::Span kAskAgainAfter = std::chrono::milliseconds(500);

}  // namespace

void JobOptions::declare(Options& options) {
  options.datasource("DSID", datasource, "Datasource");
  options.job("JOB", job, "Job id");
  declare_caller(options, "With a driver's token: of any client");
}

void JobOptions::declare_caller(Options& options, const char* driver_about) {
  auto* owner =
      options.text("--client NAME", client, "Whose it is; not needed when the token says so");
  Options::exclude(options.flag("--driver", as_driver, driver_about), owner);
}

JobCalls::JobCalls(const JobOptions& options, const jobq::Connection& connection)
    : options_(options) {
  if (options.as_driver) {
    driver_.emplace(connection);
  } else {
    client_.emplace(connection);
  }
}

jobq::JobStatus JobCalls::status(const jobq::StatusOptions& wanted) {
  const auto& [datasource, job, client, as_driver] = options_;
  return as_driver ? driver_->status(datasource, job, wanted)
                   : client_->status(datasource, job, client, wanted);
}

jobq::JobPage JobCalls::list(jobq::ListQuery query) {
  query.client = options_.client;
  return driver_ ? driver_->list(options_.datasource, query)
                 : client_->list(options_.datasource, query);
}

jobq::JobStatus JobCalls::cancel() {
  const auto& [datasource, job, client, as_driver] = options_;
  return as_driver ? driver_->cancel(datasource, job) : client_->cancel(datasource, job, client);
}

jobq::LogPage JobCalls::log(const jobq::LogQuery& query) {
  const auto& [datasource, job, client, as_driver] = options_;
  return as_driver ? driver_->log(datasource, job, query)
                   : client_->log(datasource, job, client, query);
}

jobq::Explanation JobCalls::explain() {
  const auto& [datasource, job, client, as_driver] = options_;
  return as_driver ? driver_->explain(datasource, job) : client_->explain(datasource, job, client);
}

jobq::JobStatus JobCalls::next_change(std::uint64_t seen, jobq::Span wait_max) {
  if (client_) {
    try {
      return client_->wait_for_change(options_.datasource, options_.job, options_.client, seen,
                                      wait_max);
    } catch (const jobq::Refused& refused) {
      if (refused.code() != 429) throw;  // too many wait already
    }
  }
  std::this_thread::sleep_for(std::min(wait_max, kAskAgainAfter));
  return status();
}

std::optional<jobq::JobStatus> JobCalls::follow(
    jobq::Span timeout, const std::function<void(const jobq::JobStatus&)>& changed) {
  const auto start = Clock::now();
  jobq::JobStatus job = status();
  changed(job);
  while (!jobq::is_final(job.status)) {
    const auto left = timeout - std::chrono::duration_cast<jobq::Span>(Clock::now() - start);
    if (left <= jobq::Span{}) return std::nullopt;
    try {
      jobq::JobStatus next = next_change(job.changed, std::min(left, kHeldMax));
      const bool is_news = next.changed != job.changed;
      job = std::move(next);
      if (is_news) changed(job);
    } catch (const jobq::Unreachable&) {
      // It has been there, so it is worth to wait for its return.
    }
  }
  return job;
}

std::optional<jobq::JobStatus> JobCalls::wait(jobq::Span timeout) {
  if (!client_) return follow(timeout, [](const jobq::JobStatus&) {});
  // Asked first, so that a store that is not there and a job that is unknown end the wait at once.
  jobq::JobStatus job = status();
  if (jobq::is_final(job.status)) return job;
  return client_->wait(options_.datasource, options_.job, options_.client, timeout);
}

std::optional<jobq::JobStatus> wait_with_progress(JobCalls& calls, jobq::Span timeout) {
  LiveLine line(stderr);
  if (!line.is_shown()) return calls.wait(timeout);
  return calls.follow(
      timeout, [&](const jobq::JobStatus& job) { line.show(progress_of(job, system_now())); });
}

}  // namespace tools
