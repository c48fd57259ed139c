// jobq watch: what happens to jobs, as it happens.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "group.h"
#include "job_calls.h"
#include "job_view.h"
#include "jobq/watch.h"
#include "json_fields.h"
#include "printing.h"
#include "program.h"
#include "screen.h"
#include "signal_thread.h"
#include "utf8.h"
#include "watch_view.h"

namespace tools {
namespace {

using Clock = std::chrono::steady_clock;

// Between two paintings of the table.
constexpr jobq::Span kPaintEvery = std::chrono::milliseconds(250);

constexpr const char* kWatchExample =
    R"(  jobq watch scan
  jobq watch scan --jsonl | jq --unbuffered 'select(.event == "failed")'
  jobq watch scan 6f9619ff-8b86-4011-b42d-00c04fc964ff
  jobq watch scan job-7 --json | jq --unbuffered .progress
  jobq watch scan --driver --from 1234

Without a job: all events of your jobs, or with --driver of all clients' jobs, as they happen, each
once: on a terminal as a table, otherwise a line for each, after those of the jobs that are there.
Lines that begin with -- (with --jsonl: the events snapshot, lost, repair) say what else there is to
know: how the stream is, and whether events are lost because the store has forgotten them. Restarts
of the store are waited for. At its end it says with which --from to go on without a gap.

With --group: a line each time more of its jobs have ended, on a terminal with a bar, until all
have; the exit code is that of `jobq wait --group`.

With a job: its changes until it is final; on a terminal its progress is a bar. Changes that come
close together may be one line, but not with --jsonl or --from: then each event is one. --json
prints the whole job each time. The exit code is that of `jobq wait`.)";

// How a group's jobs stand, told as they end.
constexpr jobq::Span kTellEvery = std::chrono::milliseconds(250);

struct WatchCommand {
  static constexpr Words kWords{
      "watch", "Jobs", "Print each change of one job, or of all, as it happens", kWatchExample};

  JobOptions job;  // `job.job` may be empty
  std::string named_job;
  std::string group;
  jobq::WatchOptions watch;
  jobq::Span timeout = kForEver;
  bool json_lines = false;

  void declare(Options& options) {
    options.datasource("DSID", job.datasource, "Datasource");
    options.job("[JOB]", job.job, "Job id; default: all jobs");
    options.job("--job JOB", named_job, "The same");
    options.text("--group NAME", group, "How the jobs of this group stand, until all have ended");
    job.declare_caller(options, "With a driver's token: of all clients");
    options.number("--from CURSOR", watch.from,
                   "Go on after this event instead of beginning with the jobs that are there; 0: "
                   "with the oldest that is kept");
    options.span("--timeout SPAN", timeout,
                 "How long to watch, e.g. 60s (with a job exit code 7 then); default: for ever");
    options.flag("--jsonl", json_lines, "One JSON line for each event");
    options.text("--status-endpoint URL", watch.status_endpoint,
                 "Where the status stream is; default: where the store says");
  }

  int run(const ConnectionOptions& common);
};

// The changes of one job. On a terminal the progress stays in its place, below what has changed
// otherwise.
class JobWatcher {
 public:
  explicit JobWatcher(bool json) : json_(json), bar_(stdout) {}

  void changed(const jobq::JobStatus& job) {
    if (json_) {
      print_json(job_text(job));
      std::fflush(stdout);
      return;
    }
    const jobq::Time now = system_now();
    jobq::JobStatus without_progress = job;
    if (bar_.is_shown()) {
      without_progress.progress = 0;
      without_progress.progress_message.clear();
    }
    // What is there at first has not happened now.
    const jobq::Time seen = std::exchange(is_first_, false) ? jobq::Time{} : now;
    const std::string line = change_line(without_progress, changed_at(job, seen), now);
    const std::string news = line.substr(line.find(' '));  // the time alone is none
    if (news != last_) {
      bar_.clear();
      print("{}\n", line);
      std::fflush(stdout);
      last_ = news;
    }
    if (!jobq::is_final(job.status)) bar_.show(progress_of(job, now));
  }

