#include "jobq/client.h"

#include <algorithm>
#include <thread>

#include "connection.h"
#include "messages.h"

namespace jobq {
namespace {

using Clock = std::chrono::steady_clock;
using protocol::Method;

// One question is held for at most this long; longer waits are several questions. Below the
// store's limit (a minute), so that a network that went silent without a word is noticed sooner.
constexpr Span kHeldMax = std::chrono::seconds(30);
// Between questions that the store does not hold.
constexpr Span kAskAgainAfter = std::chrono::milliseconds(200);

Span until(Clock::time_point end) {
  return std::max(std::chrono::ceil<Span>(end - Clock::now()), Span::zero());
}

// Spans like Span::max() must not overflow the clock.
Clock::time_point after(Span span) {
  return Clock::now() + std::min<Span>(span, std::chrono::hours(24 * 365 * 100));
}

}  // namespace

class Client::Implementation {
 public:
  explicit Implementation(Connection connection) : store_(std::move(connection)) {}

  std::vector<SubmitResult> submit(const std::string& datasource, std::vector<NewJob> jobs);
  JobStatus query(const std::string& datasource, const std::string& job, const std::string& client,
                  Span held, std::uint64_t seen, bool until_final, Span patience);
  JobPage list(const std::string& datasource, const ListQuery& query);
  StoreStatus store_status();
  StoreStats store_stats();
  const Connection& options() const { return store_.options(); }

