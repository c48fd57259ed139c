#include <algorithm>

#include "apply.h"
#include "hand_out.h"
#include "start_rates.h"

namespace store {
namespace {

bool worker_asks_for(const Context& context, const Job& job) {
  const DatasourceIndex index = job.key.datasource;
  const JobNames& names = context.state.names;
  for (const Accept* accept : context.waiters.accepts(index)) {
    if (accept->least_priority != kNoPriority &&
        asks_for(names, job.kind, accept->functions, accept->is_for_any) &&
        has_all(accept->labels, names.labels_of(job.kind))) {
      return true;
    }
  }
  if (is_labelled(job.kind)) {
    return false;  // what other workers have is not known
  }
  const auto& workers = context.state.datasource(index).workers.all();
  return std::any_of(workers.begin(), workers.end(), [&](const auto& worker) {
    return worker.second.spoke_at > context.now - kWorkerIsNear &&
           order_for(context.state, index, worker.first) == jobq::WorkerOrder::kWork;
  });
}

std::string jobs(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " job" : " jobs");
}

// "it waits for a, b and 3 jobs more".
std::string awaited_text(const State& state, const Job& job) {
  constexpr std::size_t kNamed = 5;
  std::string text = "it waits for ";
  std::size_t named = 0;
  if (job.awaits_group) {
    const Datasource& datasource = state.datasource(job.key.datasource);
    const std::set<Sequence>& all = datasource.find_group(job.client, job.after_group)->live;
    const auto live =
        static_cast<std::size_t>(std::distance(all.begin(), all.lower_bound(job.key.sequence)));
    text += jobs(live) + " of the group " + std::string(state.names.after_group_of(job));
    ++named;
  }
  for (const Dependency& dependency : state.dependencies.of(job)) {
    if (is_final(dependency.end)) {
      continue;
    }
    if (named == kNamed) {
      return text + " and " + jobs(job.awaited - kNamed) + " more";
    }
    text += named++ == 0 ? "" : ", ";
    text += dependency.datasource == job.key.datasource
                ? dependency.id
                : state.datasource(dependency.datasource).name + "/" + dependency.id;
  }
  return text;
}

// That as many have begun as may, `of` something, until then.
Reason reason_of_rate(const Context& context, const std::optional<StartRate>& rate,
                      const std::string& of, Time until) {
  const std::uint64_t count = rate ? begun(context, *rate) : 0;
  std::string text =
      jobs(count) + " " + of + (count == 1 ? " has" : " have") + " begun, as many as may";
  text += rate ? " (" + std::to_string(rate->limit.count) + "/" + letter_of(rate->limit.span) + ")"
               : " by the rate of before";
  return {Reason::Kind::kRate, std::move(text), until, count};
}

void explain_rate(const Context& context, const std::optional<StartRate>& rate,
                  const std::string& of, Explanation& reply) {
  if (const Time opens = opens_at(context, rate); opens != Time{}) {
    reply.reasons.push_back(reason_of_rate(context, rate, of, opens));
  }
}

using Kind = Reason::Kind;

void explain_delay(const Context& context, const Job& job, Explanation& reply) {
  reply.earliest = job.not_before;
  if (job.is_put_off) {
    const Datasource& datasource = context.state.datasource(job.key.datasource);
    const std::string key(context.state.names.turn_key_of(job));
    reply.reasons.push_back(reason_of_rate(context, start_rate_of_key(datasource, key),
                                           "with the key " + key, job.not_before));
  } else if (job.status == Status::kRetrying) {
    const std::uint32_t most = context.state.names.terms_of(job).failures_max;
    reply.reasons.push_back({Kind::kBackoff,
                             "it has failed " + std::to_string(job.failures) + " of at most " +
                                 std::to_string(most) + " times and waits before the next attempt",
                             job.not_before, 0});
  } else {
    reply.reasons.push_back(
        {Kind::kNotBefore, "it asked not to run before a time", job.not_before, 0});
  }
}

// As many run, or have begun, as may.
void explain_limits(const Context& context, const Job& job, Explanation& reply) {
  const Datasource& datasource = context.state.datasource(job.key.datasource);
  const std::string function(context.state.names.function_of(job));
  if (!may_run_more(context, datasource)) {
    reply.reasons.push_back(
        {Kind::kConcurrency,
         jobs(datasource.running) + " of the datasource are running, as many as may",
         {},
         datasource.running});
  }
  const auto say = [&](std::size_t running, const std::string& of) {
    reply.reasons.push_back(
        {Kind::kConcurrency,
         jobs(running) + " " + of + (running == 1 ? " is" : " are") + " running, as many as may",
         {},
         running});
  };
  if (!may_run_more_of(context.state, datasource, job.function)) {
    say(datasource.count_running(job.function), "of the function " + function);
  }
  if (context.state.held_back.is_full(job)) {
    say(context.state.held_back.running(job.submit_token), "submitted with its token");
  }
  explain_rate(context, start_rate(datasource), "of the datasource", reply);
  explain_rate(context, start_rate_of_function(datasource, function), "of the function " + function,
               reply);
}

std::string no_worker_text(const Context& context, const Job& job) {
  const std::string of(context.state.names.function_of(job));
  if (const auto order = order_for(context.state, job.key.datasource, {});
      order != jobq::WorkerOrder::kWork) {
    return "all workers are told to " + std::string(to_string(order));
  }
  if (!is_labelled(job.kind)) {
    return of.empty() ? "no worker has asked for jobs lately"
                      : "no worker has asked lately for jobs of function " + of;
  }
  std::string labels;
  for (const std::string& label : context.state.names.labels_of(job.kind)) {
    labels += (labels.empty() ? "" : " and ") + label;
  }
  return "no worker that has " + labels + " waits for jobs" +
         (of.empty() ? of : " of function " + of);
}

void explain_waiting(const Context& context, const Job& job, Explanation& reply) {
  const Datasource& datasource = context.state.datasource(job.key.datasource);
  const auto say = [&](Kind kind, std::string text, std::uint64_t count = 0) {
    reply.reasons.push_back({kind, std::move(text), {}, count});
  };
  if (job.awaited > 0) {
    say(Kind::kAfter, awaited_text(context.state, job), job.awaited);
  }
  if (job.is_delayed) {
    explain_delay(context, job, reply);
  }
  if (context.state.is_paused) {
    say(Kind::kPaused, "the store is paused, with all its datasources");
  }
  if (datasource.is_paused()) {
    say(Kind::kPaused, "the datasource is paused");
  }
  explain_limits(context, job, reply);
  if (job.lane == LanePlace::kHeld) {
    const std::size_t before =
        datasource.lanes.count_before(datasource.jobs.find(job.key.sequence));
    say(Kind::kKey,
        jobs(before) + " with the key " + std::string(context.state.names.turn_key_of(job)) +
            (before == 1 ? " runs or comes first" : " run or come first"),
        before);
  }
  if (is_ready(job)) {
    const Slot slot = datasource.jobs.find(job.key.sequence);
    const std::uint64_t max = context.limits.ahead_counted_max;
    if (const std::uint64_t ahead =
            datasource.ready.ahead_of(slot, max, weights_of(context.state, datasource));
        ahead > 0) {
      say(Kind::kBehind,
          (ahead >= max ? "at least " : "") + jobs(ahead) + (ahead == 1 ? " comes" : " come") +
              " first, by priority, by clients' turns or by age",
          ahead);
    }
  }
  if (!worker_asks_for(context, job)) {
    say(Kind::kNoWorker, no_worker_text(context, job));
  }
  if (reply.reasons.empty()) {
    say(Kind::kDue, "nothing holds it: the next worker that asks gets it");
  }
}

// Those that were not made.
void explain_follow_ups(const Context& context, const Job& job, Explanation& reply) {
  const FollowUps::Followed* followed = context.state.follow_ups.of(job);
  for (std::size_t i = 0; followed != nullptr && i < followed->results.size(); ++i) {
    if (const std::string& refused = followed->results[i].refused; !refused.empty()) {
      reply.reasons.push_back(
          {Reason::Kind::kThen,
           "its follow-up " + std::to_string(i + 1) +
               (is_final(job.status) ? " was not made: " : " will not be made: ") + refused,
           {},
           i + 1});
    }
  }
}

}  // namespace

