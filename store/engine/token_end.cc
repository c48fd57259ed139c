#include "token_end.h"

#include <algorithm>

#include "apply.h"
#include "attempt_end.h"

namespace store {
namespace {

// Schedules that were added with such tokens.
void pause_schedules_of(Context& context, const std::function<bool(std::string_view)>& is_over) {
  for (const auto& [key, schedule] : context.state.schedules.all()) {
    if (is_over(schedule.token) && !schedule.run.is_token_over) {
      pause_for_token(context, key, "its token was revoked");  // it stays where it is
    }
  }
}

// What was to be submitted with such tokens: of a job that has ended nothing is any more.
void refuse_follow_ups_of(Context& context, const std::function<bool(std::string_view)>& is_over) {
  std::vector<std::pair<JobKey, std::size_t>> refused;
  for (const auto& [key, followed] : context.state.follow_ups.all()) {
    if (!is_over(followed.plan->token) || is_final(context.state.find(key)->status)) {
      continue;
    }
    for (std::size_t place = 0; place < followed.results.size(); ++place) {
      if (!followed.results[place].is_known()) {
        refused.emplace_back(key, place);
      }
    }
  }
  for (const auto& [key, place] : refused) {
    context.record(key, Followed{place, {.refused = "token: was revoked"}});
  }
}

}  // namespace

void end_tokens(Context& context, const std::function<bool(std::string_view)>& is_over) {
  std::vector<JobKey> held;
  for (const auto& [due, slot] : context.state.jobs.leases().rows()) {
    const Job& job = context.state.jobs.at(slot);
    if (is_over(token_id_of(context.state.tokens.accept_token_of(job)))) {
      held.push_back(job.key);
    }
  }
  std::sort(held.begin(), held.end());  // the heap's order is no matter of the state
  // First those who wait, or they would get the jobs.
  const auto is_meant = [&](const Origin& origin) { return is_over(origin.token); };
  for (const Waiters::Waiter& waiter : context.waiters.take_if(is_meant)) {
    std::visit(
        [&](const auto& parked) {
          context.answer(parked.origin, Refused{Code::kUnauthorized, "token: is revoked"});
        },
        waiter);
  }
  pause_schedules_of(context, is_over);
  refuse_follow_ups_of(context, is_over);
  for (const JobKey key : held) {
    take_back(
        context, *context.state.find(key),
        Released{
            .message = "the worker's token was revoked", .not_before = context.now, .outcome = {}});
  }
}

void pause_for_token(Context& context, const Schedules::Key& key, std::string why) {
  ScheduleRun run = context.state.schedules.find(key.first, key.second)->run;
  run.is_paused = run.is_token_over = true;
  run.paused_why = std::move(why);
  record_run(context, key, std::move(run));
}

void sweep_tokens(Context& context) {
  constexpr int kAtOnce = 2;
  const Tokens::Uses& uses = context.state.tokens.uses();
  std::string& swept = context.progression.swept_token;
  for (int left = kAtOnce; left > 0; --left) {
    const auto next = uses.upper_bound(swept);
    if (next == uses.end()) {
      swept.clear();
      return;
    }
    swept = next->first;
    if (next->second.is_over(context.now)) {
      context.record({}, TokenForgotten{next->first});
    }
  }
}

}  // namespace store
