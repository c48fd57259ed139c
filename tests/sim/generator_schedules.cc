// Schedules, of chance of their own: lives without any are as they were.
#include "generator.h"

namespace store::sim {

using namespace std::chrono_literals;

std::optional<Command> Generator::about_schedules() {
  if (!has_schedules_ || !scheduling_.percent(6)) {
    return std::nullopt;
  }
  switch (scheduling_.below(8u)) {
    case 0:
    case 1:
    case 2: return put_schedule();
    case 3:
    case 4: return get_schedule();
    case 5: return list_schedules();
    default: return change_schedule();
  }
}

std::optional<std::string> Generator::asking_client() {
  return scheduling_.percent(30) ? std::optional<std::string>() : scheduling_.one_of(clients_);
}

PutSchedule Generator::put_schedule() {
  PutSchedule made{scheduling_.one_of(datasources_), schedule(), {}, {}, {}};
  jobq::Schedule& wanted = made.schedule;
  if (scheduling_.percent(30)) {
    wanted.cron = "*/5 * * * *";
  } else {
    wanted.every = scheduling_.one_of<Span>({1s, 7s, 60s, 3600s, 86'400s});
  }
  wanted.catch_up = static_cast<jobq::CatchUp>(scheduling_.below(3u));
  wanted.overlap = static_cast<jobq::Overlap>(scheduling_.below(3u));
  wanted.jitter = scheduling_.one_of<Span>({0ms, 0ms, 1ms, 500ms, 20s, 24h});
  wanted.job.client = scheduling_.one_of(clients_);
  wanted.job.request = scheduling_.one_of({std::string("1"), std::string("[1,2,3,4]")});
  wanted.job.priority = scheduling_.one_of({0u, 0u, 40u, 60u});
  wanted.job.function = scheduling_.percent(50) ? "" : scheduling_.one_of(functions_);
  wanted.job.terms.keep_for = scheduling_.one_of<Span>({0ms, 1ms, 5000ms});
  made.token_until = scheduling_.percent(20) ? now_ + Span(scheduling_.below(600'000)) : Time();
  return made;
}

GetSchedule Generator::get_schedule() {
  return {scheduling_.one_of(datasources_), schedule(), asking_client(), scheduling_.below(4u)};
}

ListSchedules Generator::list_schedules() {
  return {scheduling_.one_of(datasources_), asking_client(),
          scheduling_.percent(30) ? schedule() : "", scheduling_.one_of({1u, 2u, 100u})};
}

ChangeSchedule Generator::change_schedule() {
  ChangeSchedule made{scheduling_.one_of(datasources_),
                      schedule(),
                      asking_client(),
                      static_cast<ChangeSchedule::How>(scheduling_.below(4u)),
                      {}};
  if (made.how == ChangeSchedule::How::kRun) {
    made.job = "j" + std::to_string(scheduling_.below(job_ids_));
  }
  return made;
}

}  // namespace store::sim
