#include "actors.h"
#include "jobq/admin.h"
#include "jobq/driver.h"
#include "jobq/watch.h"

namespace torture {
namespace {

// The store ends no stream of events: this long without one is the end.
constexpr jobq::Span kQuiet{500};

void dump_jobs(jobq::Driver& driver, const std::string& datasource, Log& log) {
  std::uint64_t cursor = 0;
  do {
    const jobq::JobPage page = driver.list(datasource, {.cursor = cursor, .limit = 1000});
    for (const jobq::JobStatus& listed : page.jobs) {
      const std::int64_t began = monotonic();
      try {
        const jobq::JobStatus job =
            driver.status(datasource, listed.job, {.with_attempts = true, .with_request = true});
        log.add(began, "job", datasource, job.job, word(job.status), job.changed, job.attempt,
                job.lost_leases, word(job.response), job.priority, job.request.size());
      } catch (const jobq::Refused& refused) {
        // Its time may have been over in between.
        log.add(began, "gone", datasource, listed.job, refused.code());
      }
    }
    cursor = page.cursor;
  } while (cursor != 0);
}

void dump_events(const jobq::Connection& connection, const std::string& datasource, Log& log) {
  jobq::Watch watch(connection, {.datasource = datasource, .as_driver = true}, {.from = 0});
  while (const auto news = watch.next(kQuiet)) {
    if (const auto* event = std::get_if<jobq::Event>(&*news)) {
      log_event(log, *event);
    } else if (std::holds_alternative<jobq::WatchSnapshot>(*news)) {
      log.add(monotonic(), "snapshot", datasource);
    }
  }
}

}  // namespace

void log_event(Log& log, const jobq::Event& event) {
  log.add(monotonic(), "event", event.datasource, event.sequence, jobq::to_string(event.kind),
          event.job, event.attempt, word(event.status), word(event.worker));
}

void dump(const jobq::Connection& connection, Log& log) {
  jobq::Admin admin(connection);
  jobq::Driver driver(connection);
  for (const jobq::DatasourceStats& stats : admin.stats()) {
    admin.pause(stats.datasource);
    dump_events(connection, stats.datasource, log);
    dump_jobs(driver, stats.datasource, log);
  }
  for (const jobq::TokenUse& token : admin.tokens()) {
    if (token.is_revoked) {
      log.add(monotonic(), "is-revoked", token.id);
    }
  }
  log.add(monotonic(), "end");
}

}  // namespace torture
