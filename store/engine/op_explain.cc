#include <algorithm>

#include "apply.h"
#include "hand_out.h"

namespace store {
namespace {

// A worker that was heard of within this time counts as one that will come back for more.
constexpr Span kWorkerIsNear = std::chrono::minutes(1);

bool worker_asks_for(const Context& context, DatasourceIndex index, std::string_view function) {
  for (const Accept* accept : context.waiters.accepts(index)) {
    if (accept->functions.empty() || std::find(accept->functions.begin(), accept->functions.end(),
                                               function) != accept->functions.end()) {
      return true;
    }
  }
  const auto& workers = context.state.datasource(index).workers.all();
  return std::any_of(workers.begin(), workers.end(), [&](const auto& worker) {
    return worker.second.spoke_at > context.now - kWorkerIsNear;
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

void explain_waiting(const Context& context, const Job& job, Explanation& reply) {
  using Kind = Reason::Kind;
  const DatasourceIndex index = job.key.datasource;
  const Datasource& datasource = context.state.datasource(index);
  const auto say = [&](Kind kind, std::string text, Time until = {}, std::uint64_t count = 0) {
    reply.reasons.push_back({kind, std::move(text), until, count});
  };
  if (job.awaited > 0) {
    say(Kind::kAfter, awaited_text(context.state, job), {}, job.awaited);
  }
  if (job.is_delayed) {
    reply.earliest = job.not_before;
    if (job.status == Status::kRetrying) {
      say(Kind::kBackoff,
          "it has failed " + std::to_string(job.failures) + " of at most " +
              std::to_string(context.state.names.terms_of(job).failures_max) +
              " times and waits before the next attempt",
          job.not_before);
    } else {
      say(Kind::kNotBefore, "it asked not to run before a time", job.not_before);
    }
  }
  if (context.state.is_paused) {
    say(Kind::kPaused, "the store is paused, with all its datasources");
  }
  if (datasource.is_paused()) {
    say(Kind::kPaused, "the datasource is paused");
  }
  if (!may_run_more(context, datasource)) {
    say(Kind::kConcurrency,
        jobs(datasource.running) + " of the datasource are running, as many as may", {},
        datasource.running);
  }
  if (!may_run_more_of(context.state, datasource, job.function)) {
    const std::size_t running = datasource.count_running(job.function);
    say(Kind::kConcurrency,
        jobs(running) + " of the function " + std::string(context.state.names.function_of(job)) +
            (running == 1 ? " is running, as many as may" : " are running, as many as may"),
        {}, running);
  }
  if (job.lane == LanePlace::kHeld) {
    const std::size_t before =
        datasource.lanes.count_before(datasource.jobs.find(job.key.sequence));
    say(Kind::kKey,
        jobs(before) + " with the key " + std::string(context.state.names.turn_key_of(job)) +
            (before == 1 ? " runs or comes first" : " run or come first"),
        {}, before);
  }
  if (is_ready(job)) {
    const Slot slot = context.state.datasource(index).jobs.find(job.key.sequence);
    const std::uint64_t max = context.limits.ahead_counted_max;
    if (const std::uint64_t ahead =
            datasource.ready.ahead_of(slot, max, weights_of(context.state, datasource));
        ahead > 0) {
      say(Kind::kBehind,
          (ahead >= max ? "at least " : "") + jobs(ahead) + (ahead == 1 ? " comes" : " come") +
              " first, by priority, by clients' turns or by age",
          {}, ahead);
    }
  }
  const std::string function(context.state.names.function_of(job));
  if (!worker_asks_for(context, index, function)) {
    say(Kind::kNoWorker, function.empty()
                             ? "no worker has asked for jobs lately"
                             : "no worker has asked lately for jobs of function " + function);
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