 private:
  bool json_;
  LiveLine bar_;
  bool is_first_ = true;
  std::string last_;
};

int run_job_watch(const WatchCommand& command, const jobq::Connection& connection, bool json) {
  JobCalls calls(command.job, connection);
  JobWatcher watcher(json);
  const auto end =
      calls.follow(command.timeout, [&](const jobq::JobStatus& job) { watcher.changed(job); });
  return end ? exit_code_of(end->status) : kNotFinal;
}

// Prints how a group stands, when that has changed.
class GroupWatcher {
 public:
  GroupWatcher(std::string group, bool json)
      : group_(std::move(group)), json_(json), bar_(stdout) {}

  void changed(const GroupTally& tally) {
    const std::size_t ended = tally.jobs - tally.live.size();
    const std::string text = text_of(tally);
    if (text != last_) {
      last_ = text;
      bar_.clear();
      if (json_) {
        print_json(to_text(fields_of(tally, group_)));
      } else {
        print("{}  {} of {} ended: {}\n", clock_text(system_now(), system_now()), ended, tally.jobs,
              text);
      }
      std::fflush(stdout);
    }
    if (!json_ && !tally.live.empty()) {
      bar_.show({.label = group_,
                 .value = static_cast<double>(ended) / static_cast<double>(tally.jobs),
                 .message = text});
    }
  }

 private:
  const std::string group_;
  const bool json_;
  LiveLine bar_;
  std::string last_;
};

// Looks when an event of the client says that something may have changed, and not too often.
int run_group_watch(const WatchCommand& command, const jobq::Connection& connection, bool json) {
  GroupCalls calls(command.job, connection, command.group);
  GroupWatcher watcher(command.group, json);
  jobq::Watch watch(connection,
                    {.datasource = command.job.datasource,
                     .client = command.job.client,
                     .job = {},
                     .as_driver = command.job.as_driver},
                    command.watch);
  const auto end = Clock::now() + command.timeout;
  for (;;) {
    const auto start = Clock::now();
    const GroupTally tally = calls.tally();
    const auto pause = std::max<Clock::duration>(kTellEvery, 4 * (Clock::now() - start));
    watcher.changed(tally);
    if (tally.live.empty()) return tally.is_complete() ? kOk : kJobFailed;
    if (Clock::now() >= end) return kNotFinal;
    bool is_news = false;
    for (const auto until = start + pause; !is_news || Clock::now() < until;) {
      const auto rest = std::chrono::ceil<jobq::Span>((is_news ? until : end) - Clock::now());
      if (rest <= jobq::Span{}) break;
      const auto news = watch.next(std::min<jobq::Span>(rest, std::chrono::hours(1)));
      is_news = is_news || news;
    }
  }
}

// The job's status when these news end its watch.
std::optional<jobq::Status> final_status(const jobq::WatchNews& news) {
  std::optional<jobq::Status> status;
  if (const auto* event = std::get_if<jobq::Event>(&news)) {
    status = event->status;
  } else if (const auto* snapshot = std::get_if<jobq::WatchSnapshot>(&news)) {
    if (!snapshot->jobs.empty()) status = snapshot->jobs.front().status;
  }
  return status && jobq::is_final(*status) ? status : std::nullopt;
}

void print_news(const jobq::WatchNews& news, bool json, const EventDisplay& display) {
  std::string text;
  if (json) {
    text = std::visit([](const auto& one) { return to_text(fields_of(one)); }, news) + "\n";
  } else if (const auto* event = std::get_if<jobq::Event>(&news)) {
    text = event_line(*event, display) + "\n";
  } else if (const auto* snapshot = std::get_if<jobq::WatchSnapshot>(&news)) {
    text = snapshot_lines(*snapshot, display);
  } else {
    text = repair_line(std::get<jobq::WatchRepair>(news)) + "\n";
  }
  print("{}", text);
  if (std::fflush(stdout) != 0) std::exit(kInternal);  // nobody reads any more
}

// One run of the command: a watch that a signal or the timeout ends.
class EventWatch {
 public:
  // REQUIRES: block_end_signals() was called.
  EventWatch(const WatchCommand& command, const jobq::Connection& connection,
             const StoreClock& clock, bool json)
      : end_(Clock::now() + command.timeout),
        scope_{.datasource = command.job.datasource,
               .client = command.job.client,
               .job = command.job.job,
               .as_driver = command.job.as_driver},
        json_(json),
        clock_(clock),
        watch_(connection, scope_, command.watch),
        signals_([this](int, int) {
          is_over_ = true;
          watch_.interrupt();
        }) {}

