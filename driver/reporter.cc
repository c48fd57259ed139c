#include "reporter.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "jobq/driver_requests.h"
#include "jobq/limits.h"
#include "jobq/requests.h"

namespace jobq {

bool is_put_off(unsigned code) { return code == 429 || code == 503 || code == 507; }

void Reporter::run() {
  const Span interval = options_.lease / 3;
  auto renewal_due = Clock::now() + interval;
  while (held_.wait_for_words(renewal_due)) {
    const bool is_renewal_due = Clock::now() >= renewal_due;
    // First, so that a row of large reports cannot let the leases of slow jobs run out.
    if (is_renewal_due && renew()) {
      renewal_due = Clock::now() + interval;
    }
    if (held_.take_has_new_ends() || (is_renewal_due && !are_ends_known_)) {
      learn_ends();
    }
    if (is_renewal_due || held_.has_end_come(Clock::now())) {
      lose_expired();
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
  for (std::size_t first = 0; first < jobs.size() && is_done; first += limits::kItemsMax) {
    const auto part =
        std::span(jobs).subspan(first, std::min(limits::kItemsMax, jobs.size() - first));
    RenewQuery query{.leases = {}, .lease = options_.lease};
    for (const HeldJob* job : part) {
      query.leases.push_back(job->job.lease);
    }
    is_done = try_call([&] {
      take_renewal(part, store_.ask(driver_requests::renew(options_.datasource, query)));
    });
  }
  return is_done;
}

void Reporter::take_renewal(std::span<HeldJob* const> jobs, const Renewal& renewal) {
  std::vector<HeldJob*> renewed;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const RenewResult& result = renewal.results[i];
    if (result.code != 200) {
      lose(*jobs[i], "the store says so");
      continue;
    }
    renewed.push_back(jobs[i]);
    if (result.cancel_requested) {
      held_.request_cancel(*jobs[i]);  // should the listener have missed it
    }
  }
  held_.renewed(renewed, Clock::now() + options_.lease);
}

// Leases that end however often they are renewed do so by the store's clock, which no answer about
// leases shows.
void Reporter::learn_ends() {
  are_ends_known_ = false;
  if (!clock_.is_fresh()) {
    try {
      const StoreStatus status = store_.ask(requests::store_status());
      clock_.set(status.now, Clock::now());
    } catch (const Unreachable& error) {
      trouble_.store_is_away(error.what());
      return;
    } catch (const Refused& refused) {
      // Then the next renewal tells that such a lease is lost.
      trouble_.tell("the store does not tell its time: " + std::string(refused.what()));
      return;
    }
  }
  held_.set_ends([&](Time time) { return clock_.to_local(time); });
  are_ends_known_ = true;
}

// A store that is away cannot say that a lease is lost. By its clock it is, once it would be by
// ours, and another worker may have the job as soon as the store is back.
void Reporter::lose_expired() {
  for (const Expired& expired : held_.expired(Clock::now())) {
    lose(*expired.job, expired.is_over ? "its time is over" : "it could not be renewed in time");
  }
}

void Reporter::report() {
  Words words = held_.take_words();
  for (const std::string& trouble : words.troubles) {
    trouble_.tell(trouble);
  }
  if (words.jobs.empty()) {
    return;
  }
  std::vector<UpdateResult> results;
  const bool is_answered = try_call(
      [&] { results = store_.ask(driver_requests::update(options_.datasource, words.outcomes)); });
  std::vector<HeldJob*> done;
  std::vector<std::size_t> again;
  bool is_any_put_off = false;
  for (std::size_t i = 0; i < words.jobs.size(); ++i) {
    const Settled settled =
        is_answered ? settle(*words.jobs[i], words.outcomes[i], results[i]) : Settled::kAgain;
    if (settled == Settled::kDone) {
      done.push_back(words.jobs[i]);
    } else if (settled == Settled::kAgain) {
      again.push_back(i);
      is_any_put_off = is_any_put_off || (is_answered && is_put_off(results[i].code));
    }
  }
  // Backwards, so that they keep their order in front of the others.
  std::for_each(again.rbegin(), again.rend(), [&](std::size_t i) {
    held_.put_back(*words.jobs[i], std::move(words.outcomes[i]));
  });
  held_.forget(done);
  if (is_any_put_off) {
    std::this_thread::sleep_for(kPutOff);
  }
}

Reporter::Settled Reporter::settle(HeldJob& job, Outcome& outcome, const UpdateResult& result) {
  if (is_put_off(result.code)) {
    return Settled::kAgain;
  }
  if (std::holds_alternative<Progress>(outcome.report) ||
      std::holds_alternative<Log>(outcome.report)) {
    return settle_speech(job, result);
  }
  const std::string refusal = "job " + outcome.lease.job +
                              ": the outcome is refused: " + std::to_string(result.code) + " " +
                              result.error;
  if ((result.code == 400 || result.code == 413) && !job.is_substituted) {
    // The lease is still held. Left alone, the job would be run again to the same end.
    trouble_.tell(refusal);
    job.is_substituted = true;
    const bool is_response = std::holds_alternative<Done>(outcome.report);
    outcome.report = JobError{is_response ? "bad-response" : "bad-outcome", result.error, {}};
    return Settled::kAgain;
  }
  if (!job.is_begun) {
    return Settled::kDone;  // nobody waits to hear of it, and a lost lease is as good
  }
  if (result.code == 200) {
    ++finished_;
  } else if (!options_.on_outcome && !job.is_lost) {
    trouble_.tell(refusal);
  }
  if (options_.on_outcome) {
    options_.on_outcome(outcome.lease, result,
                        result.code == 409 ? how_it_ended(outcome.lease) : std::nullopt);
  }
  return Settled::kDone;
}

std::optional<Ending> Reporter::how_it_ended(const Lease& lease) {
  try {
    const JobStatus job =
        store_.ask(driver_requests::status(options_.datasource, lease.job, {.with_attempts = true}),
                   options_.lease / 3);
    for (const Attempt& attempt : job.attempts) {
      if (attempt.attempt == lease.attempt) {
        return attempt.ending;
      }
    }
  } catch (const Unreachable& error) {
    trouble_.store_is_away(error.what());
  } catch (const Refused&) {
    // Forgotten since, or not for this worker's token to see.
  }
  return std::nullopt;
}

Reporter::Settled Reporter::settle_speech(HeldJob& job, const UpdateResult& result) {
  if (result.code == 409) {
    lose(job, "the store says so");
  } else if (result.code != 200) {
    trouble_.tell("job " + job.job.lease.job + ": progress or log is refused: " +
                  std::to_string(result.code) + " " + result.error);
  }
  return Settled::kSaid;
}

void Reporter::lose(HeldJob& job, const std::string& why) {
  if (held_.lose(job) && !(job.is_begun && options_.on_outcome)) {
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
