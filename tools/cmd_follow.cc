// jobq wait, log: what becomes of one job.
#include <fmt/format.h>

#include <memory>

#include "commands.h"
#include "failure.h"
#include "help_format.h"
#include "job_calls.h"
#include "job_view.h"
#include "json_fields.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

constexpr unsigned kLogPageMax = 1000;

struct WaitOptions {
  JobOptions job;
  std::string timeout;
};

struct LogOptions {
  JobOptions job;
  unsigned after = 0;
  std::uint64_t limit = UINT64_MAX;
  bool follow = false;
};

int run_wait(const WaitOptions& options, const ConnectionOptions& common) {
  const jobq::Span timeout = wait_of_option("--timeout", options.timeout);
  JobCalls calls(options.job, common.connection());
  const auto end = wait_with_progress(calls, timeout);
  return end ? report_end(*end, common.json)
             : report_not_final(calls.status(), timeout, common.json);
}

Style style_of(jobq::LogLevel level) {
  switch (level) {
    case jobq::LogLevel::kDebug: return Style::kFaint;
    case jobq::LogLevel::kInfo: return Style::kPlain;
    case jobq::LogLevel::kWarning: return Style::kBusy;
    case jobq::LogLevel::kError: return Style::kBad;
  }
  return Style::kPlain;
}

void print_line(const jobq::LogLine& line, bool json, const Look& look) {
  if (json) {
    fmt::print("{}\n", to_text(fields_of(line)));
    return;
  }
  fmt::print("{} {} {}\n", clock_text(line.time, system_now()),
             styled(fmt::format("{:7}", jobq::to_string(line.level)), style_of(line.level), look),
             printable(line.text));
}

// Prints what is there now, at most `left` lines; moves `after` behind it.
void print_log(JobCalls& calls, unsigned& after, std::uint64_t& left, bool json) {
  const Look look = look_of(stdout);
  jobq::LogPage page;
  do {
    if (left == 0) return;
    page = calls.log({.after = after,
                      .limit = static_cast<unsigned>(std::min<std::uint64_t>(left, kLogPageMax))});
    for (const jobq::LogLine& line : page.lines) {
      print_line(line, json, look);
      after = line.number;
    }
    left -= std::min<std::uint64_t>(left, page.lines.size());
  } while (page.cursor != 0);
  std::fflush(stdout);
}

int run_log(const LogOptions& options, const ConnectionOptions& common) {
  JobCalls calls(options.job, common.connection());
  unsigned after = options.after;
  std::uint64_t left = options.limit;
  if (!options.follow) {
    print_log(calls, after, left, common.json);
    return kOk;
  }
  (void)calls.follow(wait_of_option("--follow", ""),
                     [&](const jobq::JobStatus&) { print_log(calls, after, left, common.json); });
  return kOk;
}

}  // namespace

void add_wait(Program& program) {
  auto options = std::make_shared<WaitOptions>();
  CLI::App* command = program.add(
      {"wait", "Jobs", "Wait until a job is final, print its response",
       "  jobq wait scan 6f9619ff-8b86-4011-b42d-00c04fc964ff --timeout 5m > page.json\n\n"
       "Its progress is shown on standard error, if that is a terminal."},
      [options, &program] { return run_wait(*options, program.common); });
  options->job.declare(command);
  command
      ->add_option("--timeout", options->timeout,
                   "How long to wait, e.g. 60s (exit code 7 then); default: for ever")
      ->type_name("SPAN");
}

void add_log(Program& program) {
  auto options = std::make_shared<LogOptions>();
  CLI::App* command =
      program.add({"log", "Jobs", "Print what workers have written about a job, oldest first",
                   "  jobq log scan 6f9619ff-8b86-4011-b42d-00c04fc964ff --follow\n\n"
                   "The store keeps the last 1000 lines of a job."},
                  [options, &program] { return run_log(*options, program.common); });
  options->job.declare(command);
  command->add_flag("--follow", options->follow, "Go on with what comes, until the job is final");
  command->add_option("--after", options->after, "Only lines with a greater number")
      ->type_name("N");
  command->add_option("--limit", options->limit, "At most so many; default: all that are kept")
      ->type_name("N")
      ->check(positive());
}

}  // namespace tools