  // The exit code.
  int run() {
    const bool is_live = !json_ && scope_.job.empty() && display_of(stdout).is_terminal;
    const std::optional<jobq::Status> status = is_live ? run_table() : run_lines();
    if (!status && watch_.cursor() != 0) {
      say("jobq: to go on: {}\n", command_to_go_on(scope_, watch_.cursor()));
    }
    if (status) return exit_code_of(*status);
    return scope_.job.empty() ? kOk : kNotFinal;
  }

 private:
  // Empty when there is none yet, or the watch is over.
  std::optional<jobq::WatchNews> next(jobq::Span wait) {
    if (is_over()) return std::nullopt;
    try {
      return watch_.next(std::min(wait, std::chrono::ceil<jobq::Span>(end_ - Clock::now())));
    } catch (const jobq::Refused&) {
      if (watch_.cursor() != 0) {
        say("jobq: up to event {}\n", watch_.cursor());
      }
      throw;
    }
  }

  [[nodiscard]] bool is_over() const { return is_over_ || Clock::now() >= end_; }

  std::optional<jobq::Status> run_lines() {
    while (!is_over()) {
      const auto news = next(std::chrono::hours(1));
      if (!news) continue;
      const EventDisplay display{.now = clock_.now(), .shows_client = scope_.as_driver};
      print_news(*news, json_, display);
      if (scope_.job.empty()) continue;
      if (const auto status = final_status(*news)) return status;
    }
    return std::nullopt;
  }

  std::optional<jobq::Status> run_table() {
    WatchTable table;
    clear_screen();
    while (!is_over()) {
      const auto paint_at = Clock::now() + kPaintEvery;
      for (auto now = Clock::now(); now < paint_at && !is_over(); now = Clock::now()) {
        if (const auto news = next(std::chrono::ceil<jobq::Span>(paint_at - now))) {
          table.take(*news, clock_.now());
        }
      }
      const Display display = display_of(stdout);  // the window may have another size now
      repaint(fmt::format("{}  {}  after event {}, end with Ctrl-C", printable(scope_.datasource),
                          table.summary(), watch_.cursor()),
              table.render(clock_.now(), lines_of_screen(display), display), display);
    }
    return std::nullopt;
  }

  const Clock::time_point end_;
  const jobq::WatchScope scope_;
  const bool json_;
  const StoreClock clock_;
  std::atomic<bool> is_over_{false};
  jobq::Watch watch_;
  SignalThread signals_;  // last: it is gone before what it uses
};

// A job that had ended before the cursor has no events to come.
std::optional<jobq::Status> ended_before(const WatchCommand& command,
                                         const jobq::Connection& connection) {
  if (command.job.job.empty() || !command.watch.from) return std::nullopt;
  const jobq::JobStatus job = JobCalls(command.job, connection).status();
  const bool has_ended = jobq::is_final(job.status) && job.changed <= *command.watch.from;
  return has_ended ? std::optional(job.status) : std::nullopt;
}

int WatchCommand::run(const ConnectionOptions& common) {
  if (!named_job.empty()) {
    if (!job.job.empty() && job.job != named_job) {
      throw UsageError("--job names another job than the command line does: one is enough");
    }
    job.job = named_job;
  }
  if (!group.empty() && (!job.job.empty() || watch.from || json_lines)) {
    throw UsageError("--group stands alone: without a job, --from and --jsonl");
  }
  jobq::Connection connection = common.connection(job.client);
  if (!group.empty()) return run_group_watch(*this, connection, common.json);
  if (!job.job.empty() && !watch.from && !json_lines) {
    return run_job_watch(*this, connection, common.json);
  }
  if (const auto status = ended_before(*this, connection)) return exit_code_of(*status);
  const StoreClock clock(connection);
  connection.on_trouble = {};  // from here on it is news
  block_end_signals();         // not earlier: until here a signal just ends it
  return EventWatch(*this, connection, clock, common.json || json_lines).run();
}

}  // namespace

void add_watch(Program& program) { program.add<WatchCommand>(); }

}  // namespace tools
