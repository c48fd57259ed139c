// jobq admin pause, resume, drain, config, datasources, stats, workers: datasources as an operator
// minds them. jobq admin remove, restart, edit, redrive: jobs that need a hand. jobq admin backup.

#include "config_options.h"
#include "job_calls.h"
#include "job_view.h"
#include "jobq/admin.h"
#include "output.h"
#include "printing.h"
#include "program.h"
#include "top_view.h"
#include "utf8.h"

namespace tools {
namespace {

using ChangeMode = jobq::DatasourceConfig (jobq::Admin::*)(const std::string&);

template <ChangeMode kChange>
struct ModeCommand : DatasourceOptions {
  int run(const ConnectionOptions& common) const {
    jobq::Admin admin(common.connection());
    const jobq::DatasourceConfig config = (admin.*kChange)(datasource);
    return show(common, config, [&] { return fmt::format("{}\n", to_string(config.mode)); });
  }
};

struct Pause : ModeCommand<&jobq::Admin::pause> {
  static constexpr Words kWords{"pause", "Datasources", "Hand out no jobs; what runs goes on",
                                "  jobq admin pause scan"};
};
struct Resume : ModeCommand<&jobq::Admin::resume> {
  static constexpr Words kWords{"resume", "Datasources", "End a pause or a drain",
                                "  jobq admin resume scan"};
};
struct Drain : ModeCommand<&jobq::Admin::drain> {
  static constexpr Words kWords{"drain", "Datasources",
                                "Take in no jobs (503); hand out those that are there",
                                "  jobq admin drain scan"};
};

// What a datasource's drivers may ask for, too.
struct SharedCommand : DatasourceOptions {
  bool as_driver = false;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    declare_driver(options);
  }
  void declare_driver(Options& options) {
    options.flag("--driver", as_driver, "With a driver's token");
  }
  template <class Ask>
  auto ask(const ConnectionOptions& common, const Ask& ask) const {
    return ask_as<jobq::Admin>(as_driver, common.connection(), ask);
  }
};

struct Config : SharedCommand {
  static constexpr Words kWords{
      "config", "Datasources", "Show how a datasource is configured, or change it",
      "  jobq admin config scan\n"
      "  jobq admin config scan --waiting-max 10000 --waiting-per-client-max 1000\n"
      "  jobq admin config scan --running-max 8 --weight alice=3 --weight bob=2\n"
      "  jobq admin config scan --timeout 0 --driver --token-file scan.token\n\n"
      "Changes what is given and leaves the rest; makes the datasource when it is new. 0 or ''\n"
      "takes an option back to the store's default. Jobs that are there keep their terms."};

  ConfigOptions changes;

  void declare(Options& options) {
    SharedCommand::declare(options);
    changes.declare(options);
  }

  jobq::DatasourceConfig changed(auto calls) const {
    jobq::DatasourceConfig config;
    try {
      config = calls.config(datasource);
    } catch (const jobq::Refused& refused) {
      if (refused.code() != 404 || !changes.has_any()) throw;  // a new one is made
    }
    if (!changes.has_any()) return config;
    config.datasource = datasource;
    changes.apply(config);
    return calls.configure(config);
  }

  int run(const ConnectionOptions& common) const {
    const jobq::DatasourceConfig config =
        ask(common, [&](auto calls) { return changed(std::move(calls)); });
    return show(common, config, [&] { return config_text(config); });
  }
};

struct Datasources {
  static constexpr Words kWords{"datasources", "Datasources",
                                "List all, with how many jobs they have",
                                "  jobq admin datasources --token-file operator.token"};

