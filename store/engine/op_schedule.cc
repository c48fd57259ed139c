// What is asked and said of schedules. run_schedules.cc makes their jobs.
#include "apply.h"
#include "room.h"
#include "schedule_times.h"

namespace store {
namespace {

jobq::ScheduleStatus shown(const Context& context, DatasourceIndex datasource,
                           const std::string& name) {
  const ScheduleState& state = *context.state.schedules.find(datasource, name);
  const ScheduleRun& run = state.run;
  const Job* last = run.last_ended_at == Time{}
                        ? context.state.find(JobKey{datasource, run.last_sequence})
                        : nullptr;
  const Status last_status = last == nullptr ? run.last_status : last->status;
  return {.name = name,
          .schedule = state.plan->schedule,
          .added_at = run.added_at,
          .next_at = run.is_paused ? Time{} : run.due,
          .is_paused = run.is_paused,
          .paused_why = run.paused_why,
          .runs = run.runs,
          .last_job = run.last_job,
          .last_slot = run.last_slot,
          .last_at = run.last_at,
          .last_status = run.last_job.empty() ? "" : std::string(to_string(last_status)),
          .last_ended_at = run.last_ended_at,
          .skipped_at = run.skipped_at,
          .skipped_why = run.skipped_why,
          .times = {}};
}

bool is_of(const ScheduleState& schedule, const std::optional<std::string>& client) {
  return !client || *client == schedule.plan->schedule.job.client;
}

using Found = std::variant<const ScheduleState*, Refused>;

Found find_schedule(const Context& context, DatasourceIndex datasource, const std::string& name,
                    const std::optional<std::string>& client) {
  const ScheduleState* found = context.state.schedules.find(datasource, name);
  if (found == nullptr) {
    return Refused{Code::kNotFound, "schedule: unknown"};
  }
  if (!is_of(*found, client)) {
    return Refused{Code::kForbidden, "schedule: belongs to another client"};
  }
  const std::string& function = found->plan->schedule.job.function;
  if (!context.is_for(function)) {
    return Refused{Code::kForbidden,
                   "schedule: of function " + not_for(context.asker()->functions, function)};
  }
  return found;
}

bool has_same_times(const jobq::Schedule& a, const jobq::Schedule& b) {
  return a.cron == b.cron && a.zone == b.zone && a.every == b.every;
}

bool is_same(const ScheduleState& state, const SchedulePlan& plan, std::string_view token) {
  return state.token == token && !state.run.is_token_over &&
         state.plan->token_until == plan.token_until && state.plan->allowance == plan.allowance &&
         hash_of(state.plan->schedule) == hash_of(plan.schedule);
}

Answer run_now(Context& context, const std::string& datasource, const ChangeSchedule& command,
               const ScheduleState& state) {
  const DatasourceIndex index = *context.state.find_datasource(datasource);
  if (state.run.is_token_over) {
    return Refused{Code::kConflict, "schedule: " + state.run.paused_why + "; add it again"};
  }
  const SchedulePlan plan = *state.plan;
  NewJob job = plan.schedule.job;
  job.job = command.job;
  auto made = submit_as(context, state.token, datasource, {plan.allowance, plan.token_until},
                        std::move(job));
  if (const auto* result = std::get_if<SubmitReply::Result>(&made); result && result->created) {
    ScheduleRun run = context.state.schedules.find(index, command.name)->run;
    note_made(context, run, result->job, context.now);
    record_run(context, {index, command.name}, std::move(run));
  }
  return SubmitReply{{std::move(made)}};
}

}  // namespace

void note_made(const Context& context, ScheduleRun& run, const JobView& job, Time slot) {
  ++run.runs;
  run.last_job = job.job;
  run.last_sequence = job.key.sequence;
  run.last_slot = slot;
  run.last_at = context.now;
  run.last_status = Status::kSubmitted;
  run.last_ended_at = {};
}

void record_run(Context& context, const Schedules::Key& schedule, ScheduleRun run) {
  context.record(
      {.datasource = schedule.first},
      ScheduleChanged{schedule.second, std::make_shared<const ScheduleRun>(std::move(run))});
}

Answer apply(Context& context, PutSchedule& command) {
  const auto known = context.state.find_datasource(command.datasource);
  const ScheduleState* there = known ? context.state.schedules.find(*known, command.name) : nullptr;
  if (there != nullptr && !is_of(*there, command.schedule.job.client)) {
    return Refused{Code::kForbidden, "schedule: belongs to another client"};
  }
  const auto made =
      ScheduleTimes::make(command.schedule, std::chrono::floor<std::chrono::seconds>(context.now));
  if (const auto* wrong = std::get_if<std::string>(&made)) {
    return Refused{Code::kBadRequest, *wrong};
  }
  const auto& times = std::get<ScheduleTimes>(made);
  if (!times.next(context.now)) {
    return Refused{Code::kBadRequest, "cron: never comes, within 41 years at least"};
  }
  if (auto refused = refused_for_good(command.allowance, command.schedule.job)) {
    return std::move(*refused);
  }
  auto plan = std::make_shared<const SchedulePlan>(
      SchedulePlan{std::move(command.schedule), std::move(command.allowance), command.token_until});
  if (there != nullptr && is_same(*there, *plan, context.token())) {
    return shown(context, *known, command.name);
  }
  if (auto refused = no_room_for_schedule(context, there, *plan)) {
    return std::move(*refused);
  }
  const auto datasource = context.find_or_add_datasource(command.datasource);
  if (!datasource) {
    return *no_room_for_datasource(context);
  }
  ScheduleRun run = there == nullptr ? ScheduleRun{.added_at = context.now} : there->run;
  if (run.is_token_over) {
    run.is_paused = run.is_token_over = false;
    run.paused_why.clear();
    run.slot = {};
  }
  const bool stays = there != nullptr && run.slot != Time{} &&
                     has_same_times(there->plan->schedule, plan->schedule);
  if (!stays) {
    wait_for(run, plan->schedule, command.name, times, times.next(context.now));
  } else {
    // Its times go on from the one that it waits for, which may be over.
    const auto from_slot = ScheduleTimes::make(plan->schedule, run.slot);
    run.due = due_of(plan->schedule, command.name, std::get<ScheduleTimes>(from_slot), run.slot);
  }
  context.record({.datasource = *datasource},
                 ScheduleSet{command.name, std::move(plan),
                             std::make_shared<const ScheduleRun>(std::move(run))});
  return shown(context, *datasource, command.name);
}

Answer apply(Context& context, const Datasource& datasource, const GetSchedule& command) {
  const auto found = find_schedule(context, datasource.index, command.name, command.client);
  if (const auto* refused = std::get_if<Refused>(&found)) {
    return *refused;
  }
  const ScheduleState& state = *std::get<const ScheduleState*>(found);
  jobq::ScheduleStatus status = shown(context, datasource.index, command.name);
  const auto made = ScheduleTimes::make(state.plan->schedule, state.run.slot);
  const auto* times = std::get_if<ScheduleTimes>(&made);
  if (times == nullptr || state.run.slot == Time{}) {
    return status;
  }
  // While it is paused the time that it waited for may be over.
  std::optional<Time> time =
      state.run.slot > context.now ? state.run.slot : times->next(context.now);
  for (; time && status.times.size() < command.times; time = times->next(*time)) {
    status.times.push_back({*time});
  }
  return status;
}

Answer apply(Context& context, const Datasource& datasource, const ListSchedules& command) {
  jobq::SchedulePage page{.schedules = {}, .is_end = true};
  const auto& all = context.state.schedules.all();
  for (auto next = all.upper_bound({datasource.index, command.after});
       next != all.end() && next->first.first == datasource.index; ++next) {
    if (!is_of(next->second, command.client) ||
        !context.is_for(next->second.plan->schedule.job.function)) {
      continue;
    }
    if (page.schedules.size() == command.limit) {
      page.is_end = false;
      break;
    }
    page.schedules.push_back(shown(context, datasource.index, next->first.second));
    page.schedules.back().schedule.job.request.clear();
  }
  return page;
}

Answer apply(Context& context, const Datasource& datasource, const ChangeSchedule& command) {
  using How = ChangeSchedule::How;
  const auto found = find_schedule(context, datasource.index, command.name, command.client);
  if (const auto* refused = std::get_if<Refused>(&found)) {
    return *refused;
  }
  const ScheduleState& state = *std::get<const ScheduleState*>(found);
  if (command.how == How::kRun) {
    return run_now(context, datasource.name, command, state);
  }
  if (command.how == How::kRemove) {
    jobq::ScheduleStatus status = shown(context, datasource.index, command.name);
    context.record({.datasource = datasource.index}, ScheduleRemoved{command.name});
    return status;
  }
  const bool pauses = command.how == How::kPause;
  if (!pauses && state.run.is_token_over) {
    return Refused{Code::kConflict, "schedule: " + state.run.paused_why + "; add it again"};
  }
  if (state.run.is_paused != pauses) {
    ScheduleRun run = state.run;
    run.is_paused = pauses;
    run.paused_why = pauses ? "somebody asked for it" : "";
    const jobq::Schedule& schedule = state.plan->schedule;
    auto made = ScheduleTimes::make(schedule, run.slot);
    if (const auto* wrong = std::get_if<std::string>(&made)) {
      return Refused{Code::kConflict, *wrong};
    }
    if (!pauses && run.slot <= context.now) {
      // What came while it was paused is no part of what is made up for.
      const auto& times = std::get<ScheduleTimes>(made);
      wait_for(run, schedule, command.name, times, times.next(context.now));
    }
    record_run(context, {datasource.index, command.name}, std::move(run));
  }
  return shown(context, datasource.index, command.name);
}

}  // namespace store
