// Schedules, by docs/schedules.md. All of them are so much apart, or come by the expression that
// the generator uses, which means each fifth minute; so their times are multiples, from a first
// one.
#include <algorithm>
#include <tuple>
#include <utility>

#include "generator.h"
#include "model.h"
#include "timestamp.h"
#include "words.h"

namespace store::sim {
namespace {

using namespace std::chrono_literals;

constexpr Span kMissedAfter = 1min;
constexpr Span kTryAgainAfter = 30s;

Span step_of(const jobq::Schedule& schedule) {
  return schedule.cron.empty() ? schedule.every : kCronStep;
}
// One of the times.
Time origin_of(const ModelSchedule& schedule) {
  return schedule.schedule.cron.empty() ? schedule.first : Time();
}
Time first_after(const ModelSchedule& schedule, Time time) {
  const Time origin = origin_of(schedule);
  const Span step = step_of(schedule.schedule);
  return time < origin ? origin : origin + ((time - origin) / step + 1) * step;
}

std::string id_of_slot(const std::string& name, Time slot) {
  const std::string time = jobq::rfc3339(slot);  // 2026-11-29T03:00:00.000Z
  std::string id = name + ".";
  std::copy_if(time.begin(), time.begin() + 19, std::back_inserter(id),
               [](char c) { return c != '-' && c != ':'; });
  return id + "Z";
}

bool is_of_client(const ModelSchedule& schedule, const std::optional<std::string>& client) {
  return !client || *client == schedule.schedule.job.client;
}

}  // namespace

ModelSchedule* Model::find_schedule(const std::string& datasource, const std::string& name) {
  const ModelDatasource* of = find(datasource);
  for (ModelSchedule& schedule : schedules_) {
    if (of != nullptr && schedule.datasource == of->index && schedule.facts.name == name) {
      return &schedule;
    }
  }
  return nullptr;
}

template <typename Asked>
ModelSchedule& Model::asked_schedule(const Asked& asked) {
  (void)asked_datasource(asked.datasource);
  ModelSchedule* schedule = find_schedule(asked.datasource, asked.name);
  if (schedule == nullptr) {
    throw Refused{Code::kNotFound, "schedule", {}};
  }
  if (!is_of_client(*schedule, asked.client)) {
    throw Refused{Code::kForbidden, "client", {}};
  }
  return *schedule;
}

jobq::ScheduleStatus Model::shown(const ModelSchedule& schedule) {
  jobq::ScheduleStatus shown = schedule.facts;
  shown.schedule = schedule.schedule;
  shown.next_at = shown.is_paused ? Time() : schedule.due;
  if (const ModelJob* job = find(schedule.last); job != nullptr && shown.last_ended_at == Time()) {
    shown.last_status = to_string(job->status());
  }
  return shown;
}

// The next entry that says what has become of a schedule. When its next job is made is the store's
// choice, within the jitter and before the time after it.
const ScheduleRun& Model::told_run(const ModelSchedule& schedule) {
  for (const Entry& entry : told_->entries.subspan(schedules_read_)) {
    ++schedules_read_;
    const auto* set = std::get_if<ScheduleSet>(&entry.change);
    const auto* changed = std::get_if<ScheduleChanged>(&entry.change);
    if (set == nullptr && changed == nullptr) {
      continue;
    }
    const std::string& name = set != nullptr ? set->name : changed->name;
    if (entry.job.datasource != schedule.datasource || name != schedule.facts.name) {
      throw Mismatch("should be of schedule " + schedule.facts.name + ": " + describe(entry));
    }
    return set != nullptr ? *set->run : *changed->run;
  }
  throw Mismatch("nothing is said of schedule " + schedule.facts.name);
}

void Model::wait_for_slot(ModelSchedule& schedule, Time slot, Time told_due) const {
  const Span most = std::min(schedule.schedule.jitter, step_of(schedule.schedule));
  if (told_due < slot || told_due - slot > std::max(0ms, most - 1ms)) {
    throw Mismatch("the job of " + describe(slot) + " is made at " + describe(told_due));
  }
  schedule.slot = slot;
  schedule.due = told_due;
}

void Model::note_made(ModelSchedule& schedule, const JobView& job, Time slot) {
  jobq::ScheduleStatus& facts = schedule.facts;
  facts.runs += 1;
  facts.last_job = job.job;
  facts.last_slot = slot;
  facts.last_at = now_;
  facts.last_status = "submitted";
  facts.last_ended_at = Time();
  schedule.last = job.key;
}

void Model::note_end_of_run(const ModelJob& job) {
  for (ModelSchedule& schedule : schedules_) {
    if (schedule.last == job.facts.key) {
      schedule.facts.last_status = to_string(job.status());
      schedule.facts.last_ended_at = job.facts.finished_at;
    }
  }
}

Time Model::next_schedule() const {
  Time next = Time::max();
  for (const ModelSchedule& schedule : schedules_) {
    next = schedule.facts.is_paused ? next : std::min(next, schedule.due);
  }
  return next;
}

bool Model::is_of_schedules(const Entry& entry) {
  const Change& change = entry.change;
  const ModelJob* job = find(entry.job);
  return std::holds_alternative<ScheduleChanged>(change) ||
         std::holds_alternative<Submitted>(change) || std::holds_alternative<Charged>(change) ||
         std::holds_alternative<TokenForgotten>(change) ||
         std::holds_alternative<CancelRequested>(change) ||
         (std::holds_alternative<Cancelled>(change) && job != nullptr && is_waiting(job->status()));
}

// Those that are due, first those that were so first.
void Model::run_schedules() {
  schedules_read_ = 0;
  for (int left = limits_.schedules_per_turn_max; left > 0 && next_schedule() <= now_; --left) {
    ModelSchedule* first = nullptr;
    for (ModelSchedule& any : schedules_) {
      const auto place = [](const ModelSchedule& of) {
        return std::tuple(of.due, of.datasource, of.facts.name);
      };
      if (!any.facts.is_paused && (first == nullptr || place(any) < place(*first))) {
        first = &any;
      }
    }
    run_schedule(*first, told_run(*first));
  }
  for (const Entry& entry : told_->entries.subspan(schedules_read_)) {
    if (std::holds_alternative<ScheduleChanged>(entry.change)) {
      throw Mismatch("no schedule is due: " + describe(entry));
    }
  }
}

void Model::run_schedule(ModelSchedule& schedule, const ScheduleRun& told) {
  jobq::ScheduleStatus& facts = schedule.facts;
  const Span step = step_of(schedule.schedule);
  const auto skip = [&] {
    facts.skipped_at = now_;
    facts.skipped_why = told.skipped_why;
    if (told.skipped_why.empty()) {
      throw Mismatch("schedule " + facts.name + " does not say why it skips a time");
    }
  };
  if (schedule.token_until != Time() && schedule.token_until <= now_) {
    facts.is_paused = schedule.is_token_over = true;
    facts.paused_why = "its token has expired";
    return;
  }
  const Time latest = first_after(schedule, now_) - step;
  const Span back = schedule.schedule.catch_up == jobq::CatchUp::kAll
                        ? step * static_cast<Span::rep>(limits_.catch_up_max - 1)
                        : 0ms;
  const Time slot = std::max(schedule.slot, latest - back);
  const bool is_later = slot != schedule.slot;
  if (is_later) {
    skip();
    // If it is not time yet, that is all; else when it was time only the store knows.
    const bool is_all = told.slot == slot && told.due > now_;
    if (is_all && told.skipped_why == "was missed, and a later time has come") {
      return wait_for_slot(schedule, slot, told.due);
    }
    schedule.due = slot;
  }
  const Time next = slot + step;
  const bool is_missed = schedule.schedule.catch_up == jobq::CatchUp::kNone &&
                         now_ - schedule.due > kMissedAfter &&
                         (!is_later || (told.last_slot != slot && told.slot != slot));
  if (is_missed) {
    skip();
    return wait_for_slot(schedule, next, told.due);
  }
  if (ModelJob* last = find(schedule.last); last != nullptr && !is_final(last->status())) {
    if (schedule.schedule.overlap == jobq::Overlap::kSkip) {
      skip();
      return wait_for_slot(schedule, next, told.due);
    }
    if (schedule.schedule.overlap == jobq::Overlap::kReplace) {
      (void)on(Cancel{datasources_[schedule.datasource].name, last->facts.job, {}});
    }
  }
  NewJob job = schedule.schedule.job;
  job.job = id_of_slot(facts.name, slot);
  const std::string before = std::exchange(token_, schedule.token);
  try {
    const auto made =
        submit(datasources_[schedule.datasource].name, schedule.allowance, job, kNotTold);
    token_ = before;
    note_made(schedule, made.job, slot);
    wait_for_slot(schedule, next, told.due);
  } catch (const Refused& refused) {
    token_ = before;
    skip();
    if (refused.code != Code::kTooMany && refused.code != Code::kFull &&
        refused.code != Code::kUnavailable) {
      return wait_for_slot(schedule, next, told.due);
    }
    if (told.slot != slot || told.due < now_ + kTryAgainAfter) {
      throw Mismatch("schedule " + facts.name + " is to try again");
    }
    schedule.slot = slot;
    schedule.due = told.due;
  }
}

void Model::end_schedules_of(const std::function<bool(const std::string&)>& is_over) {
  for (ModelSchedule& schedule : schedules_) {
    if (is_over(schedule.token) && !schedule.is_token_over) {
      schedule.facts.is_paused = schedule.is_token_over = true;
      schedule.facts.paused_why = "its token was revoked";
    }
  }
}

// ------------------------------------------------------------------------------- what is asked

Model::Answered Model::on(const PutSchedule& put) {
  ModelSchedule* there = find_schedule(put.datasource, put.name);
  if (there != nullptr && there->schedule.job.client != put.schedule.job.client) {
    throw Refused{Code::kForbidden, "client", {}};
  }
  if (put.allowance.priority_max && put.schedule.job.priority > *put.allowance.priority_max) {
    throw Refused{Code::kForbidden, "priority", {}};
  }
  if (put.allowance.bytes_max && put.schedule.job.request.size() > *put.allowance.bytes_max) {
    throw Refused{Code::kTooLarge, "bytes", {}};
  }
  const DatasourceIndex datasource = found_or_made(put.datasource).index;
  if (there != nullptr && !there->is_token_over && there->token == token_ &&
      there->token_until == put.token_until && there->allowance == put.allowance &&
      describe(there->schedule) == describe(put.schedule)) {
    return shown(*there);
  }
  const bool is_new = there == nullptr;
  const bool stays = !is_new && !there->is_token_over &&
                     there->schedule.cron == put.schedule.cron &&
                     there->schedule.every == put.schedule.every;
  ModelSchedule& schedule = is_new ? schedules_.emplace_back() : *there;
  schedule.datasource = datasource;
  schedule.facts.name = put.name;
  schedule.facts.added_at = is_new ? now_ : schedule.facts.added_at;
  schedule.schedule = put.schedule;
  schedule.allowance = put.allowance;
  schedule.token = token_;
  schedule.token_until = put.token_until;
  if (schedule.is_token_over) {
    schedule.is_token_over = schedule.facts.is_paused = false;
    schedule.facts.paused_why.clear();
  }
  schedules_read_ = 0;
  if (!stays) {
    schedule.first = std::chrono::floor<std::chrono::seconds>(now_);
    wait_for_slot(schedule, first_after(schedule, now_), told_run(schedule).due);
  } else {
    wait_for_slot(schedule, schedule.slot, told_run(schedule).due);
  }
  return shown(schedule);
}

Model::Answered Model::on(const GetSchedule& get) {
  const ModelSchedule& schedule = asked_schedule(get);
  jobq::ScheduleStatus status = shown(schedule);
  Time time = schedule.slot > now_ ? schedule.slot : first_after(schedule, now_);
  for (; status.times.size() < get.times; time += step_of(schedule.schedule)) {
    status.times.push_back({time});
  }
  return status;
}

Model::Answered Model::on(const ListSchedules& list) {
  const ModelDatasource& datasource = asked_datasource(list.datasource);
  std::map<std::string, const ModelSchedule*> found;
  for (const ModelSchedule& schedule : schedules_) {
    if (schedule.datasource == datasource.index && schedule.facts.name > list.after &&
        is_of_client(schedule, list.client)) {
      found[schedule.facts.name] = &schedule;
    }
  }
  jobq::SchedulePage page{.schedules = {}, .is_end = found.size() <= list.limit};
  for (const auto& [name, schedule] : found) {
    if (page.schedules.size() < list.limit) {
      page.schedules.push_back(shown(*schedule));
      page.schedules.back().schedule.job.request.clear();
    }
  }
  return page;
}

Model::Answered Model::on(const ChangeSchedule& change) {
  using How = ChangeSchedule::How;
  ModelSchedule& schedule = asked_schedule(change);
  jobq::ScheduleStatus& facts = schedule.facts;
  if (schedule.is_token_over && (change.how == How::kRun || change.how == How::kResume)) {
    throw Refused{Code::kConflict, "token", {}};
  }
  schedules_read_ = 0;
  switch (change.how) {
    case How::kRemove: {
      const jobq::ScheduleStatus gone = shown(schedule);
      std::erase_if(schedules_, [&](const ModelSchedule& any) { return &any == &schedule; });
      return gone;
    }
    case How::kRun: {
      NewJob job = schedule.schedule.job;
      job.job = change.job;
      const auto* told = told_->reply == nullptr ? nullptr : std::get_if<SubmitReply>(told_->reply);
      const auto* refused = told == nullptr ? nullptr : std::get_if<Refused>(&told->items.at(0));
      const Span told_retry_after = refused == nullptr ? Span::zero() : refused->retry_after;
      const std::string before = std::exchange(token_, schedule.token);
      try {
        const auto made = submit(change.datasource, schedule.allowance, job, told_retry_after);
        token_ = before;
        if (made.created) {
          note_made(schedule, made.job, now_);
        }
        return SubmitReply{{made}};
      } catch (const Refused& refusal) {
        token_ = before;
        return SubmitReply{{refusal}};
      }
    }
    case How::kPause:
    case How::kResume: break;
  }
  const bool pauses = change.how == How::kPause;
  if (facts.is_paused != pauses) {
    facts.is_paused = pauses;
    facts.paused_why = pauses ? "somebody asked for it" : "";
    if (!pauses && schedule.slot <= now_) {
      wait_for_slot(schedule, first_after(schedule, now_), told_run(schedule).due);
    }
  }
  return shown(schedule);
}

}  // namespace store::sim
