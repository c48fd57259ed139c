// jobq workers, jobq worker halt, drain, resume; jobq admin halt, unhalt: who works, and what they
// are told.
#include <fmt/format.h>

#include "jobq/admin.h"
#include "output.h"
#include "printing.h"
#include "program.h"
#include "shared_command.h"
#include "top_view.h"
#include "utf8.h"

namespace tools {
namespace {

struct Workers : SharedCommand {
  static constexpr Words kWords{
      "workers", "Drivers", "Who works for a datasource, on what, last heard when",
      "  jobq workers scan --token-file operator.token\n"
      "  jobq workers scan --driver --token-file scan.token --json\n\n"
      "States: idle, busy, draining (finishes what it has), halted (has handed back what it had),\n"
      "lost (its connection has ended, or it was silent for a minute without a job). Those that\n"
      "were silent for a day are forgotten."};

  int run(const ConnectionOptions& common) const {
    const auto workers = ask(common, [&](auto calls) { return calls.workers(datasource); });
    return show_all(common, workers, [&] {
      return workers_view(workers, StoreClock(common.connection()).now(), display_of(stdout));
    });
  }
};
// By the name that it had first.
struct AdminWorkers : Workers {
  static constexpr Words kWords{"workers", "Datasources", Workers::kWords.about,
                                Workers::kWords.example};
};

std::string said_text(const std::string& whom, jobq::WorkerOrder order) {
  switch (order) {
    case jobq::WorkerOrder::kHalt:
      return fmt::format("{}: told to halt, and to hand back what they have\n", whom);
    case jobq::WorkerOrder::kDrain:
      return fmt::format("{}: told to finish what they have and take no more\n", whom);
    case jobq::WorkerOrder::kWork:
    case jobq::WorkerOrder::kUnsaid: break;
  }
  return fmt::format("{}: told to work\n", whom);
}

int tell(const ConnectionOptions& common, const std::string& datasource, const std::string& worker,
         jobq::WorkerOrder order) {
  const jobq::StoreMode mode =
      jobq::Admin(common.connection()).order_workers(datasource, worker, order);
  return show(common, mode, [&] {
    const std::string whom = !worker.empty()      ? printable(worker)
                             : datasource.empty() ? std::string("all workers")
                                                  : "all workers of " + printable(datasource);
    return said_text(whom, mode.order);
  });
}

template <jobq::WorkerOrder kOrder>
struct TellOne : DatasourceOptions {
  std::string worker;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    Options::require(options.text("NAME", worker, "Of the worker, as `jobq workers` shows it"));
  }
  int run(const ConnectionOptions& common) const {
    return tell(common, datasource, worker, kOrder);
  }
};
struct HaltOne : TellOne<jobq::WorkerOrder::kHalt> {
  static constexpr Words kWords{
      "halt", "Workers", "Have it stop what runs, hand that back, and take no more",
      "  jobq worker halt scan host-1:4711:6e1f0c2a --token-file operator.token\n\n"
      "Other workers get its jobs at no cost to them. It hears of it at once, goes on waiting, "
      "and\n"
      "works again after `jobq worker resume`. What it is told outlives restarts of the store."};
};
struct DrainOne : TellOne<jobq::WorkerOrder::kDrain> {
  static constexpr Words kWords{"drain", "Workers", "Have it finish what runs, and take no more",
                                "  jobq worker drain scan host-1:4711:6e1f0c2a"};
};
struct ResumeOne : TellOne<jobq::WorkerOrder::kWork> {
  static constexpr Words kWords{
      "resume", "Workers", "Have it work again",
      "  jobq worker resume scan host-1:4711:6e1f0c2a\n\n"
      "What all workers of the datasource, or of the store, were told still holds for it."};
};

template <jobq::WorkerOrder kOrder>
struct TellAll {
  std::string datasource;

  void declare(Options& options) {
    options.datasource("[DSID]", datasource, "Datasource; default: all of the store");
  }
  int run(const ConnectionOptions& common) const { return tell(common, datasource, {}, kOrder); }
};
struct HaltAll : TellAll<jobq::WorkerOrder::kHalt> {
  static constexpr Words kWords{
      "halt", "Datasources", "Have all workers stop what runs, hand it back, and take no more",
      "  jobq admin halt scan\n"
      "  jobq admin halt\n\n"
      "Workers that come later are told so too, also after a restart of the store, until\n"
      "`jobq admin unhalt` with the same DSID, or without one. Jobs are taken in all the same."};
};
struct UnhaltAll : TellAll<jobq::WorkerOrder::kWork> {
  static constexpr Words kWords{"unhalt", "Datasources", "End a halt",
                                "  jobq admin unhalt scan\n"
                                "  jobq admin unhalt"};
};

}  // namespace

void add_workers(Program& program) {
  program.add<Workers>();
  CLI::App* worker = program.add_parent(
      {"worker", "Drivers", "Tell a worker to halt, to drain or to work, as an operator",
       "  jobq worker drain scan host-1:4711:6e1f0c2a --token-file operator.token"},
      program.app);
  program.add<HaltOne, DrainOne, ResumeOne>(*worker);
}

void add_admin_workers(Program& program, CLI::App& admin) {
  program.add<AdminWorkers, HaltAll, UnhaltAll>(admin);
}

}  // namespace tools
