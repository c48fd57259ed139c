// jobq status, cancel, explain, wait, log: single jobs as the store knows them.
#include "group.h"
#include "job_view.h"
#include "output.h"
#include "program.h"
#include "screen.h"
#include "utf8.h"

namespace tools {
namespace {

struct Status : JobOptions {
  static constexpr Words kWords{"status", "Jobs",
                                "Show one job: how it stands, and how its attempts ended",
                                "  jobq status scan 6f9619ff-8b86-4011-b42d-00c04fc964ff\n"
                                "  jobq status scan job-7 --json | jq '.attempts[].ending'"};

  bool with_request = false;

  void declare(Options& options) {
    JobOptions::declare(options);
    options.flag("--request", with_request, "Show its request too");
  }

  int run(const ConnectionOptions& common) const {
    const jobq::JobStatus status =
        JobCalls(*this, common.connection(client))
            .status({.with_attempts = true, .with_request = with_request});
    return show(common, status,
                [&] { return job_details(status, system_now(), display_of(stdout)); });
  }
};

// What a command is about, if not a job.
struct GroupOption {
  std::string group;

  void declare(Options& options, const char* about) { options.text("--group NAME", group, about); }
  // Throws UsageError unless it is just one of them.
  [[nodiscard]] bool is_said(bool has_job) const {
    if (has_job == !group.empty()) {
      throw UsageError(has_job ? "give a JOB or --group, not both" : "give a JOB, or --group");
    }
    return !group.empty();
  }
};

struct Cancel : JobOptions {
  static constexpr Words kWords{
      "cancel", "Jobs", "Cancel a job, or all of a group",
      "  jobq cancel scan 6f9619ff-8b86-4011-b42d-00c04fc964ff --wait=1m\n"
      "  jobq cancel scan --group album-7\n\n"
      "A job that waits is cancelled at once. One that a worker has is, when the worker says that\n"
      "it has stopped, or when the grace of the datasource (30 s) is over. Repeating does no "
      "harm.\n"
      "Exit code: 0 cancelled, or requested; 1 the job had ended otherwise before; 7 with --wait:\n"
      "not final in time."};

  std::optional<jobq::Span> wait;
  GroupOption of;

  void declare(Options& options) {
    options.datasource("DSID", datasource, "Datasource");
    options.job("[JOB]", job, "Job id");
    declare_caller(options, "With a driver's token: of any client");
    of.declare(options, "All jobs of it that have not ended");
    options.wait("--wait", wait, "Wait for the end; --wait=60s at most so long");
  }

  int run(const ConnectionOptions& common) const {
    if (of.is_said(!job.empty())) return cancel_group(common);
    JobCalls calls(*this, common.connection(client));
    jobq::JobStatus status = calls.cancel();
    if (wait && !jobq::is_final(status.status)) {
      const auto end = calls.wait(*wait);
      status = end ? *end : calls.status();
    }
    show(common, status, [&] {
      if (status.status != jobq::Status::kAccepted) {
        return fmt::format("{}\n", jobq::to_string(status.status));
      }
      return fmt::format("cancel requested; worker {} has until {} to stop\n",
                         printable(status.worker), moment(status.cancel_until, system_now()));
    });
    if (status.status == jobq::Status::kCancelled) return kOk;
    if (jobq::is_final(status.status)) return kJobFailed;
    return wait ? kNotFinal : kOk;
  }

 private:
  int cancel_group(const ConnectionOptions& common) const {
    GroupCalls calls(*this, common.connection(client), of.group);
    const GroupTally before = calls.tally();
    const std::size_t running = calls.cancel(before);
    const bool ends = wait && calls.wait(*wait, [](const GroupTally&) {});
    const Json said{
        {"group", of.group}, {"cancelled", before.live.size() - running}, {"requested", running}};
    show(common, said, [&] {
      return fmt::format("{} cancelled, {} requested of those that have them\n",
                         before.live.size() - running, running);
    });
    return wait && !ends ? kNotFinal : kOk;
  }
};

struct Explain : JobOptions {
  static constexpr Words kWords{"explain", "Jobs",
                                "Say why a job is not running now, and when it can",
                                "  jobq explain scan 6f9619ff-8b86-4011-b42d-00c04fc964ff"};

  int run(const ConnectionOptions& common) const {
    const auto explanation = JobCalls(*this, common.connection(client)).explain();
    return show(common, explanation, [&] {
      const jobq::Time now = system_now();
      std::string text;
      for (const jobq::Reason& reason : explanation.reasons) {
        text += reason_sentence(reason, now) + "\n";
      }
      if (explanation.earliest != jobq::Time{}) {
        text +=
            fmt::format("It can run at {} at the earliest.\n", moment(explanation.earliest, now));
      }
      return text;
    });
  }
};

Style style_of(jobq::LogLevel level) {
  switch (level) {
    case jobq::LogLevel::kDebug: return Style::kFaint;
    case jobq::LogLevel::kInfo: return Style::kPlain;
    case jobq::LogLevel::kWarning: return Style::kBusy;
    case jobq::LogLevel::kError: return Style::kBad;
  }
  return Style::kPlain;  // of a newer store
}

struct Wait : JobOptions {
  static constexpr Words kWords{
      "wait", "Jobs", "Wait until a job is final, print its response",
      "  jobq wait scan 6f9619ff-8b86-4011-b42d-00c04fc964ff --timeout 5m > page.json\n"
      "  jobq wait scan page-1 page-2 page-3\n"
      "  jobq wait scan --group album-7\n\n"
      "Of several jobs it prints id and status, in the order given, and its exit code is that of\n"
      "the first that is not complete. Of a group it prints how many jobs ended how, once all\n"
      "have, also those that came meanwhile. Progress is shown on standard error, if that is a\n"
      "terminal."};

