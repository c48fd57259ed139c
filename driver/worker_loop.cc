#include "worker_loop.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "deadline.h"
#include "host_name.h"
#include "jobq/limits.h"

namespace jobq {
namespace {

// How often the machine is looked at for whether it has room for jobs.
constexpr Span kLookAtMachine = std::chrono::seconds(1);

WorkerAbout about(const WorkerOptions& options) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {.host = host_name(),
          .pid = static_cast<std::uint32_t>(getpid()),
          .started_at = Time(std::chrono::duration_cast<Span>(now)),
          .version = options.version.substr(0, limits::kAboutBytesMax),
          .threads = options.threads};
}

}  // namespace

WorkerLoop::WorkerLoop(const Connection& connection, const WorkerOptions& options)
    : options_(options),
      patience_(connection.patience),
      about_(about(options)),
      store_(connection, options),
      held_(options, [this] { store_.wake(); }),
      leases_(held_, store_, options, [this] { end_reports(); }),
      accepting_{.trouble = "accepts are put off",
                 .refused =
                     [this] {
                       error_ = std::current_exception();
                       held_.stop();
                     }},
      // One attempt is enough: a store that is away holds nothing.
      accepting_last_{.trouble = "the last accept", .patience = connection.retry_after},
      reporting_{.trouble = "reports are put off", .refused = [this] { end_reports(); }},
      asking_ending_{.trouble = "ends come late",
                     .refused = [] {},  // forgotten since, or not for this worker's token to see
                     .patience = options.lease / 3} {}

void WorkerLoop::run() {
  while (true) {
    const auto now = Clock::now();
    // First, so that it need not wait until the store has written the report to disk.
    look_at_machine(now);
    accept(now);
    report(now);
    listen(now);
    if (!are_reports_over_) {
      leases_.tend(now);
    }
    ask_how_it_ended();
    if (is_over(now)) {
      break;
    }
    store_.wait();
  }
  while (!refused_.empty()) {
    tell_refused(std::nullopt);
  }
  if (error_) {
    std::rethrow_exception(error_);
  }
}

bool WorkerLoop::is_over(Clock::time_point now) {
  if (accepts_ != Accepts::kOver || held_.is_running()) {
    return false;
  }
  const std::size_t unreported = held_.size();
  if (are_reports_over_ || (unreported == 0 && refused_.empty())) {
    return true;
  }
  give_up_at_ = give_up_at_.value_or(after(patience_));
  if (now <= *give_up_at_) {
    store_.wake_at(*give_up_at_ + Clock::duration(1));
    return false;
  }
  if (unreported > 0) {
    store_.tell(std::to_string(unreported) + " outcomes could not be reported");
  }
  return true;
}

void WorkerLoop::accept(Clock::time_point now) {
  if (accepts_ != Accepts::kGoOn) {
    return;
  }
  if (held_.is_stopped()) {
    accept_last();
    return;
  }
  const bool is_idle = held_.size() == 0;
  if (is_idle && std::exchange(is_idle_awaited_, false)) {
    accepting_.due = now;
  }
  const unsigned room = accepting_.is_under_way ? 0 : held_.room();
  if (room == 0 || !store_.may_ask(accepting_, now)) {
    return;
  }
  // Under the same number until there is an answer, so that leases given with an answer that was
  // lost are given again.
  const Span wait = options_.until_empty ? Span::zero() : kHeld;
  accept_ = store_.ask(
      accepting_, driver_requests::accept(options_.datasource, query(room, wait), accept_number_),
      [this, now, is_idle](std::optional<Accepted> accepted) {
        if (!accepted) {
          return;
        }
        accept_number_ = next_request_number();
        const bool is_empty = accepted->jobs.empty() && accepted->cancels.empty();
        if (is_empty && accepted->order != WorkerOrder::kUnsaid && accepted->order != order_) {
          take_order(accepted->order);
          return;
        }
        take(std::move(*accepted));
        if (is_empty && options_.until_empty && is_idle) {
          held_.stop();
        } else if (is_empty && options_.until_empty) {
          // What this worker holds may come back to the queue.
          is_idle_awaited_ = true;
          accepting_.due = Clock::now() + kSoon;
        } else if (is_empty && Clock::now() < now + kSoon) {
          accepting_.due = Clock::now() + kPutOff;
        }
      });
}

