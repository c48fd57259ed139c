// Schedules: when their jobs are made, with which rights, and that no time ever gets two.
#include <random>
#include <set>

#include "engine_fixture.h"
#include "timestamp.h"

namespace store {
namespace {

Time at(const char* time) { return jobq::parse_time(time).value(); }

jobq::Schedule every(Span span, jobq::CatchUp catch_up = jobq::CatchUp::kNone,
                     jobq::Overlap overlap = jobq::Overlap::kQueue) {
  return {.every = span,
          .catch_up = catch_up,
          .overlap = overlap,
          .job = {.request = "{}", .client = "alice"}};
}
jobq::Schedule by_cron(const std::string& cron, const std::string& zone = {},
                       jobq::CatchUp catch_up = jobq::CatchUp::kNone) {
  jobq::Schedule schedule = every({}, catch_up);
  schedule.cron = cron;
  schedule.zone = zone;
  return schedule;
}

class Scheduled : public ReplayedEngine {
 public:
  Scheduled() { now = at("2026-03-28T12:00:00Z"); }

  jobq::ScheduleStatus put(jobq::Schedule schedule, const std::string& name = "s",
                           Allowance allowance = {}, Time token_until = {}) {
    return ask<jobq::ScheduleStatus>(
        PutSchedule{"scan", name, std::move(schedule), std::move(allowance), token_until});
  }
  std::string refusal_of(jobq::Schedule schedule, Allowance allowance = {}) {
    return unchanged([&] {
      const auto reply = apply(PutSchedule{"scan", "s", std::move(schedule), std::move(allowance)});
      return std::get<Refused>(*reply).detail;
    });
  }
  jobq::ScheduleStatus show(const std::string& name = "s", std::size_t times = 0) {
    return ask<jobq::ScheduleStatus>(GetSchedule{"scan", name, "alice", times});
  }
  ChangeSchedule change_command(ChangeSchedule::How how, const std::string& job = {}) {
    return {"scan", "s", "alice", how, job};
  }
  jobq::ScheduleStatus change(ChangeSchedule::How how) {
    return ask<jobq::ScheduleStatus>(change_command(how));
  }
  // The store is off, or busy, until then.
  void come_at(const char* time) { advance(at(time) - now); }
  Ids jobs() { return ids(ask<ListReply>(list_command({})).jobs); }
};

using How = ChangeSchedule::How;

}  // namespace

TEST_CASE_METHOD(Scheduled, "a schedule makes a job at each of its times", "[schedule]") {
  const auto added = put(by_cron("30 2 * * *", "Europe/Berlin"));
  CHECK(added.next_at == at("2026-03-29T01:00:00Z"));  // 02:30 is skipped there
  CHECK(engine.next_deadline() == added.next_at);
  come_at("2026-03-29T00:59:59.999Z");
  CHECK(jobs().empty());
  come_at("2026-03-29T01:00:00Z");
  CHECK(jobs() == Ids{"s.20260329T010000Z"});
  CHECK(show().next_at == at("2026-03-30T00:30:00Z"));
  CHECK(show().last_status == "submitted");
  come_at("2026-03-30T00:30:05Z");
  CHECK(jobs() == Ids{"s.20260329T010000Z", "s.20260330T003000Z"});
  CHECK(show().runs == 2);
  CHECK(show().last_slot == at("2026-03-30T00:30:00Z"));
  CHECK(show().last_at == now);
}

TEST_CASE_METHOD(Scheduled, "what is no schedule is refused with the field", "[schedule]") {
  CHECK(refusal_of(by_cron("61 * * * *")) == "cron: minute: '61' is not within 0..59");
  CHECK(refusal_of(by_cron("0 0 30 2 *")) == "cron: never comes, within 41 years at least");
  CHECK(refusal_of(by_cron("@daily", "Europe/Atlantis")).starts_with("zone: is none of the"));
  jobq::Schedule urgent = by_cron("@daily");
  urgent.job.priority = 90;
  CHECK(refusal_of(urgent, {.priority_max = 50}) ==
        "priority: 90 is above the token's priority <= 50");
}

TEST_CASE_METHOD(Scheduled, "of what was missed, as much is made up for as it says", "[schedule]") {
  put(every(1h), "none");
  put(every(1h, jobq::CatchUp::kOne), "one");
  put(every(1h, jobq::CatchUp::kAll), "all");
  come_at("2026-03-28T16:30:00Z");
  CHECK(jobs() == Ids{"all.20260328T130000Z", "one.20260328T160000Z", "all.20260328T140000Z",
                      "all.20260328T150000Z", "all.20260328T160000Z"});
  CHECK(show("none").skipped_why == "was missed: the store was off, or had no room");
  CHECK(show("none").next_at == at("2026-03-28T17:00:00Z"));
  come_at("2026-03-28T17:01:00Z");  // late, but not missed
  CHECK(jobs().size() == 8);
}

TEST_CASE_METHOD(Scheduled, "no more than the last 1000 are made up for, in steps", "[schedule]") {
  limits.schedules_per_turn_max = 300;
  put(by_cron("* * * * * *", "Europe/Berlin", jobq::CatchUp::kAll));
  come_at("2026-03-30T12:00:00Z");
  CHECK(engine.state().jobs.live_count() == 300);
  for (int turn = 0; turn < 5; ++turn) {
    tick();
  }
  CHECK(engine.state().jobs.live_count() == 1000);
  CHECK(find("s.20260330T114320Z") == nullptr);
  CHECK(find("s.20260330T114321Z") != nullptr);
  CHECK(find("s.20260330T120000Z") != nullptr);
}

TEST_CASE_METHOD(Scheduled, "while the job before has not ended, the overlap decides",
                 "[schedule]") {
  put(every(1h, {}, jobq::Overlap::kSkip), "skip");
  put(every(1h, {}, jobq::Overlap::kQueue), "queue");
  put(every(1h, {}, jobq::Overlap::kReplace), "replace");
  come_at("2026-03-28T13:00:00Z");
  const Lease running =
      std::get<UpdateReply::Result>(take("replace.20260328T130000Z")).accepted.value().lease;
  come_at("2026-03-28T13:00:01Z");
  renew(running, 3600s);
  come_at("2026-03-28T14:00:00Z");
  CHECK(find("skip.20260328T140000Z") == nullptr);
  CHECK(show("skip").skipped_why == "the job skip.20260328T130000Z had not ended");
  CHECK(find("queue.20260328T140000Z") != nullptr);
  CHECK(find("replace.20260328T130000Z")->cancel_sequence != 0);
  CHECK(status("replace.20260328T140000Z") == Status::kSubmitted);
  come_at("2026-03-28T15:00:00Z");
  CHECK(status("replace.20260328T140000Z") == Status::kCancelled);
  CHECK(show("replace").last_status == "submitted");
  cancel("skip.20260328T130000Z");
  CHECK(show("skip").last_status == "cancelled");
  CHECK(show("skip").last_ended_at == now);
  come_at("2026-03-28T16:00:00Z");
  CHECK(find("skip.20260328T160000Z") != nullptr);
}

TEST_CASE_METHOD(Scheduled, "how the last job ended is known when the job is forgotten",
                 "[schedule]") {
  jobq::Schedule schedule = every(24h);
  schedule.job.terms.keep_for = 1s;
  put(schedule);
  advance(24h);
  fail(accept_one());
  advance(2s);
  CHECK(jobs().empty());
  CHECK(show().last_status == "failed");
}

TEST_CASE_METHOD(Scheduled, "its jobs are held to the budgets of its token", "[schedule]") {
  token = "k1.a";
  put(every(1h, jobq::CatchUp::kOne), "s", {.waiting_max = 1, .rates = {{5, RateSpan::kDay}}});
  token = "";
  advance(1h);
  CHECK(last<Submitted>().token == "k1.a");
  advance(1h);
  CHECK(jobs().size() == 1);
  CHECK(show().skipped_why == "token: waiting <= 1, and 1 jobs are waiting");
  CHECK(show().next_at == now + 30s);  // tried again
  cancel(jobs()[0]);
  advance(30s);
  CHECK(jobs() == Ids{"s.20260328T130000Z", "s.20260328T140000Z"});
  CHECK(last<Charged>().token == "k1.a");
}

TEST_CASE_METHOD(Scheduled, "a schedule whose token ends is paused, and has to be added again",
                 "[schedule]") {
  token = "k1.a";
  put(every(1h), "s", {}, now + 90min);
  put(every(1h), "t");
  token = "k1.b";
  put(every(1h), "u");
  token = "";
  advance(1h);
  CHECK(jobs().size() == 3);
  advance(1h);
  CHECK(jobs().size() == 5);
  CHECK(show().is_paused);
  CHECK(show().paused_why == "its token has expired");
  CHECK(show().next_at == Time{});
  ask<TokensReply>(RevokeToken{"k1.a", {}});
  CHECK(show("t").paused_why == "its token was revoked");
  const auto refused = [&](How how, const std::string& job = {}) {
    return unchanged([&] { return refusal(apply(change_command(how, job))); });
  };
  CHECK(refused(How::kResume) == Code::kConflict);
  CHECK(refused(How::kRun, "j") == Code::kConflict);
  advance(10h);
  CHECK_FALSE(show("u").is_paused);
  engine.end_tokens_of(now, chance(), "k1", effects);
  collect();
  CHECK(show("u").paused_why == "its token was revoked");
  token = "k2.a";
  CHECK_FALSE(put(every(1h)).is_paused);
  CHECK(show().runs == 1);
}

TEST_CASE_METHOD(Scheduled, "pause and resume leave out what came between", "[schedule]") {
  put(every(1h, jobq::CatchUp::kAll));
  CHECK(change(How::kPause).is_paused);
  unchanged([&] { return change(How::kPause); });
  advance(150min);
  CHECK(jobs().empty());
  CHECK(show("s", 2).times.front().at == now + 30min);
  CHECK(change(How::kResume).next_at == now + 30min);
  advance(30min);
  CHECK(jobs() == Ids{"s.20260328T150000Z"});
  CHECK(change(How::kRemove).runs == 1);
  CHECK(refusal(apply(GetSchedule{"scan", "s", "alice", 0})) == Code::kNotFound);
  advance(24h);
  CHECK(jobs() == Ids{"s.20260328T150000Z"});
}

TEST_CASE_METHOD(Scheduled, "a job that is made now is made once for its id", "[schedule]") {
  put(every(1h, {}, jobq::Overlap::kSkip));
  const auto made = ask<SubmitReply>(change_command(How::kRun, "mine"));
  CHECK(std::get<SubmitReply::Result>(made.items.at(0)).created);
  unchanged([&] { return apply(change_command(How::kRun, "mine")); });
  CHECK(show().runs == 1);
  advance(1h);
  CHECK(jobs() == Ids{"mine"});
}

TEST_CASE_METHOD(Scheduled, "one that is added again in the same words stays as it is",
                 "[schedule]") {
  const auto schedule = every(1h);
  put(schedule);
  unchanged([&] { return put(schedule); });
  advance(30min);
  jobq::Schedule other = schedule;
  other.job.request = "[]";
  CHECK(put(other).next_at == now + 30min);  // its times have not changed
  CHECK(put(every(2h)).next_at == now + 2h);
}

TEST_CASE_METHOD(Scheduled, "schedules are of one client each", "[schedule]") {
  put(every(1h));
  jobq::Schedule of_bob = every(1h);
  of_bob.job.client = "bob";
  CHECK(refusal(apply(PutSchedule{"scan", "s", of_bob})) == Code::kForbidden);
  put(of_bob, "b");
  CHECK(refusal(apply(GetSchedule{"scan", "b", "alice", 0})) == Code::kForbidden);
  const auto page = ask<jobq::SchedulePage>(ListSchedules{"scan", "alice", "", 10});
  CHECK((page.schedules.size() == 1 && page.is_end));
  const auto all = ask<jobq::SchedulePage>(ListSchedules{"scan", {}, "", 1});
  CHECK((all.schedules.at(0).name == "b" && !all.is_end));
  CHECK(ask<jobq::SchedulePage>(ListSchedules{"scan", {}, "b", 1}).schedules.at(0).name == "s");
}

TEST_CASE_METHOD(Scheduled, "no token holds more schedules, nor more of them, than it may",
                 "[share]") {
  limits.schedules_per_token_max = 2;
  limits.schedule_bytes_per_token_max = 5000;
  token = "k1.a";
  put(every(1h), "a");
  put(every(1h), "b");
  put(every(2h), "b");
  const auto reply = apply(PutSchedule{"scan", "c", every(1h)});
  CHECK(std::get<Refused>(*reply).limit == "schedulesPerTokenMax");
  jobq::Schedule large = every(1h);
  large.job.request = '"' + std::string(4000, 'a') + '"';
  CHECK(std::get<Refused>(*apply(PutSchedule{"scan", "b", large})).limit ==
        "scheduleBytesPerTokenMax");
  token = "k1.b";
  put(every(1h), "c");
}

TEST_CASE_METHOD(Scheduled, "jitter delays each job by a time of its own, below the next",
                 "[schedule]") {
  jobq::Schedule schedule = every(1min);
  schedule.jitter = 24h;
  put(schedule);
  std::set<Span> delays;
  for (int i = 0; i < 20; ++i) {
    const Time due = show().next_at;
    now = due;
    tick();
    collect();
    CHECK(show().last_at == due);
    const Span delay = due - show().last_slot;
    CHECK((delay >= 0ms && delay < 1min));
    delays.insert(delay);
  }
  CHECK(delays.size() > 15);
}

TEST_CASE_METHOD(Scheduled, "a jitter that is changed late stays below the next time",
                 "[schedule]") {
  put(every(1min));
  now += 2h;  // nothing is made meanwhile
  jobq::Schedule schedule = every(1min);
  schedule.jitter = 24h;
  const Time slot = at("2026-03-28T12:01:00Z");
  const Time due = put(schedule).next_at;
  CHECK(due > slot);
  CHECK(due < slot + 1min);
}

// Whatever turns a crash leaves on disk, and however late the store comes back.
TEST_CASE("no time of a schedule ever gets two jobs, over crashes at any moment", "[schedule]") {
  const jobq::CatchUp catch_ups[] = {jobq::CatchUp::kNone, jobq::CatchUp::kOne,
                                     jobq::CatchUp::kAll};
  const jobq::Overlap overlaps[] = {jobq::Overlap::kSkip, jobq::Overlap::kQueue,
                                    jobq::Overlap::kReplace};
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](unsigned end) { return random() % end; };
    Limits limits;
    limits.schedules_per_turn_max = 1 + static_cast<int>(below(3));
    Time now = at("2026-10-24T22:00:00Z");
    std::vector<std::pair<Time, std::vector<Entry>>> disk;
    auto engine = std::make_unique<Engine>(limits, seed);
    Effects effects;
    const auto commit = [&] {
      if (!effects.entries.empty()) {
        disk.emplace_back(now, effects.entries);
      }
      effects.clear();
    };
    for (int i = 0; i < 3; ++i) {
      jobq::Schedule schedule =
          i == 0 ? every(std::chrono::seconds(1 + below(600)))
                 : by_cron(i == 1 ? "*/7 * * * *" : "10,40 2 * * *", "Europe/Berlin");
      schedule.catch_up = catch_ups[below(3)];
      schedule.overlap = overlaps[below(3)];
      schedule.jitter = below(2) == 0 ? 0s : std::chrono::seconds(below(500));
      engine->apply(now, 1, {}, PutSchedule{"scan", "s" + std::to_string(i), schedule}, effects);
    }
    commit();
    std::set<std::string> made;
    for (unsigned turn = 0; turn < 100; ++turn) {
      now += below(20) == 0 ? Span(below(20'000'000)) : Span(below(400'000));
      engine->tick(now, turn, effects);
      for (const std::string& job : made) {
        if (below(4) == 0) {
          engine->apply(now, 1, {}, Cancel{"scan", job, {}}, effects);
        }
      }
      if (below(10) == 0) {  // what was not committed never was
        engine = std::make_unique<Engine>(limits, turn);
        for (auto& [time, entries] : disk) {
          for (Entry entry : entries) {
            engine->state_to_restore().apply(time, entry);
          }
        }
        effects.clear();
        continue;
      }
      for (const Entry& entry : effects.entries) {
        if (const auto* submitted = std::get_if<Submitted>(&entry.change)) {
          INFO("seed " << seed << ", turn " << turn << ": " << submitted->id);
          REQUIRE(made.insert(submitted->id).second);
        }
      }
      commit();
    }
    REQUIRE(made.size() > 5);
  }
}

}  // namespace store
