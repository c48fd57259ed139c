// Makes the jobs of schedules when their times come, or were missed. All that depends on the tables
// of time zones is decided here and written into the entry; a replay takes it from there.
#include "apply.h"
#include "schedule_times.h"
#include "timers.h"
#include "token_end.h"

namespace store {
namespace {

// A time that the store comes to so late was missed.
constexpr Span kMissedAfter = std::chrono::minutes(1);
// A job that found no room is tried again.
constexpr Span kTryAgainAfter = std::chrono::seconds(30);

struct Due {
  Context& context;
  const Schedules::Key key;
  const std::shared_ptr<const SchedulePlan> plan;
  const std::string token;
  const ScheduleTimes times;
  ScheduleRun run;

  const jobq::Schedule& schedule() const { return plan->schedule; }

  void wait_for(std::optional<Time> slot) {
    store::wait_for(run, schedule(), key.second, times, slot);
  }
  void skip(std::string why) {
    run.skipped_at = context.now;
    run.skipped_why = std::move(why);
  }

  // Which of the times that have come is to have a job.
  void choose_slot() {
    const std::size_t most =
        schedule().catch_up == jobq::CatchUp::kAll ? context.limits.catch_up_max : 1;
    const Time slot = times.latest_but(run.slot, context.now, most);
    if (slot != run.slot) {
      skip("was missed, and a later time has come");
      wait_for(slot);
    }
  }
  bool is_missed() const {
    return schedule().catch_up == jobq::CatchUp::kNone && context.now - run.due > kMissedAfter;
  }

  // Whether there may be a job beside the one that was made last.
  bool make_way() {
    const Job* last =
        run.last_sequence == 0 ? nullptr : context.state.find({key.first, run.last_sequence});
    if (last == nullptr || is_final(last->status) || schedule().overlap == jobq::Overlap::kQueue) {
      return true;
    }
    if (schedule().overlap == jobq::Overlap::kSkip) {
      skip("the job " + run.last_job + " had not ended");
      return false;
    }
    (void)apply(context, *last, Cancel{});
    return true;
  }

  // The next time, unless the same one is tried again.
  void submit() {
    NewJob job = schedule().job;
    job.job = id_of(key.second, run.slot);
    auto made = submit_as(context, token, context.state.datasource(key.first).name,
                          {plan->allowance, plan->token_until}, std::move(job));
    // What has become of the job before, if it was cancelled for this one.
    const ScheduleRun& now = context.state.schedules.find(key.first, key.second)->run;
    run.last_status = now.last_status;
    run.last_ended_at = now.last_ended_at;
    if (const auto* result = std::get_if<SubmitReply::Result>(&made)) {
      note_made(context, run, result->job, run.slot);
      return wait_for(times.next(run.slot));
    }
    auto& refused = std::get<Refused>(made);
    skip(std::move(refused.detail));
    const bool may_change = refused.code == Code::kTooMany || refused.code == Code::kFull ||
                            refused.code == Code::kUnavailable;
    if (may_change) {
      run.due = context.now + std::max(refused.retry_after, kTryAgainAfter);
    } else {
      wait_for(times.next(run.slot));
    }
  }

  void act() {
    choose_slot();
    if (run.due > context.now) {
      return;
    }
    if (is_missed()) {
      skip("was missed: the store was off, or had no room");
      return wait_for(times.next(run.slot));
    }
    make_way() ? submit() : wait_for(times.next(run.slot));
  }
};

void run_schedule(Context& context, const Schedules::Key& key) {
  const ScheduleState& state = *context.state.schedules.find(key.first, key.second);
  const Time until = state.plan->token_until;
  if (until != Time{} && until <= context.now) {
    return pause_for_token(context, key, "its token has expired");
  }
  auto made = ScheduleTimes::make(state.plan->schedule, state.run.slot);
  if (const auto* wrong = std::get_if<std::string>(&made)) {
    ScheduleRun run = state.run;
    run.is_paused = true;
    run.paused_why = *wrong;
    return record_run(context, key, std::move(run));
  }
  Due due{context, key, state.plan, state.token, std::get<ScheduleTimes>(made), state.run};
  due.act();
  record_run(context, key, std::move(due.run));
}

}  // namespace

void run_schedules(Context& context) {
  const Schedules& schedules = context.state.schedules;
  for (int left = context.limits.schedules_per_turn_max;
       left > 0 && schedules.next() <= context.now; --left) {
    run_schedule(context, schedules.first());
  }
}

}  // namespace store
