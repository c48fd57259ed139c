// jobq export, jobq import: the jobs of a datasource as lines of JSON, and back.
#include <unistd.h>

#include "exported_job.h"
#include "job_calls.h"
#include "jobq/admin.h"
#include "line_batches.h"
#include "output.h"
#include "printing.h"
#include "program.h"
#include "utf8.h"

namespace tools {
namespace {

// So few that others wait for none of them long.
constexpr unsigned kPageJobs = 100;

struct Export : DatasourceOptions {
  static constexpr Words kWords{
      "export", "Store", "Print all jobs of a datasource with all that there is of them, as JSON",
      "  jobq export scan --token-file operator.token > scan.jsonl\n"
      "  jobq export scan --status failed,forbidden --client alice\n\n"
      "A line for each job that was there when the export began and was not forgotten meanwhile,\n"
      "as it was at some moment of it; oldest first. Logs are not in it, nor the configuration:\n"
      "`jobq admin config DSID --json`. All is there if the exit code is 0."};

  jobq::ListQuery query;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    declare_filter(options, query);
    options.choices("--status STATUS", query.statuses,
                    "Only jobs with this status; may be repeated");
  }

  int run(const ConnectionOptions& common) {
    jobq::Admin admin(common.connection());
    std::optional<std::uint64_t> end;  // the last event before it began
    query.limit = kPageJobs;
    do {
      const jobq::JobPage page = admin.export_jobs(datasource, query);
      if (!end) end = page.last;
      query.cursor = page.cursor;
      for (const jobq::JobStatus& job : page.jobs) {
        if (job.sequence > *end) return kOk;
        print_json(job_text(job));
      }
      if (std::fflush(stdout) != 0) throw std::runtime_error("cannot write the output");
    } while (query.cursor != 0 && query.cursor < *end);
    return kOk;
  }
};

struct Import : DatasourceOptions {
  static constexpr Words kWords{
      "import", "Store", "Make the jobs of an export, in the states that it has them in",
      "  jobq import scan --token-file operator.token < scan.jsonl\n\n"
      "Jobs that are there already stay as they are: what was broken off is simply run again. A\n"
      "job that a worker had waits again. Ended jobs whose time is over are left out. Stops at a\n"
      "line that is no job and at a limit of the store; tells other lines that it refuses, and\n"
      "passes them over."};

  std::uint64_t made = 0;
  std::uint64_t known = 0;
  std::uint64_t over = 0;
  std::uint64_t refused = 0;
  ExitCode code = kOk;  // of the first refusal
  bool is_full = false;

  int run(const ConnectionOptions& common) {
    jobq::Admin admin(common.connection());
    LineReader reader(STDIN_FILENO);
    LineBatch<jobq::JobStatus> batch;
    const auto flush = [&] {
      if (batch.jobs.empty()) return;
      const auto results = admin.import_jobs(datasource, std::move(batch.jobs));
      for (std::size_t i = 0; i < results.size(); ++i) note(batch.line_numbers[i], results[i]);
      batch = {};
    };
    std::string problem;  // with a line: those before it are still imported
    while (problem.empty() && !is_full) {
      const auto line = reader.next(std::nullopt);
      if (!line) break;
      const std::string_view text = trimmed(*line);
      if (text.empty()) continue;
      if (!batch.has_room_for(text.size())) flush();
      try {
        batch.add(exported_job(text), reader.number(), text.size());
      } catch (const UsageError& error) {
        problem = fmt::format("line {}: {}; nothing from there on is imported", reader.number(),
                              error.what());
      }
    }
    if (!is_full) flush();
    say_end(common);
    if (!problem.empty()) throw UsageError(problem);
    return code;
  }

  void note(std::size_t line, const jobq::SubmitResult& result) {
    if (result.code == 200) {
      ++(result.created ? made : known);
      return;
    }
    if (result.code == 410) {
      ++over;
      return;
    }
    code = code == kOk ? exit_code_of_refusal(result.code) : code;
    is_full = is_full || result.code == 429 || result.code == 503 || result.code == 507;
    if (++refused <= kRefusalsShown) {
      // "jobs[7].priority: ...", of the message: the line is known.
      const std::size_t field = result.error.starts_with("jobs[") ? result.error.find("].") + 2 : 0;
      say("jobq: line {}: {}\n", line,
          printable(refusal_text(result.code, result.error.substr(field), result.retry_after)));
    }
  }

  void say_end(const ConnectionOptions& common) const {
    show(common, Json{{"imported", made}, {"known", known}, {"over", over}, {"refused", refused}},
         [&] {
           return fmt::format("{} imported, {} were there, {} are over, {} are refused{}\n", made,
                              known, over, refused, is_full ? "; stopped there" : "");
         });
    std::fflush(stdout);
  }
};

}  // namespace

void add_export(Program& program) { program.add<Export, Import>(); }

}  // namespace tools
