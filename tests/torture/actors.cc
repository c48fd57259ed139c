#include "actors.h"

#include <map>
#include <utility>

#include "jobq/admin.h"
#include "jobq/client.h"
#include "jobq/driver.h"
#include "jobq/watch.h"

namespace torture {
namespace {

using Random = std::mt19937_64;

// Of a worker that falls asleep over its jobs.
constexpr jobq::Span kShortLease{300};
constexpr jobq::Span kLease{20'000};

unsigned one_to(Random& random, unsigned max) {
  return std::uniform_int_distribution<unsigned>(1, max)(random);
}

// Calls ask(), and writes its refusal down as "code VERB CODE WORDS...". Empty: refused.
template <typename Ask, typename... Words>
auto answer_of(Stage& stage, const Ask& ask, const Words&... words)
    -> std::optional<decltype(ask())> {
  const std::int64_t began = monotonic();
  try {
    return ask();
  } catch (const jobq::Refused& refused) {
    stage.log.add(began, "code", refused.code(), words...);
    return std::nullopt;
  }
}

jobq::NewJob new_job(Random& random, const std::string& datasource, std::string id,
                     std::string client) {
  jobq::NewJob job{.job = std::move(id),
                   .request = '"' + std::string(one_to(random, 500), 'r') + '"',
                   .client = std::move(client),
                   .priority = one_to(random, 100),
                   .function = "f" + std::to_string(one_to(random, 3)),
                   .terms = {.keep_for = datasource == "brief" ? jobq::Span(1000) : jobq::Span{},
                             .failures_max = one_to(random, 4),
                             .lost_leases_max = 3,
                             .backoff = jobq::Backoff{.initial = jobq::Span(20)}}};
  if (one_to(random, 10) == 1) {
    job.delay = jobq::Span(one_to(random, 300));
  }
  return job;
}

void log_status(Stage& stage, std::int64_t began, const char* verb, const Job& job,
                const jobq::JobStatus& status) {
  stage.log.add(began, verb, job.datasource, job.id, word(status.status), status.changed,
                status.attempt);
}

}  // namespace

void Jobs::add(Job job) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back(std::move(job));
  if (jobs_.size() > 1000) {
    jobs_.pop_front();
  }
}

std::optional<Job> Jobs::any(Random& random) {
  const std::lock_guard lock(mutex_);
  if (jobs_.empty()) {
    return std::nullopt;
  }
  return jobs_[one_to(random, static_cast<unsigned>(jobs_.size())) - 1];
}

void submit_jobs(Stage& stage, const std::string& name, std::uint64_t seed) {
  Random random(seed);
  jobq::Client client(stage.connection);
  unsigned made = 0;
  while (!stage.stop) {
    const std::string& datasource = kDatasources[one_to(random, 4) == 1 ? 1 : 0];
    std::vector<jobq::NewJob> jobs;
    for (unsigned left = one_to(random, 3) == 1 ? one_to(random, 20) : 1; left > 0; --left) {
      jobs.push_back(new_job(random, datasource, name + '-' + std::to_string(++made), name));
      stage.log.add(monotonic(), "ask", datasource, jobs.back().job);
    }
    const std::int64_t began = monotonic();
    const auto results = answer_of(
        stage, [&] { return client.submit_many(datasource, jobs); }, "submit");
    for (std::size_t i = 0; results && i < results->size(); ++i) {
      const jobq::SubmitResult& result = (*results)[i];
      const Job job{datasource, jobs[i].job, name};
      if (result.code == 200) {
        log_status(stage, began, "submitted", job, result.status);
        stage.jobs.add(job);
      } else {
        stage.log.add(began, "code", result.code, "submit", datasource, job.id);
      }
    }
    if (const auto job = stage.jobs.any(random)) {
      const std::int64_t asked = monotonic();
      const auto status = answer_of(
          stage, [&] { return client.status(job->datasource, job->id, job->client); }, "status",
          job->datasource, job->id);
      if (status) {
        log_status(stage, asked, "seen", *job, *status);
      }
    }
  }
}

namespace {

class Worker {
 public:
  Worker(Stage& stage, std::string name, std::uint64_t seed)
      : stage_(stage), name_(std::move(name)), random_(seed), driver_(stage.connection) {}

