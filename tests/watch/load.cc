#include "load.h"

#include <random>
#include <utility>
#include <vector>

#include "jobq/client.h"
#include "jobq/driver.h"

namespace watch {
namespace {

using namespace std::chrono_literals;

class Actor {
 public:
  Actor(const jobq::Connection& connection, std::uint64_t seed)
      : client_(connection), driver_(connection), random_(seed) {
    // Timers act soon: leases that are not renewed, cancels that nobody acknowledges.
    driver_.configure({.datasource = kDatasource, .lease = 200ms, .cancel_grace = 50ms});
  }

  void act() {
    switch (below(6)) {
      case 0:
      case 1: return submit();
      case 2: return accept();
      case 3:
      case 4: return update();
      default: return cancel();
    }
  }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }

  void submit() {
    std::vector<jobq::NewJob> jobs(1 + below(4));
    for (jobq::NewJob& job : jobs) {
      job.job = jobq::new_guid();
      job.client = client_name(static_cast<unsigned>(below(kClients)));
      job.request = "{}";
      job.terms.failures_max = 3;
      job.terms.valid_for = below(10) == 0 ? 100ms : 0ms;
      job.delay = below(10) == 0 ? 30ms : 0ms;
      job.terms.backoff = jobq::Backoff{.initial = 1ms, .max = 5ms};
      if (known_.size() < 64) {
        known_.push_back({job.job, job.client});
      } else {
        known_[below(known_.size())] = {job.job, job.client};
      }
    }
    client_.submit_many(kDatasource, jobs);
  }

  void accept() {
    for (jobq::AcceptedJob& job :
         driver_.accept(kDatasource, {.worker = "w", .max = static_cast<unsigned>(1 + below(4))})) {
      // Some are let fall.
      if (below(8) != 0) {
        held_.push_back(job.lease);
      }
    }
  }

  void update() {
    if (held_.empty()) {
      return;
    }
    const std::size_t index = below(held_.size());
    const jobq::Lease lease = held_[index];
    const bool goes_on = below(3) == 0;
    jobq::Outcome outcome{.lease = lease, .report = word(goes_on)};
    driver_.update(kDatasource, {outcome});
    if (!goes_on) {
      held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
    }
  }

  decltype(jobq::Outcome::report) word(bool goes_on) {
    if (goes_on) {
      if (below(2) == 0) {
        return jobq::Progress{.value = 0.5, .message = "half"};
      }
      return jobq::Log{.lines = {{.text = "a line"}, {.text = "another"}}};
    }
    const jobq::JobError error{.code = "e", .message = "m"};
    switch (below(6)) {
      case 0: return error;
      case 1: return jobq::Retry{.error = error};
      case 2: return jobq::Release{};
      case 3: return jobq::Forbid{error};
      default: return jobq::Done{"1"};
    }
  }

  void cancel() {
    if (!known_.empty()) {
      const auto& [job, client] = known_[below(known_.size())];
      client_.cancel(kDatasource, job, client);
    }
  }

  jobq::Client client_;
  jobq::Driver driver_;
  std::mt19937_64 random_;
  std::vector<std::pair<std::string, std::string>> known_;
  std::vector<jobq::Lease> held_;
};

}  // namespace

std::string client_name(unsigned index) { return "c" + std::to_string(index); }

Load::Load(jobq::Connection connection, std::uint64_t seed)
    : connection_(std::move(connection)), thread_([this, seed] { run(seed); }) {}

Load::~Load() {
  stops_ = true;
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Load::run(std::uint64_t seed) {
  try {
    Actor actor(connection_, seed);
    while (!stops_) {
      actor.act();
      ++actions_;
      actions_.notify_all();
    }
  } catch (...) {
    failure_ = std::current_exception();
    actions_ = UINT64_MAX;
    actions_.notify_all();
  }
}

void Load::go_on(std::uint64_t actions) {
  const std::uint64_t end = actions_ + actions;
  for (std::uint64_t done = actions_; done < end; done = actions_) {
    actions_.wait(done);
  }
}

void Load::finish() {
  stops_ = true;
  thread_.join();
  if (failure_) {
    std::rethrow_exception(failure_);
  }
  jobq::Client client(connection_);
  jobq::Driver driver(connection_);
  const jobq::ListQuery live{
      .limit = 1000,
      .statuses = {jobq::Status::kSubmitted, jobq::Status::kAccepted, jobq::Status::kRetrying}};
  for (auto page = driver.list(kDatasource, live); !page.jobs.empty();
       page = driver.list(kDatasource, live)) {
    for (const jobq::JobStatus& job : page.jobs) {
      driver.cancel(kDatasource, job.job);
    }
    // A worker's job ends with the grace of its cancel.
    const jobq::JobStatus& last = page.jobs.back();
    client.wait(kDatasource, last.job, last.client, 1s);
  }
}

}  // namespace watch
