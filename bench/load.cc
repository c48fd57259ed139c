#include "load.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "jobq/client.h"

namespace bench {
namespace {

using namespace std::chrono_literals;

constexpr jobq::AsyncOptions kAsync{.requests_max = 1000, .bytes_max = std::size_t{256} << 20};
constexpr jobq::Span kLease = 10min;  // whatever else the machine does
constexpr jobq::Span kWait = 200ms;
constexpr jobq::Span kForEver = std::chrono::days(300);

// A paced job carries the time at which it was to be submitted, in its id.
std::string id_of(SteadyClock::time_point due) {
  return jobq::new_guid() + "." + std::to_string(due.time_since_epoch() / 1us);
}
SteadyClock::time_point due_of(const std::string& id) {
  return SteadyClock::time_point(std::stoll(id.substr(id.find('.') + 1)) * 1us);
}

}  // namespace

Load::Load(const StoreProcess& store, LoadOptions options)
    : options_(std::move(options)),
      client_(store.connection({}), kAsync),
      driver_(store.connection({}), kAsync),
      workers_(options_.accepts) {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i] = {.name = "w" + std::to_string(i), .next = static_cast<unsigned>(i)};
  }
}

Load::~Load() = default;

void Load::run(std::chrono::duration<double> time) {
  const auto end = SteadyClock::now() + std::chrono::duration_cast<SteadyClock::duration>(time);
  run([end] { return SteadyClock::now() >= end; });
}

void Load::run(const std::function<bool()>& is_over) {
  start_ = SteadyClock::now();
  is_over_ = false;
  for (Worker& worker : workers_) {
    if (!worker.is_asking) {
      accept(worker);
    }
  }
  std::array<pollfd, 2> fds{{{.fd = client_.fd(), .events = POLLIN, .revents = 0},
                             {.fd = driver_.fd(), .events = POLLIN, .revents = 0}}};
  while (!is_over()) {
    submit_what_is_due();
    client_.poll();
    driver_.poll();
    if (!failure_.empty()) {
      throw std::runtime_error(failure_);
    }
    const auto left = options_.rate == 0 ? SteadyClock::duration(1ms)
                                         : std::clamp<SteadyClock::duration>(
                                               next_due() - SteadyClock::now(), 0ms, 1ms);
    const timespec wait{.tv_sec = 0, .tv_nsec = left / 1ns};
    ::ppoll(fds.data(), fds.size(), &wait, nullptr);
  }
  is_over_ = true;
}

void Load::submit_what_is_due() {
  while (under_way_ < options_.submits && started_ < options_.jobs &&
         started_ - staying_ - finished_ + options_.batch <= options_.ahead && client_.has_room()) {
    const auto due = next_due();
    if (due > SteadyClock::now()) {
      return;
    }
    submit_one(due);
  }
}

// Of the next message; the epoch when it is as soon as there is room.
SteadyClock::time_point Load::next_due() const {
  if (options_.rate == 0) {
    return {};
  }
  const std::chrono::duration<double> at(static_cast<double>(started_) / options_.rate);
  return start_ + std::chrono::duration_cast<SteadyClock::duration>(at);
}

void Load::submit_one(SteadyClock::time_point due) {
  const std::uint64_t count = std::min<std::uint64_t>(options_.batch, options_.jobs - started_);
  std::vector<jobq::NewJob> jobs(count);
  for (jobq::NewJob& job : jobs) {
    job.job = options_.rate > 0 ? id_of(due) : jobq::new_guid();
    job.request = options_.request;
    if (options_.keys > 0) {
      job.turn_key = "k" + std::to_string(started_ % options_.keys);
    }
    job.client = options_.clients[started_++ % options_.clients.size()];
    if (options_.stay_every > 0 && started_ % options_.stay_every == 0) {
      job.delay = kForEver;
      ++staying_;
    }
  }
  ++under_way_;
  client_.start(jobq::requests::submit_many(datasource(messages_++), std::move(jobs)),
                [this, due, count](const jobq::Answer<std::vector<jobq::SubmitResult>>& answer) {
                  --under_way_;
                  if (!is_taken(answer)) {
                    return;
                  }
                  for (const jobq::SubmitResult& result : answer.value()) {
                    if (result.code != 200) {
                      return fail("submit: " + result.error);
                    }
                  }
                  submitted_ += count;
                  if (options_.rate > 0) {
                    submit_ms_.push_back(1e3 * seconds_since(due));
                  }
                  if (!is_over_) {
                    submit_what_is_due();
                  }
                });
}

// As soon as one is answered the next is asked for, while its jobs are being finished.
void Load::accept(Worker& worker) {
  const std::string where = datasource(worker.next);
  worker.next += options_.accepts;
  worker.is_asking = true;
  const jobq::Span wait = options_.datasources == 1 ? kWait : 0ms;
  driver_.start(
      jobq::driver_requests::accept(
          where, {.worker = worker.name, .max = options_.batch, .lease = kLease, .wait = wait}),
      [this, &worker, where](jobq::Answer<jobq::Accepted> answer) {
        worker.is_asking = false;
        if (!is_taken(answer) || is_over_) {
          return;
        }
        const jobq::Accepted accepted = std::move(answer).value();
        accept(worker);
        if (!accepted.jobs.empty()) {
          finish(where, accepted.jobs);
        }
      });
}

void Load::finish(const std::string& datasource, const std::vector<jobq::AcceptedJob>& jobs) {
  std::vector<jobq::Outcome> outcomes;
  std::vector<SteadyClock::time_point> due;
  for (const jobq::AcceptedJob& job : jobs) {
    outcomes.push_back({job.lease, jobq::Done{"{\"ok\":true}"}});
    if (options_.rate > 0) {
      due.push_back(due_of(job.lease.job));
    }
  }
  driver_.start(jobq::driver_requests::update(datasource, std::move(outcomes)),
                [this, due](const jobq::Answer<std::vector<jobq::UpdateResult>>& answer) {
                  if (!is_taken(answer)) {
                    return;
                  }
                  for (const jobq::UpdateResult& result : answer.value()) {
                    if (result.code != 200) {
                      return fail("complete: " + result.error);
                    }
                  }
                  finished_ += answer.value().size();
                  for (const auto time : due) {
                    life_ms_.push_back(1e3 * seconds_since(time));
                  }
                });
}

template <typename Value>
bool Load::is_taken(const jobq::Answer<Value>& answer) {
  try {
    static_cast<void>(answer.value());
    return true;
  } catch (const std::exception& error) {
    fail(error.what());
    return false;
  }
}

void Load::fail(const std::string& what) {
  if (!is_over_ && failure_.empty()) {
    failure_ = what;
  }
}

std::string Load::datasource(std::uint64_t number) const {
  return "bench" + std::to_string(number % options_.datasources);
}

}  // namespace bench