  void run() {
    while (!stage_.stop) {
      const std::string& datasource = kDatasources[one_to(random_, 3) == 1 ? 1 : 0];
      const bool sleeps = one_to(random_, 20) == 1;
      const jobq::AcceptQuery query{.worker = name_,
                                    .max = one_to(random_, 20),
                                    .lease = sleeps ? kShortLease : kLease,
                                    .wait = jobq::Span(50)};
      const std::int64_t began = monotonic();
      auto jobs = answer_of(
          stage_, [&] { return driver_.accept(datasource, query); }, "accept");
      if (!jobs) {
        continue;
      }
      std::vector<jobq::Lease> leases;
      for (const jobq::AcceptedJob& job : *jobs) {
        stage_.log.add(began, "given", datasource, job.lease.job, job.lease.attempt, name_);
        leases.push_back(job.lease);
      }
      if (sleeps) {
        // It wakes up over what it had before, which others may have by now.
        say(datasource, std::exchange(asleep_[datasource], std::move(leases)));
        continue;
      }
      if (!leases.empty() && one_to(random_, 3) == 1) {
        renew(datasource, leases);
      }
      say(datasource, leases);
    }
  }

 private:
  void renew(const std::string& datasource, const std::vector<jobq::Lease>& leases) {
    const std::int64_t began = monotonic();
    const auto renewal = answer_of(
        stage_, [&] { return driver_.renew(datasource, {.leases = leases, .lease = kLease}); },
        "renew");
    for (std::size_t i = 0; renewal && i < renewal->results.size(); ++i) {
      stage_.log.add(began, "renewed", datasource, leases[i].job, leases[i].attempt,
                     renewal->results[i].code);
    }
  }

  // Each with a kind of outcome by chance, two in three with success.
  void say(const std::string& datasource, const std::vector<jobq::Lease>& leases) {
    std::vector<jobq::Outcome> outcomes;
    std::vector<std::string> kinds;
    const auto add = [&](const jobq::Lease& lease, const char* kind, auto report) {
      outcomes.push_back({lease, std::move(report)});
      kinds.emplace_back(kind);
    };
    for (const jobq::Lease& lease : leases) {
      switch (one_to(random_, 15)) {
        case 1: add(lease, "failed", jobq::JobError{.code = "torture"}); break;
        case 2: add(lease, "retry", jobq::Retry{.error = {.code = "torture"}}); break;
        case 3: add(lease, "release", jobq::Release{}); break;
        case 4: add(lease, "forbidden", jobq::Forbid{.error = {.code = "torture"}}); break;
        case 5:
          add(lease, "progress", jobq::Progress{.value = 0.5, .message = "half"});
          add(lease, "log", jobq::Log{.lines = {{.text = "a line"}}});
          [[fallthrough]];
        default:
          add(lease, "complete",
              jobq::Done{'"' + lease.job + ':' + std::to_string(lease.attempt) + '"'});
      }
    }
    if (outcomes.empty()) {
      return;
    }
    const std::int64_t began = monotonic();
    const auto results = answer_of(
        stage_, [&] { return driver_.update(datasource, outcomes); }, "update");
    for (std::size_t i = 0; results && i < results->size(); ++i) {
      stage_.log.add(began, "said", datasource, outcomes[i].lease.job, outcomes[i].lease.attempt,
                     kinds[i], (*results)[i].code, word((*results)[i].status));
    }
  }