  int run(const ConnectionOptions& common) const {
    const auto all = jobq::Admin(common.connection()).stats();
    return show_all(common, all, [&] {
      Table table({{"DATASOURCE"},
                   {"MODE"},
                   {"READY", true},
                   {"DELAYED", true},
                   {"RUNNING", true},
                   {"FINISHED", true},
                   {"CLIENTS", true}});
      for (const jobq::DatasourceStats& stats : all) {
        table.add({{stats.datasource},
                   {std::string(to_string(stats.mode))},
                   {std::to_string(stats.ready)},
                   {std::to_string(stats.delayed)},
                   {std::to_string(stats.running)},
                   {std::to_string(stats.finished)},
                   {std::to_string(stats.clients)}});
      }
      return table.render(display_of(stdout));
    });
  }
};

struct DatasourceStats : SharedCommand {
  static constexpr Words kWords{
      "stats", "Datasources", "What was counted: runs, errors, times; of one by function",
      "  jobq admin stats --token-file operator.token\n"
      "  jobq admin stats scan --driver --token-file scan.token\n\n"
      "RUNS are attempts; ERRORS those that failed, timed out or lost their lease; MEAN WAIT is\n"
      "from when a job could run until it was accepted."};

  void declare(Options& options) {
    options.datasource("[DSID]", datasource, "Only this datasource; default: all");
    declare_driver(options);
  }

  int run(const ConnectionOptions& common) const {
    const Display display = display_of(stdout);
    if (datasource.empty()) {
      if (as_driver) throw UsageError("--driver needs a DSID");
      const auto all = jobq::Admin(common.connection()).stats();
      return show_all(common, all, [&] { return totals_view(all, display); });
    }
    const auto stats = ask(common, [&](auto calls) { return calls.stats(datasource); });
    return show(common, stats, [&] {
      return function_totals_view(stats, StoreClock(common.connection()).now(), display);
    });
  }
};

struct Workers : SharedCommand {
  static constexpr Words kWords{"workers", "Datasources",
                                "Who works for a datasource, on what, last heard when",
                                "  jobq admin workers scan --token-file operator.token"};

  int run(const ConnectionOptions& common) const {
    const auto workers = ask(common, [&](auto calls) { return calls.workers(datasource); });
    return show_all(common, workers, [&] {
      return workers_view(workers, StoreClock(common.connection()).now(), display_of(stdout));
    });
  }
};

constexpr std::size_t kRequestBytesMax = 8U << 20;

struct JobName : DatasourceOptions {
  std::string job;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.job("JOB", job, "Job id");
  }
};

struct Remove : JobName {
  static constexpr Words kWords{"remove", "Jobs", "Make the store forget a job",
                                "  jobq admin remove scan job-7"};

  int run(const ConnectionOptions& common) const {
    jobq::Admin(common.connection()).remove(datasource, job);
    return show(common, Json{{"job", job}, {"removed", true}}, [] { return "removed\n"; });
  }
};

struct Backup {
  static constexpr Words kWords{
      "backup", "Store", "Have the store make a backup of itself, while it runs",
      "  jobq admin backup 2026-11-28\n\n"
      "Goes into the directory that `jobqd --backups` names, and shares files with older backups.\n"
      "Returns when it is on disk and was read again. `jobqd --restore` makes a store of it."};

  std::string name;

  void declare(Options& options) {
    options.job("NAME", name, "Of the backup: 1 to 128 letters, digits, or one of ._~-");
  }

  int run(const ConnectionOptions& common) const {
    const jobq::Backup made = jobq::Admin(common.connection()).make_backup(name);
    return show(common, made, [&] {
      return fmt::format("{}: all up to turn {}; {} bytes, {} of them new\n", printable(made.name),
                         made.turn, made.bytes, made.new_bytes);
    });
  }
};

struct Restart : JobName {
  static constexpr Words kWords{
      "restart", "Jobs", "Run a job once more, print the new job's id",
      "  jobq admin restart scan job-7 --id job-7-again\n\n"
      "Of a job that has ended a new one is made, with the same request and options; the two are\n"
      "linked. A job that waits for its time (delay, backoff) runs now and keeps its id. "
      "Repeated:\n"
      "the same new job again."};

  std::string id;

