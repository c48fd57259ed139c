#include "timers.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "attempt_end.h"
#include "job_view.h"

namespace store {

void forget_finished(Context& context) {
  const Jobs& jobs = context.state.jobs;
  for (int left = context.limits.expirations_per_turn_max; left > 0; --left) {
    const Job* job = nullptr;
    if (jobs.finished().next() <= context.now) {
      job = &jobs.at(jobs.finished().top());
    } else if (jobs.finished_count() > context.limits.finished_max) {
      job = &jobs.oldest_finished();
    }
    // Those that wait for it are told first.
    if (job == nullptr || context.state.is_needed(job->key)) {
      break;
    }
    forget(context, *job);
  }
}

void forget(Context& context, const Job& job) {
  // The attempt that completes a job leaves no record of its own.
  const bool is_complete = job.status == Status::kComplete;
  context.record(job.key, Removed{.log_lines = job.log_lines,
                                  .attempt = is_complete ? job.attempt - 1 : job.attempt});
}

void forget_codes(Context& context) {
  const Codes& codes = context.state.codes;
  for (int left = context.limits.expirations_per_turn_max;
       left > 0 && codes.next_idle(context.limits.code_idle_max) <= context.now; --left) {
    const auto& [datasource, hash] = codes.first_idle();
    context.record({.datasource = datasource}, CodeRemoved{hash});
  }
}

void extend_leases(Context& context, Time since, Span grace) {
  const Span more = context.now - since + grace;
  std::vector<JobKey> held;
  for (const auto& [due, slot] : context.state.jobs.leases().rows()) {
    const Job& job = context.state.jobs.at(slot);
    if (job.deadline >= since && job.deadline < context.now + more) {
      held.push_back(job.key);
    }
  }
  std::sort(held.begin(), held.end());  // the heap's order says nothing
  for (const JobKey& key : held) {
    const Job& job = *context.state.find(key);
    context.record(key, Renewed{job.deadline + more});
    if (job.stall_at != Time{}) {  // nobody could tell of progress
      context.record(key, StallPutOff{job.stall_at + more});
    }
  }
}

namespace {

// REQUIRES: its time to be flagged has come.
void flag(Context& context, const Job& job) {
  if (job.slow_at != Time{} && job.slow_at <= context.now) {
    context.record(job.key, Flagged{Flagged::kSlow});
  } else {
    stall(context, job);
  }
}

}  // namespace

// Several may be over at once after the store was down: the earliest decides, and of equals the
// cancel, then the attempt's time.
void end_leases(Context& context) {
  const DeadlineHeap& leases = context.state.jobs.leases();
  for (int left = context.limits.expirations_per_turn_max; left > 0 && leases.next() <= context.now;
       --left) {
    const Job& job = context.state.jobs.at(leases.top());
    if (due_at(job) > context.now) {
      flag(context, job);
    } else if (due_at(job) == job.attempt_until) {
      time_out(context, job);
    } else {
      lose_lease(context, job);
    }
  }
}

void end_leases_of_gone(Context& context) {
  auto& gone = context.progression.gone;
  std::map<std::pair<DatasourceIndex, std::string_view>, std::string_view> tokens;
  const auto end = gone.upper_bound(context.now);
  for (auto next = gone.begin(); next != end; ++next) {
    const auto& [datasource, name] = next->second;
    const Worker* worker = context.state.datasource(datasource).workers.find(name);
    if (worker != nullptr && worker->gone_at != Time{} &&
        worker->gone_at + worker->gone_after <= context.now) {
      tokens.insert({{datasource, name}, worker->token});
    }
  }
  std::vector<JobKey> held;
  if (!tokens.empty()) {
    for (const auto& [due, slot] : context.state.jobs.leases().rows()) {
      const Job& job = context.state.jobs.at(slot);
      const auto found = tokens.find({job.key.datasource, context.state.names.worker_of(job)});
      const std::string_view token = token_id_of(context.state.tokens.accept_token_of(job));
      if (found != tokens.end() && found->second == token) {
        held.push_back(job.key);
      }
    }
  }
  std::sort(held.begin(), held.end());
  const auto most = static_cast<std::size_t>(context.limits.expirations_per_turn_max);
  if (held.size() <= most) {
    gone.erase(gone.begin(), end);
  }
  held.resize(std::min(held.size(), most));
  for (const JobKey& key : held) {
    lose_lease(context, *context.state.find(key));
  }
}

void let_waiting_go_on(Context& context) {
  const DeadlineHeap& waiting = context.state.jobs.waiting();
  for (int left = context.limits.expirations_per_turn_max;
       left > 0 && waiting.next() <= context.now; --left) {
    const Job& job = context.state.jobs.at(waiting.top());
    if (is_overdue(context.now, job)) {
      expire_if_overdue(context, job);
    } else {
      context.record(job.key, Due{});
    }
  }
}

void forget_silent_workers(Context& context) {
  constexpr Span kLook = std::chrono::hours(1);
  Time& at = context.progression.forget_workers_at;
  if (context.now < at) {
    return;
  }
  // Not at a start, for those that have jobs are heard of only within their leases.
  const bool is_first = std::exchange(at, context.now + kLook) == Time{};
  std::vector<std::pair<DatasourceIndex, std::string>> silent;
  for (DatasourceIndex i = 0; !is_first && i < context.state.datasource_count(); ++i) {
    for (const auto& [name, worker] : context.state.datasource(i).workers.all()) {
      if (worker.spoke_at + kWorkerIsKnown <= context.now) {
        silent.emplace_back(i, name);
      }
    }
  }
  const auto most = static_cast<std::size_t>(context.limits.expirations_per_turn_max);
  if (silent.size() > most) {
    silent.resize(most);
    at = context.now;
  }
  for (auto& [datasource, name] : silent) {
    context.record({.datasource = datasource}, WorkerForgotten{std::move(name)});
  }
}

void expire_if_overdue(Context& context, const Job& job) {
  if (is_overdue(context.now, job)) {
    context.record(job.key, Expired{{"expired", "no worker took it within its time", {}}});
  }
}

void answer_expired_waiters(Context& context) {
  struct ReplyTo {
    const State& state;
    Reply operator()(const Waiters::ForJobs&) const { return AcceptReply{}; }
    Reply operator()(Waiters::ForEvents& waiter) const { return std::move(waiter.reply); }
    Reply operator()(Waiters::ForCancels& waiter) const { return std::move(waiter.reply); }
    // A job that is waited for is live, since a final one is answered at once.
    Reply operator()(const Waiters::ForNews& waiter) const {
      return JobReply{whole_view_of(state, *state.find(waiter.job)), waiter.with_attempts,
                      waiter.with_request, waiter.with_checkpoint()};
    }
  };
  const auto max = static_cast<std::size_t>(context.limits.expirations_per_turn_max);
  for (Waiters::Waiter& waiter : context.waiters.take_expired(context.now, max)) {
    std::visit(
        [&](auto& parked) { context.answer(parked.origin, ReplyTo{context.state}(parked), true); },
        waiter);
  }
}

}  // namespace store