void WorkerLoop::take_order(WorkerOrder order) {
  if (order == WorkerOrder::kUnsaid || std::exchange(order_, order) == order) {
    return;
  }
  if (order == WorkerOrder::kHalt) {
    held_.hand_back();
  }
  if (options_.on_order) {
    options_.on_order(order);
  }
}

// An accept that is under way is asked anew, under its number, once there is another answer: what
// asked before is given up.
void WorkerLoop::look_at_machine(Clock::time_point now) {
  if (!options_.least_priority || accepts_ != Accepts::kGoOn || held_.is_stopped()) {
    return;
  }
  if (now >= look_at_machine_at_) {
    look_at_machine_at_ = now + kLookAtMachine;
    const unsigned least = std::min<unsigned>(options_.least_priority(), limits::kPriorityMax);
    if (std::exchange(least_priority_, least) != least && accepting_.is_under_way) {
      store_.give_up(*accept_);
      accepting_.is_under_way = false;
    }
  }
  store_.wake_at(look_at_machine_at_);
}

// An accept that stop() meets is still held by the store, which would give the next jobs to a
// worker that is gone. Asking again under its number without waiting ends that, and brings the
// jobs that were given before, which are released like all that are not begun.
void WorkerLoop::accept_last() {
  if (!accepting_.is_under_way) {
    end_accepts();
    return;
  }
  accepts_ = Accepts::kLast;
  store_.give_up(*accept_);
  store_.ask(accepting_last_,
             driver_requests::accept(options_.datasource, query(1, Span::zero()), accept_number_),
             [this](std::optional<Accepted> accepted) {
               if (accepted) {
                 take(std::move(*accepted));
               }
               end_accepts();
             });
}

void WorkerLoop::end_accepts() {
  accepts_ = Accepts::kOver;
  held_.release_waiting();
}

void WorkerLoop::take(Accepted accepted) {
  std::vector<HeldJobPtr> jobs;
  for (AcceptedJob& job : accepted.jobs) {
    jobs.push_back(std::make_shared<HeldJob>(std::move(job)));
    leases_.begin(*jobs.back());
    jobs.back()->is_cancel_requested = take_early_cancel(jobs.back()->job.lease);
  }
  held_.add(std::move(jobs));
  for (const CancelRequest& cancel : accepted.cancels) {
    take(cancel);
  }
}

void WorkerLoop::take(const CancelRequest& cancel) {
  if (const HeldJobPtr job = held_.find(cancel.lease)) {
    leases_.limit(*job, cancel.until);
    held_.request_cancel(job);
    return;
  }
  // The answer that brings the job may still be on its way. Most often it has ended instead.
  take_early_cancel(cancel.lease);
  early_cancels_.push_back(cancel);
  if (early_cancels_.size() > limits::kItemsMax) {
    early_cancels_.pop_front();
  }
}

bool WorkerLoop::take_early_cancel(const Lease& lease) {
  return std::erase_if(early_cancels_, [&](const CancelRequest& early) {
           return early.lease.attempt == lease.attempt && early.lease.job == lease.job;
         }) > 0;
}

AcceptQuery WorkerLoop::query(unsigned max, Span wait) const {
  return {.worker = options_.name,
          .max = max,
          .lease = options_.lease,
          .wait = wait,
          .functions = options_.functions,
          .labels = options_.labels,
          .gone_after = options_.gone_after,
          .least_priority = least_priority_,
          .about = about_,
          .order = order_};
}

// A question that is answered as soon as there is a cancel, so that the callback hears of it within
// milliseconds. Only while there are jobs to cancel, so that an idle worker has one question at the
// store. Where it is refused, the renewals tell of cancels, but later.
void WorkerLoop::listen(Clock::time_point now) {
  if (listening_.is_under_way || !held_.has_work() || !store_.may_ask(listening_, now)) {
    return;
  }
  store_.ask(listening_,
             driver_requests::renew(options_.datasource, {.leases = {},
                                                          .lease = {},
                                                          .worker = options_.name,
                                                          .wait = kHeld,
                                                          .seen = seen_,
                                                          .order = order_}),
             [this, now](const std::optional<Renewal>& renewal) {
               const std::uint64_t seen_before = seen_;
               if (renewal && renewal->order != WorkerOrder::kUnsaid && renewal->order != order_) {
                 take_order(renewal->order);
                 return;
               }
               for (std::size_t i = 0; renewal && i < renewal->cancels.size(); ++i) {
                 take(renewal->cancels[i]);
                 seen_ = std::max(seen_, renewal->cancels[i].sequence);
               }
               if (seen_ == seen_before && Clock::now() < now + kSoon) {
                 listening_.due = Clock::now() + kPutOff;
               }
             });
}