  void declare(Options& options) {
    JobName::declare(options);
    options.text("--id ID", id, "Of the new job; default: a GUID");
  }

  int run(const ConnectionOptions& common) const {
    const jobq::JobStatus made = jobq::Admin(common.connection()).restart(datasource, job, id);
    return show(common, made, [&] { return printable(made.job) + "\n"; });
  }
};

struct Edit : JobName {
  static constexpr Words kWords{"edit", "Jobs", "Change a job that waits",
                                "  jobq admin edit scan job-7 --priority 90 --valid-for 1h"};

  jobq::Edit edit;
  std::string request_file;

  void declare(Options& options) {
    JobName::declare(options);
    options.number("--priority N", edit.priority, "1 to 100", kPriority);
    options.span("--valid-for SPAN", edit.valid_for,
                 "It expires when no worker has taken it within this time from now");
    auto* request = options.text("--request JSON", edit.request, "The new request");
    Options::exclude(
        options.text("--request-file FILE", request_file, "File with it, - for standard input"),
        request);
  }

  int run(const ConnectionOptions& common) {
    if (!request_file.empty()) edit.request = read_input(request_file, kRequestBytesMax);
    if (edit.priority == 0 && edit.valid_for == jobq::Span{} && edit.request.empty()) {
      throw UsageError(
          "nothing to change: give --priority, --valid-for, --request, --request-file");
    }
    if (!edit.request.empty()) edit.request = checked_json("the request", edit.request);
    const jobq::JobStatus now = jobq::Admin(common.connection()).edit(datasource, job, edit);
    return show(common, now, [&] { return job_details(now, system_now(), display_of(stdout)); });
  }
};

struct Redrive : DatasourceOptions {
  static constexpr Words kWords{
      "redrive", "Jobs", "Restart all jobs that failed and were not restarted, oldest first",
      "  jobq admin redrive scan --function ocr\n"
      "  jobq admin redrive scan --status failed,cancelled --client alice --limit 100"};

  jobq::RedriveQuery query;
  std::uint64_t limit = UINT64_MAX;

  void declare(Options& options) {
    using jobq::Status;
    DatasourceOptions::declare(options);
    declare_filter(options, query);
    options.choices("--status STATUS", query.statuses,
                    "failed, cancelled, forbidden; may be repeated; default: failed",
                    {Status::kFailed, Status::kCancelled, Status::kForbidden});
    options.count("--limit N", limit, "At most so many; default: all");
  }

  int run(const ConnectionOptions& common) {
    jobq::Admin admin(common.connection());
    std::uint64_t count = 0;
    (void)each_page(
        query.cursor, limit,
        [&](std::uint64_t cursor, unsigned limit_of_page) {
          query.cursor = cursor;
          query.limit = limit_of_page;
          return admin.redrive(datasource, query);
        },
        [&](const jobq::JobPage& page) {
          for (const jobq::JobStatus& job : page.jobs) {
            show(common, job, [&] {
              return fmt::format("{} restarted as {}\n", printable(job.parent), printable(job.job));
            });
          }
          std::fflush(stdout);
          count += page.jobs.size();
          return page.jobs.size();
        });
    if (!common.json) say("jobq: {} restarted\n", count);
    return kOk;
  }
};

}  // namespace

void add_admin(Program& program) {
  CLI::App* admin =
      program.add_parent({"admin", "Store", "Mind datasources and their jobs, as an operator",
                          "  jobq mint --data DIR --operator --expires 1d > operator.token\n"
                          "  jobq admin pause scan --token-file operator.token\n"
                          "  jobq admin config scan --running-max 8 --timeout 10m\n"
                          "  jobq admin redrive scan --function ocr"},
                         program.app);
  program.add<Pause, Resume, Drain, Config, Datasources, DatasourceStats, Workers>(*admin);
  program.add<Remove, Restart, Edit, Redrive>(*admin);
  program.add<Backup>(*admin);
  add_admin_token(program, *admin);
}

}  // namespace tools
