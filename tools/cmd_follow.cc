// jobq wait, log: what becomes of one job.
#include "commands.h"
#include "job_calls.h"
#include "job_view.h"
#include "output.h"
#include "utf8.h"

namespace tools {
namespace {

Style style_of(jobq::LogLevel level) {
  switch (level) {
    case jobq::LogLevel::kDebug: return Style::kFaint;
    case jobq::LogLevel::kInfo: return Style::kPlain;
    case jobq::LogLevel::kWarning: return Style::kBusy;
    case jobq::LogLevel::kError: return Style::kBad;
  }
  return Style::kPlain;
}

struct Wait {
  static constexpr Words kWords{
      "wait", "Jobs", "Wait until a job is final, print its response",
      "  jobq wait scan 6f9619ff-8b86-4011-b42d-00c04fc964ff --timeout 5m > page.json\n\n"
      "Its progress is shown on standard error, if that is a terminal."};

  JobOptions job;
  jobq::Span timeout = kForEver;

  void declare(Options& options) {
    job.declare(options);
    options.span("--timeout SPAN", timeout,
                 "How long to wait, e.g. 60s (exit code 7 then); default: for ever");
  }

  int run(const ConnectionOptions& common) const {
    JobCalls calls(job, common.connection(job.client));
    const auto end = wait_with_progress(calls, timeout);
    return end ? report_end(*end, common.json)
               : report_not_final(calls.status(), timeout, common.json);
  }
};

struct Log {
  static constexpr Words kWords{"log", "Jobs",
                                "Print what workers have written about a job, oldest first",
                                "  jobq log scan 6f9619ff-8b86-4011-b42d-00c04fc964ff --follow\n\n"
                                "The store keeps the last 1000 lines of a job."};

  JobOptions job;
  unsigned after = 0;
  std::uint64_t limit = UINT64_MAX;
  bool follow = false;

  void declare(Options& options) {
    job.declare(options);
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
    JobCalls calls(job, common.connection(job.client));
    if (!follow) {
      show_lines(calls, common);
    } else {
      (void)calls.follow(kForEver, [&](const jobq::JobStatus&) { show_lines(calls, common); });
    }
    return kOk;
  }
};

}  // namespace

void add_wait(Program& program) { program.add<Wait>(); }
void add_log(Program& program) { program.add<Log>(); }

}  // namespace tools
