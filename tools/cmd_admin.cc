// jobq admin pause, resume, drain, config, datasources, stats: datasources as an operator
// minds them. jobq admin backup.

#include "config_options.h"
#include "job_calls.h"
#include "job_view.h"
#include "jobq/admin.h"
#include "output.h"
#include "printing.h"
#include "program.h"
#include "shared_command.h"
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

using ChangeStore = jobq::StoreMode (jobq::Admin::*)();

// The same, or without a datasource of the store as a whole.
template <ChangeMode kChange, ChangeStore kChangeStore>
struct PauseCommand : ModeCommand<kChange> {
  void declare(Options& options) {
    options.datasource("[DSID]", this->datasource, "Datasource; default: the store as a whole");
  }
  int run(const ConnectionOptions& common) const {
    if (!this->datasource.empty()) return ModeCommand<kChange>::run(common);
    jobq::Admin admin(common.connection());
    const jobq::StoreMode mode = (admin.*kChangeStore)();
    return show(common, mode, [&] {
      return std::string(mode.is_paused ? "the store is paused\n" : "the store is running\n");
    });
  }
};

struct Pause : PauseCommand<&jobq::Admin::pause, &jobq::Admin::pause_store> {
  static constexpr Words kWords{
      "pause", "Datasources", "Hand out no jobs; what runs goes on",
      "  jobq admin pause scan\n"
      "  jobq admin pause\n\n"
      "Without DSID the store hands out no job of any datasource, also after its restarts, until\n"
      "`jobq admin resume` without one. Jobs are taken in all the same."};
};
struct Resume : PauseCommand<&jobq::Admin::resume, &jobq::Admin::resume_store> {
  static constexpr Words kWords{
      "resume", "Datasources", "End a pause or a drain",
      "  jobq admin resume scan\n"
      "  jobq admin resume\n\n"
      "Without DSID it ends the pause of the store; datasources that are paused stay so."};
};
struct Drain : ModeCommand<&jobq::Admin::drain> {
  static constexpr Words kWords{"drain", "Datasources",
                                "Take in no jobs (503); hand out those that are there",
                                "  jobq admin drain scan"};
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

}  // namespace

void add_admin(Program& program) {
  CLI::App* admin =
      program.add_parent({"admin", "Store", "Mind datasources and their jobs, as an operator",
                          "  jobq mint --data DIR --operator --expires 1d > operator.token\n"
                          "  jobq admin pause scan --token-file operator.token\n"
                          "  jobq admin config scan --running-max 8 --timeout 10m\n"
                          "  jobq admin redrive scan --function ocr"},
                         program.app);
  program.add<Pause, Resume, Drain, Config, Datasources, DatasourceStats>(*admin);
  add_admin_workers(program, *admin);
  add_admin_drop(program, *admin);
  add_admin_apply(program, *admin);
  add_admin_jobs(program, *admin);
  program.add<Backup>(*admin);
  add_admin_token(program, *admin);
}

}  // namespace tools