void WorkerLoop::report(Clock::time_point now) {
  if (are_reports_over_ || !store_.may_ask(reporting_, now)) {
    return;
  }
  const auto words = std::make_shared<Words>(held_.take_words(now));
  for (const std::string& trouble : words->troubles) {
    store_.tell(trouble);
  }
  if (words->jobs.empty()) {
    store_.wake_at(words->due);
    return;
  }
  store_.ask(reporting_, driver_requests::update(options_.datasource, words->outcomes),
             [this, words](const std::optional<std::vector<UpdateResult>>& results) {
               std::vector<std::size_t> again;
               for (std::size_t i = 0; i < words->jobs.size(); ++i) {
                 if (!results || !settle(words->jobs[i], words->outcomes[i], (*results)[i])) {
                   again.push_back(i);
                 }
               }
               std::for_each(again.rbegin(), again.rend(), [&](std::size_t i) {
                 held_.put_back(words->jobs[i], std::move(words->outcomes[i]));
               });
             });
}

bool WorkerLoop::settle(const HeldJobPtr& job, Outcome& outcome, const UpdateResult& result) {
  if (is_put_off(result.code)) {
    reporting_.due = Clock::now() + kPutOff;
    return false;
  }
  if (std::holds_alternative<Progress>(outcome.report) ||
      std::holds_alternative<Log>(outcome.report)) {
    settle_speech(job, result);
    return true;
  }
  const std::string refusal = "job " + outcome.lease.job +
                              ": the outcome is refused: " + std::to_string(result.code) + " " +
                              result.error;
  if ((result.code == 400 || result.code == 413) && !std::exchange(job->is_substituted, true)) {
    // The lease is still held. Left alone, the job would be run again to the same end.
    store_.tell(refusal);
    const bool is_response = std::holds_alternative<Done>(outcome.report);
    outcome.state.clear();
    outcome.report = JobError{is_response ? "bad-response" : "bad-outcome", result.error, {}};
    return false;
  }
  held_.forget(job);
  if (!job->is_begun) {
    return true;  // nobody waits to hear of it, and a lost lease is as good
  }
  if (result.code == 200) {
    ++finished_;
  } else if (!options_.on_outcome && !job->is_lost) {
    store_.tell(refusal);
  }
  if (options_.on_outcome && result.code == 409) {
    refused_.push_back({outcome.lease, result});
  } else if (options_.on_outcome) {
    options_.on_outcome(outcome.lease, result, std::nullopt);
  }
  return true;
}

void WorkerLoop::settle_speech(const HeldJobPtr& job, const UpdateResult& result) {
  if (result.code == 409) {
    leases_.lose(job, "the store says so");
  } else if (result.code != 200) {
    store_.tell("job " + job->job.lease.job + ": progress or log is refused: " +
                std::to_string(result.code) + " " + result.error);
  }
}

// No outcome can be reported any more: whatever is worked on is worked on in vain.
void WorkerLoop::end_reports() {
  are_reports_over_ = true;
  error_ = error_ ? error_ : std::current_exception();
  held_.stop();
  held_.lose_all();
}

// One after another: there may be as many as jobs were held.
void WorkerLoop::ask_how_it_ended() {
  if (refused_.empty() || asking_ending_.is_under_way) {
    return;
  }
  const Lease& lease = refused_.front().lease;
  store_.ask(asking_ending_,
             driver_requests::status(options_.datasource, lease.job, {.with_attempts = true}),
             [this, attempt = lease.attempt](const std::optional<JobStatus>& job) {
               std::optional<Ending> ended;
               for (std::size_t i = 0; job && i < job->attempts.size(); ++i) {
                 if (job->attempts[i].attempt == attempt) {
                   ended = job->attempts[i].ending;
                 }
               }
               tell_refused(ended);
             });
}

void WorkerLoop::tell_refused(std::optional<Ending> ended) {
  const RefusedOutcome refused = std::move(refused_.front());
  refused_.pop_front();
  options_.on_outcome(refused.lease, refused.result, ended);
}

}  // namespace jobq
