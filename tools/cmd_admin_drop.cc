// jobq admin drop: a datasource is erased, with all that it has.
#include "erase_datasource.h"
#include "job_calls.h"
#include "jobq/admin.h"
#include "output.h"
#include "printing.h"
#include "program.h"

namespace tools {
namespace {

struct Drop : DatasourceOptions {
  static constexpr Words kWords{
      "drop", "Datasources", "Erase a datasource with all that it has",
      "  jobq admin drop scan\n"
      "  jobq admin drop scan --yes\n\n"
      "Its jobs, schedules, functions, configuration, counters and events. Without --yes it says\n"
      "how many jobs there are, and does nothing. It takes in and hands out no jobs from then on.\n"
      "While jobs run it is refused, unless --force is said: then they are cancelled at once. "
      "Jobs\n"
      "go in steps of 1000; what was broken off is simply run again, or ended by `jobq admin\n"
      "resume`. Those who wait or watch are told. The disk is free when the journal is trimmed\n"
      "(`jobqd --journal-keep`) and files are compacted."};

  bool is_sure = false;
  bool force = false;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.flag("--yes", is_sure, "Do it");
    options.flag("--force", force, "Also while jobs run");
  }

  int run(const ConnectionOptions& common) const {
    jobq::Admin admin(common.connection());
    const jobq::DatasourceStats before = admin.stats(datasource);
    const std::uint64_t waiting = before.ready + before.delayed;
    if (!is_sure) {
      throw UsageError(fmt::format(
          "{}: {} jobs that wait, {} that run, {} that have ended; to erase them all: --yes",
          datasource, waiting, before.running, before.finished));
    }
    admin.pause(datasource);
    admin.drain(datasource);
    if (const auto running = admin.stats(datasource).running; running > 0 && !force) {
      if (before.mode == jobq::Mode::kRunning) admin.resume(datasource);
      say("jobq: {}: {} jobs are running; wait for them, or --force\n", datasource, running);
      return kRefused;
    }
    erase_datasource(admin, datasource, [&](const jobq::BulkStep& step) {
      if (!common.json) say("jobq: jobs are removed, up to {} of {}\n", step.cursor, step.last);
    });
    const std::uint64_t count = waiting + before.running + before.finished;
    return show(common, Json{{"datasource", datasource}, {"jobs", count}, {"dropped", true}},
                [&] { return fmt::format("dropped, with {} jobs\n", count); });
  }
};

}  // namespace

void add_admin_drop(Program& program, CLI::App& parent) { program.add<Drop>(parent); }

}  // namespace tools