  std::vector<std::string> jobs;
  GroupOption of;
  jobq::Span timeout = kForEver;

  void declare(Options& options) {
    options.datasource("DSID", datasource, "Datasource");
    options.jobs("JOB", jobs, "Job ids");
    declare_caller(options, "With a driver's token: of any client");
    of.declare(options, "All jobs of it");
    options.span("--timeout SPAN", timeout,
                 "How long to wait, e.g. 60s (exit code 7 then); default: for ever");
  }

  int run(const ConnectionOptions& common) {
    const jobq::Connection connection = common.connection(client);
    if (of.is_said(!jobs.empty())) return wait_for_group(common, connection);
    const auto start = std::chrono::steady_clock::now();
    int code = kOk;
    for (const std::string& one : jobs) {
      job = one;
      const auto passed =
          std::chrono::duration_cast<jobq::Span>(std::chrono::steady_clock::now() - start);
      const ExitCode end = wait_for_one(common, connection, std::max(timeout - passed, kLeast));
      code = code == kOk ? end : code;
    }
    return code;
  }

 private:
  // Each is asked once at least.
  static constexpr jobq::Span kLeast{1};

  int wait_for_group(const ConnectionOptions& common, const jobq::Connection& connection) const {
    GroupCalls calls(*this, connection, of.group);
    LiveLine line(stderr);
    const auto end = calls.wait(timeout, [&](const GroupTally& tally) {
      const std::size_t ended = tally.jobs - tally.live.size();
      line.show({.label = of.group,
                 .value = static_cast<double>(ended) / static_cast<double>(tally.jobs),
                 .message = text_of(tally)});
    });
    line.clear();
    const GroupTally tally = end ? *end : calls.tally();
    show(common, fields_of(tally, of.group), [&] { return text_of(tally) + "\n"; });
    return !end ? kNotFinal : tally.is_complete() ? kOk : kJobFailed;
  }

  ExitCode wait_for_one(const ConnectionOptions& common, const jobq::Connection& connection,
                        jobq::Span left) const {
    JobCalls calls(*this, connection);
    const auto end = wait_with_progress(calls, left);
    if (!end) return report_not_final(calls.status(), timeout, common.json);
    if (jobs.size() == 1 || common.json) return report_end(*end, common.json);
    print("{}  {}\n", printable(end->job), jobq::to_string(end->status));
    return exit_code_of(end->status);
  }
};

struct Log : JobOptions {
  static constexpr Words kWords{"log", "Jobs",
                                "Print what workers have written about a job, oldest first",
                                "  jobq log scan 6f9619ff-8b86-4011-b42d-00c04fc964ff --follow\n\n"
                                "The store keeps the last 1000 lines of a job."};

  unsigned after = 0;
  std::uint64_t limit = UINT64_MAX;
  bool follow = false;

  void declare(Options& options) {
    JobOptions::declare(options);
    options.flag("--follow", follow, "Go on with what comes, until the job is final");
    options.number("--after N", after, "Only lines with a greater number");
    options.count("--limit N", limit, "At most so many; default: all that are kept");
  }

  // What is there now. What is said of the next call goes on behind it.
  void show_lines(JobCalls& calls, const ConnectionOptions& common) {
    const Display display = display_of(stdout);
    if (limit == 0) return;
    (void)each_page(
        after, limit,
        [&](unsigned cursor, unsigned limit_of_page) {
          return calls.log({.after = cursor, .limit = limit_of_page});
        },
        [&](const jobq::LogPage& page) {
          for (const jobq::LogLine& line : page.lines) {
            show(common, line, [&] {
              return fmt::format("{} {} {}\n", clock_text(line.time, system_now()),
                                 styled(fmt::format("{:7}", jobq::to_string(line.level)),
                                        style_of(line.level), display),
                                 printable(line.text));
            });
            after = line.number;
          }
          limit -= std::min<std::uint64_t>(limit, page.lines.size());
          return page.lines.size();
        });
    std::fflush(stdout);
  }

  int run(const ConnectionOptions& common) {
    JobCalls calls(*this, common.connection(client));
    if (!follow) {
      show_lines(calls, common);
    } else {
      (void)calls.follow(kForEver, [&](const jobq::JobStatus&) { show_lines(calls, common); });
    }
    return kOk;
  }
};

}  // namespace

void add_status(Program& program) { program.add<Status, Wait>(); }
void add_job(Program& program) { program.add<Cancel, Log, Explain>(); }

}  // namespace tools