 private:
  StoreConnection store_;
};

std::vector<SubmitResult> Client::Implementation::submit(const std::string& datasource,
                                                         std::vector<NewJob> jobs) {
  for (NewJob& job : jobs) {
    if (job.job.empty()) {
      job.job = new_guid();  // before the first attempt, so that all attempts mean the same job
    }
  }
  std::vector<SubmitResult> results;
  store_.ask(
      {.method = Method::POST, .path = "/" + datasource + "/job/"},
      [&](protocol::Request::Body::Builder body) {
        auto list = body.initSubmit().initJobs(static_cast<unsigned>(jobs.size()));
        for (unsigned i = 0; i < list.size(); ++i) {
          auto out = list[i];
          out.setJob(to_text(jobs[i].job));
          out.setClient(to_text(jobs[i].client));
          out.setRequest(to_text(jobs[i].request));
          // What does not fit is refused by the store, with the limit's name.
          out.setPriority(static_cast<std::uint8_t>(std::min(jobs[i].priority, 255u)));
          out.setKeepForMs(to_ms(jobs[i].keep_for));
        }
      },
      [&](protocol::Reply::Reader reply) {
        const auto body = reply.getBody();
        if (!body.isSubmitted()) {
          require_taken(reply);
          throw DamagedReply("body: is not submitted");
        }
        const auto list = body.getSubmitted();
        require_size(list.size(), jobs.size());
        results.clear();
        for (const auto item : list) {
          results.push_back({.code = item.getCode(),
                             .error = to_string(item.getError()),
                             .status = to_job_status(item.getJob()),
                             .created = item.getCreated()});
        }
      });
  return results;
}

JobStatus Client::Implementation::query(const std::string& datasource, const std::string& job,
                                        const std::string& client, Span held, std::uint64_t seen,
                                        bool until_final, Span patience) {
  JobStatus status;
  store_.ask(
      {.method = Method::GET, .path = "/" + datasource + "/job/" + job + "/", .held = held},
      [&](protocol::Request::Body::Builder body) {
        auto out = body.initJobQuery();
        out.setJob(to_text(job));
        out.setClient(to_text(client));
        out.setWaitMs(to_ms32(held));
        out.setSeen(seen);
        out.setUntilFinal(until_final);
      },
      [&](protocol::Reply::Reader reply) { status = job_of(reply); }, patience);
  return status;
}

JobPage Client::Implementation::list(const std::string& datasource, const ListQuery& query) {
  JobPage page;
  store_.ask(
      {.method = Method::GET, .path = "/" + datasource + "/job/list"},
      [&](protocol::Request::Body::Builder body) { fill(body.initListQuery(), query); },
      [&](protocol::Reply::Reader reply) { page = page_of(reply); });
  return page;
}

StoreStatus Client::Implementation::store_status() {
  StoreStatus status;
  store_.ask(
      {.method = Method::GET, .path = "/status"}, [](protocol::Request::Body::Builder) {},
      [&](protocol::Reply::Reader reply) {
        require_taken(reply);
        if (!reply.getBody().isStore()) {
          throw DamagedReply("body: is not store");
        }
        const auto store = reply.getBody().getStore();
        const auto to_strings = [](capnp::List<capnp::Text>::Reader texts) {
          std::vector<std::string> strings;
          for (const auto text : texts) {
            strings.push_back(to_string(text));
          }
          return strings;
        };
        status = {.version = to_string(store.getVersion()),
                  .name = to_string(store.getName()),
                  .uptime = to_time(store.getUptimeMs()).time_since_epoch(),
                  .now = to_time(store.getNow()),
                  .durability = to_string(store.getDurability()),
                  .request_endpoints = to_strings(store.getRequestEndpoints()),
                  .driver_endpoints = to_strings(store.getDriverEndpoints()),
                  .status_endpoints = to_strings(store.getStatusEndpoints())};
      });
  return status;
}

StoreStats Client::Implementation::store_stats() {
  StoreStats stats;
  store_.ask(
      {.method = Method::GET, .path = "/admin/stats"}, [](protocol::Request::Body::Builder) {},
      [&](protocol::Reply::Reader reply) {
        require_taken(reply);
        if (!reply.getBody().isStats()) {
          throw DamagedReply("body: is not stats");
        }
        const auto out = reply.getBody().getStats();
        stats = {.requests = out.getRequests(),
                 .refusals = out.getRefusals(),
                 .replies_dropped = out.getRepliesDropped(),
                 .turns = out.getTurns(),
                 .commits = out.getCommits(),
                 .syncs = out.getSyncs(),
                 .journal_bytes = out.getJournalBytes(),
                 .derived_bytes = out.getDerivedBytes(),
                 .wal_bytes = out.getWalBytes(),
                 .flush_bytes = out.getFlushBytes(),
                 .compaction_bytes = out.getCompactionBytes(),
                 .jobs_live = out.getJobsLive(),
                 .jobs_finished = out.getJobsFinished(),
                 .waiters_parked = out.getWaitersParked()};
      });
  return stats;
}

Client::Client(Connection connection)
    : implementation_(std::make_unique<Implementation>(std::move(connection))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

JobStatus Client::submit(const std::string& datasource, NewJob job) {
  std::vector<NewJob> jobs;
  jobs.push_back(std::move(job));
  SubmitResult result = std::move(implementation_->submit(datasource, std::move(jobs)).front());
  if (result.code != 200) {
    throw Refused(result.code, result.error);
  }
  return std::move(result.status);
}

std::vector<SubmitResult> Client::submit(const std::string& datasource, std::vector<NewJob> jobs) {
  return implementation_->submit(datasource, std::move(jobs));
}

JobStatus Client::status(const std::string& datasource, const std::string& job,
                         const std::string& client) {
  return implementation_->query(datasource, job, client, {}, 0, false,
                                implementation_->options().patience);
}

JobStatus Client::wait_for_change(const std::string& datasource, const std::string& job,
                                  const std::string& client, std::uint64_t seen, Span max_wait) {
  const auto end = after(max_wait);
  if (seen == 0) {
    // The store would take the job as it is on arrival for known; of a question that is repeated
    // this would be the last arrival, and a change before it would be missed.
    seen = status(datasource, job, client).changed;
  }
  while (true) {
    const Span left = until(end);
    JobStatus status = implementation_->query(datasource, job, client, std::min(left, kHeldMax),
                                              seen, false, implementation_->options().patience);
    if (status.changed > seen || is_final(status.status) || Clock::now() >= end) {
      return status;
    }
  }
}

std::optional<JobStatus> Client::wait(const std::string& datasource, const std::string& job,
                                      const std::string& client, Span max_wait) {
  const auto end = after(max_wait);
  do {
    const Span left = until(end);
    // A store that is away must not make this much longer than asked for.
    const Span patience = std::min(left, implementation_->options().patience) +
                          implementation_->options().retry_after;
    try {
      JobStatus status = implementation_->query(datasource, job, client, std::min(left, kHeldMax),
                                                0, true, patience);
      if (is_final(status.status)) {
        return status;
      }
    } catch (const Unreachable&) {
      // Counts as waiting.
    } catch (const Refused& refused) {
      if (refused.code() != 429) {
        throw;
      }
      // Too many wait already: ask from time to time instead.
      std::this_thread::sleep_for(std::min(until(end), kAskAgainAfter));
      JobStatus status = this->status(datasource, job, client);
      if (is_final(status.status)) {
        return status;
      }
    }
  } while (Clock::now() < end);
  return std::nullopt;
}

JobPage Client::list(const std::string& datasource, const ListQuery& query) {
  return implementation_->list(datasource, query);
}

StoreStatus Client::store_status() { return implementation_->store_status(); }
StoreStats Client::store_stats() { return implementation_->store_stats(); }

}  // namespace jobq