Answer apply(Context& context, const Job& job, const Explain&) {
  Explanation reply{.status = job.status, .reasons = {}, .earliest = {}};
  if (is_waiting(job.status)) {
    explain_waiting(context, job, reply);
  } else if (job.status == Status::kAccepted) {
    std::string text = "worker " + std::string(context.state.names.worker_of(job)) +
                       " has it, attempt " + std::to_string(job.attempt);
    text += job.cancel_sequence != 0 ? "; its cancel is requested" : "";
    text += job.is_slow ? "; it runs longer than it should (slow)" : "";
    text += job.is_stalled ? "; it is without progress for longer than it should (stalled)" : "";
    reply.reasons.push_back({Reason::Kind::kRunning, std::move(text), due_at(job), 0});
  } else {
    std::string text = "it has ended: " + std::string(to_string(job.status));
    if (job.status == Status::kCancelled) {
      text += job.cancel_sequence == 0 ? " while it waited"
              : job.outcome != Hash{}  ? "; its worker stopped as it was asked to"
                                      : "; its worker did not say in time that it stopped, and its "
                                        "lease was revoked";
    }
    reply.reasons.push_back({Reason::Kind::kFinal, std::move(text), {}, 0});
  }
  explain_follow_ups(context, job, reply);
  return reply;
}

}  // namespace store
