// jobq schedule: jobs that the store submits again and again, by the clock.
#include "config_options.h"
#include "flow_options.h"
#include "job_calls.h"
#include "job_view.h"
#include "jobq/schedule_client.h"
#include "output.h"
#include "program.h"
#include "show_whole.h"

namespace tools {
namespace {

constexpr std::size_t kRequestBytesMax = 2U << 20;
constexpr unsigned kTimesShown = 10;

std::string times_of(const jobq::Schedule& schedule) {
  if (schedule.cron.empty()) return "every " + span_text(schedule.every);
  return schedule.cron + (schedule.zone.empty() ? "" : " " + schedule.zone);
}

std::string next_of(const jobq::ScheduleStatus& schedule, jobq::Time now) {
  return schedule.is_paused                 ? "paused"
         : schedule.next_at == jobq::Time{} ? "never"
                                            : moment(schedule.next_at, now);
}

std::string details(const jobq::ScheduleStatus& schedule, jobq::Time now) {
  const jobq::Schedule& plan = schedule.schedule;
  NamedTexts texts;
  const auto line = [&](const char* what, const std::string& value) { texts.add(what, value); };
  const auto when = [&](jobq::Time time) {
    return time == jobq::Time{} ? std::string() : moment(time, now);
  };
  line("schedule", schedule.name);
  line("when", times_of(plan));
  line("catch-up", std::string(jobq::to_string(plan.catch_up)));
  line("overlap", std::string(jobq::to_string(plan.overlap)));
  line("jitter", plan.jitter == jobq::Span{} ? "" : span_text(plan.jitter));
  line("client", plan.job.client);
  line("function", plan.job.function);
  line("request", plan.job.request);
  line("added", when(schedule.added_at));
  line("next", next_of(schedule, now));
  line("paused", schedule.paused_why);
  line("jobs", std::to_string(schedule.runs));
  line("last job", schedule.last_job);
  line("result", schedule.last_status);
  line("made", when(schedule.last_at));
  line("ended", when(schedule.last_ended_at));
  line("skipped", when(schedule.skipped_at));
  line("because", schedule.skipped_why);
  return texts.render(display_of(stdout));
}

struct ScheduleOptions {
  jobq::ScheduleAddress address;

  void declare(Options& options) {
    options.datasource("DSID", address.datasource, "Datasource");
    options.job("NAME", address.name, "Name of the schedule");
    options.text("--client NAME", address.client, "Whose it is; not needed when the token says so");
  }
};

struct Add : ScheduleOptions {
  static constexpr Words kWords{
      "add", "Schedules", "Add a schedule, or change the one of that name",
      "  jobq schedule add scan nightly --cron '30 2 * * *' --zone Europe/Berlin --request '{}'\n"
      "  jobq schedule add scan poll --every 15m --jitter 1m --request '{\"all\": true}'\n"
      "  jobq schedule add scan close --cron @monthly --catch-up one --overlap queue --request "
      "1\n\n"
      "Its jobs are submitted with the rights and budgets of the token that this is asked with;\n"
      "when that ends, the schedule is paused. docs/schedules.md has the rules for hours that a\n"
      "time zone skips or repeats."};

  jobq::Schedule schedule;
  std::optional<jobq::CatchUp> catch_up;
  std::optional<jobq::Overlap> overlap;
  std::string request;
  std::string request_file;

  void declare(Options& options) {
    ScheduleOptions::declare(options);
    auto* cron = options.text("--cron TEXT", schedule.cron,
                              "Minute, hour, day of month, month, day of week; a second may stand "
                              "before them. Or @hourly, @daily, @weekly, @monthly, @yearly");
    Options::need(options.text("--zone NAME", schedule.zone,
                               "Time zone of the expression, as Europe/Berlin; default: UTC"),
                  cron);
    Options::exclude(options.span("--every SPAN", schedule.every, "So much apart, instead of it"),
                     cron);
    options.choice("--catch-up WORD", catch_up,
                   "none, one or all: which of the times that were missed get a job after all; "
                   "default: none");
    options.choice("--overlap WORD", overlap,
                   "skip, queue or replace: what becomes of a job while the one before has not "
                   "ended; default: skip");
    options.span("--jitter SPAN", schedule.jitter, "Each job up to so much later; default: none");
    options.text("--request JSON", request, "The request of its jobs: JSON text");
    options.text("--request-file FILE", request_file, "File with the request");
    options.text("--function NAME", schedule.job.function, "What is to be done");
    options.names("--tag NAME", schedule.job.tags, "To find the jobs by; may be repeated");
    options.number("--priority N", schedule.job.priority, "1 to 100, 100 first", kPriority);
    declare_then(options, schedule.job.then);
    declare_keys(options, schedule.job);
    declare_terms(options, schedule.job.terms);
  }

  int run(const ConnectionOptions& common) {
    if (schedule.cron.empty() == (schedule.every == jobq::Span{})) {
      throw UsageError("one of --cron and --every is needed");
    }
    if (request.empty() == request_file.empty()) {
      throw UsageError("one request is needed: --request JSON or --request-file FILE");
    }
    schedule.job.request = checked_json(
        "the request", request_file.empty() ? request : read_input(request_file, kRequestBytesMax));
    schedule.catch_up = catch_up.value_or(jobq::CatchUp::kNone);
    schedule.overlap = overlap.value_or(jobq::Overlap::kSkip);
    const auto connection = common.connection(address.client);
    const auto added = jobq::ScheduleClient(connection).add(address, schedule);
    return show_whole(common, added,
                      fmt::format("next: {}\n", next_of(added, StoreClock(connection).now())));
  }
};

struct Show : ScheduleOptions {
  static constexpr Words kWords{"show", "Schedules",
                                "Show a schedule: what it makes, its last job, why it is paused",
                                "  jobq schedule show scan nightly"};

