#include "reporter.h"

#include <algorithm>
#include <span>
#include <thread>
#include <utility>

#include "calls.h"

namespace jobq {

bool is_put_off(unsigned code) { return code == 429 || code == 503 || code == 507; }

void Reporter::run() {
  const Span interval = options_.lease / 3;
  auto renewal_due = Clock::now() + interval;
  while (held_.wait_for_outcomes(renewal_due)) {
    // First, so that a row of large reports cannot let the leases of slow jobs run out.
    if (Clock::now() >= renewal_due && renew()) {
      renewal_due = Clock::now() + interval;
    }
    report();
    const auto complete_since = held_.outcomes_complete_since();
    const std::size_t waiting = held_.outcomes_waiting();
    if (waiting > 0 && complete_since && Clock::now() > *complete_since + patience_after_work_) {
      trouble_.tell(std::to_string(waiting) + " outcomes could not be reported");
      return;
    }
  }
}

bool Reporter::renew() {
  const auto jobs = held_.to_renew();
  bool is_done = true;
  for (std::size_t first = 0; first < jobs.size() && is_done; first += kItemsMax) {
    const auto part = std::span(jobs).subspan(first, std::min(kItemsMax, jobs.size() - first));
    std::vector<Lease> leases;
    for (const HeldJob* job : part) {
      leases.push_back(job->job.lease);
    }
    is_done = try_call([&] {
      const auto deadlines = ask_renew(store_, options_.datasource, leases, options_.lease);
      std::vector<HeldJob*> renewed;
      for (std::size_t i = 0; i < deadlines.size(); ++i) {
        if (deadlines[i] == Time()) {
          lose(*part[i], "the store says so");
        } else {
          renewed.push_back(part[i]);
        }
      }
      held_.renewed(renewed, Clock::now() + options_.lease);
    });
  }
  // A store that is away cannot say that a lease is lost. By its clock it is, once it would be by
  // ours, and another worker may have the job as soon as the store is back.
  for (HeldJob* job : held_.expired(Clock::now())) {
    lose(*job, "it could not be renewed in time");
  }
  return is_done;
}

void Reporter::report() {
  Ended ended = held_.take_ended();
  if (ended.jobs.empty()) {
    return;
  }
  std::vector<UpdateResult> results;
  const bool is_answered =
      try_call([&] { results = ask_update(store_, options_.datasource, ended.outcomes); });
  std::vector<HeldJob*> done;
  std::vector<std::size_t> again;
  for (std::size_t i = 0; i < ended.jobs.size(); ++i) {
    const bool is_done = is_answered && settle(*ended.jobs[i], ended.outcomes[i], results[i]);
    if (is_done) {
      done.push_back(ended.jobs[i]);
    } else {
      again.push_back(i);
    }
  }
  held_.forget(done);
  // Backwards, so that they keep their order in front of the others.
  std::for_each(again.rbegin(), again.rend(), [&](std::size_t i) {
    held_.put_back(*ended.jobs[i], std::move(ended.outcomes[i]));
  });
}

bool Reporter::settle(HeldJob& job, Outcome& outcome, const UpdateResult& result) {
  const std::string refusal = "job " + outcome.lease.job +
                              ": the outcome is refused: " + std::to_string(result.code) + " " +
                              result.error;
  if ((result.code == 400 || result.code == 413) && !job.is_substituted) {
    // The lease is still held. Left alone, the job would be run again to the same end.
    trouble_.tell(refusal);
    job.is_substituted = true;
    outcome.word = JobError{"bad-response", result.error, {}};
    return false;
  }
  if (result.code == 200) {
    ++finished_;
  } else {
    trouble_.tell(refusal);
  }
  if (options_.on_outcome) {
    options_.on_outcome(outcome.lease, result);
  }
  return true;
}

void Reporter::lose(HeldJob& job, const std::string& why) {
  if (held_.lose(job)) {
    trouble_.tell("job " + job.job.lease.job + ": the lease is lost: " + why);
  }
}

bool Reporter::try_call(const std::function<void()>& call) {
  try {
    call();
    trouble_.store_answers();
    is_put_off_ = false;
    return true;
  } catch (const Unreachable& error) {
    trouble_.store_is_away(error.what());
  } catch (const Refused& refused) {
    if (!is_put_off(refused.code())) {
      throw;
    }
    trouble_.store_answers();
    if (!std::exchange(is_put_off_, true)) {
      trouble_.tell(options_.datasource + ": reports are put off: " + refused.what());
    }
    std::this_thread::sleep_for(kPutOff);
  }
  return false;
}

}  // namespace jobq
