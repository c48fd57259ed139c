#include "job_calls.h"

#include <algorithm>
#include <thread>

#include "progress_bar.h"
#include "time_text.h"

namespace tools {
namespace {

using Clock = std::chrono::steady_clock;

// How long one question may be held back by the store.
constexpr jobq::Span kHeldMax = std::chrono::seconds(30);
// Where the store does not hold questions back.
constexpr jobq::Span kAskAgainAfter = std::chrono::milliseconds(500);

constexpr jobq::Span kForEver = std::chrono::hours(24 * 3650);
constexpr const char* kWaitForEver = "for ever";

std::variant<jobq::Client, jobq::Driver> calls_of(const JobOptions& options,
                                                  const jobq::Connection& connection) {
  if (options.as_driver) return jobq::Driver(connection);
  return jobq::Client(connection);
}

}  // namespace

void JobOptions::declare(CLI::App* command) {
  command->add_option("DSID", datasource, "Datasource")->required();
  command->add_option("JOB", job, "Job id")->required();
  auto* owner =
      command->add_option("--client", client, "Whose job it is; not needed when the token says so")
          ->type_name("NAME");
  command->add_flag("--driver", as_driver, "With a driver's token: of any client")->excludes(owner);
}

std::string wait_flag() { return std::string("--wait{") + kWaitForEver + "}"; }

jobq::Span wait_of_option(const std::string& option, const std::string& text) {
  return text.empty() || text == kWaitForEver ? kForEver : span_of_option(option, text);
}

JobCalls::JobCalls(const JobOptions& options, const jobq::Connection& connection)
    : options_(options), calls_(calls_of(options, connection)) {}

jobq::JobStatus JobCalls::status(const jobq::StatusOptions& wanted) {
  if (auto* driver = std::get_if<jobq::Driver>(&calls_)) {
    return driver->status(options_.datasource, options_.job, wanted);
  }
  return std::get<jobq::Client>(calls_).status(options_.datasource, options_.job, options_.client,
                                               wanted);
}

jobq::JobStatus JobCalls::cancel() {
  if (auto* driver = std::get_if<jobq::Driver>(&calls_)) {
    return driver->cancel(options_.datasource, options_.job);
  }
  return std::get<jobq::Client>(calls_).cancel(options_.datasource, options_.job, options_.client);
}

jobq::LogPage JobCalls::log(const jobq::LogQuery& query) {
  if (auto* driver = std::get_if<jobq::Driver>(&calls_)) {
    return driver->log(options_.datasource, options_.job, query);
  }
  return std::get<jobq::Client>(calls_).log(options_.datasource, options_.job, options_.client,
                                            query);
}

jobq::Explanation JobCalls::explain() {
  if (auto* driver = std::get_if<jobq::Driver>(&calls_)) {
    return driver->explain(options_.datasource, options_.job);
  }
  return std::get<jobq::Client>(calls_).explain(options_.datasource, options_.job, options_.client);
}

jobq::JobStatus JobCalls::next_change(std::uint64_t seen, jobq::Span wait_max) {
  if (auto* client = std::get_if<jobq::Client>(&calls_)) {
    try {
      return client->wait_for_change(options_.datasource, options_.job, options_.client, seen,
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
  auto* client = std::get_if<jobq::Client>(&calls_);
  if (client == nullptr) return follow(timeout, [](const jobq::JobStatus&) {});
  // Asked first, so that a store that is not there and a job that is unknown end the wait at once.
  jobq::JobStatus job = status();
  if (jobq::is_final(job.status)) return job;
  return client->wait(options_.datasource, options_.job, options_.client, timeout);
}

std::optional<jobq::JobStatus> wait_with_progress(JobCalls& calls, jobq::Span timeout) {
  LiveLine line(stderr);
  if (!line.is_shown()) return calls.wait(timeout);
  return calls.follow(
      timeout, [&](const jobq::JobStatus& job) { line.show(progress_of(job, system_now())); });
}

}  // namespace tools