  int run(const ConnectionOptions& common) const {
    const auto connection = common.connection(address.client);
    const auto schedule = jobq::ScheduleClient(connection).show(address);
    return show_whole(common, schedule, details(schedule, StoreClock(connection).now()));
  }
};

struct Next : ScheduleOptions {
  static constexpr Words kWords{"next", "Schedules", "Show the next times of a schedule, in UTC",
                                "  jobq schedule next scan nightly --times 3"};

  unsigned times = kTimesShown;

  void declare(Options& options) {
    ScheduleOptions::declare(options);
    options.number("--times N", times, "How many; default: 10",
                   {1, static_cast<unsigned>(jobq::limits::kScheduleTimesMax)});
  }

  int run(const ConnectionOptions& common) const {
    const auto schedule =
        jobq::ScheduleClient(common.connection(address.client)).show(address, times);
    return show_all(common, schedule.times, [&] {
      std::string text;
      for (const auto& time : schedule.times) text += jobq::format_time(time.at) + "\n";
      return text;
    });
  }
};

struct List {
  static constexpr Words kWords{"list", "Schedules", "List schedules: when next, and how they went",
                                "  jobq schedule list scan"};

  jobq::ScheduleAddress address;

  void declare(Options& options) {
    options.datasource("DSID", address.datasource, "Datasource");
    options.text("--client NAME", address.client, "Whose; not needed when the token says so");
  }

  int run(const ConnectionOptions& common) const {
    const auto connection = common.connection(address.client);
    jobq::ScheduleClient client(connection);
    std::vector<jobq::ScheduleStatus> all;
    for (bool is_end = false; !is_end;) {
      auto page = client.list(address, all.empty() ? "" : all.back().name);
      is_end = page.is_end;
      all.insert(all.end(), page.schedules.begin(), page.schedules.end());
    }
    return show_all(common, all, [&] {
      const jobq::Time now = StoreClock(connection).now();
      Table table({{"NAME", false, 0, Narrow::kMiddle},
                   {"WHEN", false, 2, Narrow::kEnd},
                   {"NEXT"},
                   {"JOBS", true, 3},
                   {"LAST"},
                   {"MADE", false, 1},
                   {"WHY", false, 0, Narrow::kEnd}});
      for (const auto& one : all) {
        const bool is_bad = one.last_status == to_string(jobq::Status::kFailed);
        table.add({{one.name, Style::kPlain},
                   {times_of(one.schedule), Style::kPlain},
                   {next_of(one, now), one.is_paused ? Style::kBusy : Style::kPlain},
                   {std::to_string(one.runs), Style::kPlain},
                   {one.last_status, is_bad ? Style::kBad : Style::kPlain},
                   {one.last_at == jobq::Time{} ? "" : moment(one.last_at, now), Style::kPlain},
                   {one.is_paused ? one.paused_why : one.skipped_why, Style::kFaint}});
      }
      return table.render(display_of(stdout));
    });
  }
};

template <class Change>
int change(const ConnectionOptions& common, const jobq::ScheduleAddress& address, const char* done,
           const Change& ask) {
  jobq::ScheduleClient client(common.connection(address.client));
  return show_whole(common, ask(client), fmt::format("{}\n", done));
}

struct Pause : ScheduleOptions {
  static constexpr Words kWords{"pause", "Schedules", "Make no jobs until it is resumed",
                                "  jobq schedule pause scan nightly"};

  int run(const ConnectionOptions& common) const {
    return change(common, address, "paused", [&](auto& client) { return client.pause(address); });
  }
};

struct Resume : ScheduleOptions {
  static constexpr Words kWords{
      "resume", "Schedules", "Make jobs again, from the next time on",
      "  jobq schedule resume scan nightly\n\n"
      "What passed while it was paused is not made up for. One whose token has ended is to be\n"
      "added again, with another token."};

  int run(const ConnectionOptions& common) const {
    return change(common, address, "resumed", [&](auto& client) { return client.resume(address); });
  }
};

struct Remove : ScheduleOptions {
  static constexpr Words kWords{"remove", "Schedules", "Remove a schedule; its jobs stay",
                                "  jobq schedule remove scan nightly"};

  int run(const ConnectionOptions& common) const {
    return change(common, address, "removed", [&](auto& client) { return client.remove(address); });
  }
};

struct RunNow : ScheduleOptions {
  static constexpr Words kWords{"run-now", "Schedules",
                                "Make one of its jobs now, print the job's id",
                                "  jobq schedule run-now scan nightly"};

  std::string job;

  void declare(Options& options) {
    ScheduleOptions::declare(options);
    options.text("--job ID", job, "Id of the job; default: a GUID");
  }

  int run(const ConnectionOptions& common) const {
    jobq::ScheduleClient client(common.connection(address.client));
    const auto made = client.run(address, job);
    return show(common, made, [&] { return made.job + "\n"; });
  }
};

}  // namespace

void add_schedule(Program& program) {
  CLI::App* schedule = program.add_parent(
      {"schedule", "Jobs", "Have jobs submitted again and again, by the clock",
       "  jobq schedule add scan nightly --cron '30 2 * * *' --zone Europe/Berlin --request '{}'\n"
       "  jobq schedule list scan\n"
       "  jobq schedule next scan nightly --times 3"},
      program.app);
  program.add<Add, List, Show, Next, Pause, Resume, RunNow, Remove>(*schedule);
}

}  // namespace tools