  Stage& stage_;
  const std::string name_;
  Random random_;
  jobq::Driver driver_;
  std::map<std::string, std::vector<jobq::Lease>> asleep_;
};

}  // namespace

void work(Stage& stage, const std::string& name, std::uint64_t seed) {
  Worker(stage, name, seed).run();
}

namespace {

void change(Stage& stage, jobq::Admin& admin, const Job& job, Random& random) {
  const std::int64_t began = monotonic();
  switch (one_to(random, 5)) {
    case 1: {
      jobq::Client client(stage.connection);
      const auto status = answer_of(
          stage, [&] { return client.cancel(job.datasource, job.id, job.client); }, "cancel",
          job.datasource, job.id);
      if (status) {
        log_status(stage, began, "cancelled", job, *status);
      }
      break;
    }
    case 2: {
      const unsigned priority = one_to(random, 100);
      const auto status = answer_of(
          stage, [&] { return admin.edit(job.datasource, job.id, {.priority = priority}); }, "edit",
          job.datasource, job.id);
      if (status) {
        log_status(stage, began, "edited", job, *status);
        stage.log.add(began, "priority", job.datasource, job.id, priority, status->changed);
      }
      break;
    }
    case 3: {
      const Job child{job.datasource, job.id + ".r", job.client};
      stage.log.add(began, "ask", child.datasource, child.id);
      const auto status = answer_of(
          stage, [&] { return admin.restart(job.datasource, job.id, child.id); }, "restart",
          job.datasource, job.id);
      if (status) {
        log_status(stage, began, "submitted", {job.datasource, status->job, job.client}, *status);
      }
      break;
    }
    case 4:
      stage.log.add(began, "ask-remove", job.datasource, job.id);
      if (answer_of(
              stage,
              [&] {
                admin.remove(job.datasource, job.id);
                return true;
              },
              "remove", job.datasource, job.id)) {
        stage.log.add(began, "removed", job.datasource, job.id);
      }
      break;
    default:
      answer_of(
          stage, [&] { return admin.pause(job.datasource); }, "pause");
      answer_of(
          stage, [&] { return admin.resume(job.datasource); }, "resume");
  }
}

}  // namespace

void operate(Stage& stage, const std::string&, std::uint64_t seed) {
  Random random(seed);
  jobq::Admin admin(stage.connection);
  std::size_t revoked = 0;
  for (std::uint64_t round = 1; !stage.stop; ++round) {
    if (const auto job = stage.jobs.any(random)) {
      change(stage, admin, *job, random);
    }
    if (round % 100 == 0 && revoked < stage.token_ids.size()) {
      const std::int64_t began = monotonic();
      const std::string& id = stage.token_ids[revoked++];
      if (answer_of(
              stage, [&] { return admin.revoke(id); }, "revoke")) {
        stage.log.add(began, "revoked", id);
      }
    }
    // Work gets done, and every now and then somebody looks at all of it.
    answer_of(
        stage, [&] { return admin.stats(); }, "stats");
  }
}

void use_tokens(Stage& stage, const std::string& name, std::uint64_t seed) {
  Random random(seed);
  std::vector<jobq::Client> clients;
  for (const std::string& token : stage.tokens) {
    jobq::Connection connection = stage.connection;
    connection.token = token;
    clients.emplace_back(std::move(connection));
  }
  unsigned made = 0;
  while (!stage.stop && !clients.empty()) {
    const unsigned chosen = one_to(random, static_cast<unsigned>(clients.size())) - 1;
    const Job job{kDatasources.front(), name + '-' + std::to_string(++made), name};
    const std::int64_t began = monotonic();
    stage.log.add(began, "ask", job.datasource, job.id);
    const auto status = answer_of(
        stage,
        [&] {
          return clients[chosen].submit(job.datasource,
                                        new_job(random, job.datasource, job.id, job.client));
        },
        "use", stage.token_ids[chosen]);
    if (status) {
      log_status(stage, began, "submitted", job, *status);
      stage.log.add(began, "used", stage.token_ids[chosen]);
    }
  }
}

void watch(Stage& stage, const std::string& datasource) {
  jobq::Watch watch(stage.connection, {.datasource = datasource, .as_driver = true}, {.from = 0});
  while (!stage.stop) {
    const auto news = answer_of(
                          stage, [&] { return watch.next(jobq::Span(200)); }, "watch")
                          .value_or(std::nullopt);
    if (!news) {
      continue;
    }
    if (const auto* event = std::get_if<jobq::Event>(&*news)) {
      log_event(stage.log, *event);
    } else if (std::holds_alternative<jobq::WatchSnapshot>(*news)) {
      stage.log.add(monotonic(), "snapshot", datasource);
    }
  }
}

}  // namespace torture
