// jobq admin cancel, edit, remove, restart, redrive: a job that needs a hand, or all that match.

#include "job_calls.h"
#include "job_filter.h"
#include "job_view.h"
#include "jobq/admin.h"
#include "output.h"
#include "printing.h"
#include "program.h"
#include "utf8.h"

namespace tools {
namespace {

constexpr std::size_t kRequestBytesMax = 8U << 20;

using Step = jobq::BulkStep (jobq::Admin::*)(const std::string&, const jobq::BulkQuery&);

// What is done to all jobs that match, step by step.
struct BulkOptions {
  jobq::BulkQuery query;
  std::uint64_t limit = UINT64_MAX;
  bool all = false;

  // `statuses`: that may be named.
  void declare(Options& options, const std::vector<jobq::Status>& statuses) {
    jobq::ListQuery& where = query.where;
    options.text("--client NAME", where.client, "Only jobs of this client");
    options.choices("--status STATUS", where.statuses, "Only these; may be repeated", statuses);
    declare_job_filter(options, where);
    options.flag("--all", all, "All jobs, where nothing above is said");
    options.flag("--dry-run", query.is_dry,
                 "Change nothing; say how many it would be, and which "
                 "are the first");
    options.count("--limit N", limit, "At most so many; default: all");
    options.number("--after N", where.cursor, "Only jobs with a greater sequence number");
  }

  [[nodiscard]] bool is_said() const { return all || is_narrowed(query.where); }

  // `done`: "cancelled". Ctrl-C between two steps leaves what is done done: it may be run again.
  int run(const ConnectionOptions& common, const std::string& datasource, Step step,
          const char* done) {
    jobq::Admin admin(common.connection());
    std::uint64_t count = 0;
    std::vector<jobq::JobStatus> shown;
    jobq::BulkStep last;
    do {
      query.where.limit = static_cast<unsigned>(std::min(limit - count, kPageMax));
      last = (admin.*step)(datasource, query);
      count += last.count;
      query.where.cursor = last.cursor;
      note(common, last.jobs, shown, done);
      if (!common.json && last.cursor != 0) {
        say("jobq: {} {}, up to {} of {}\n", count, query.is_dry ? "match" : done, last.cursor,
            last.last);
      }
    } while (last.cursor != 0 && (query.is_dry || count < limit));
    if (query.is_dry) return tell_dry(common, count, shown, done);
    if (!common.json) say("jobq: {} {}\n", count, done);
    return kOk;
  }

 private:
  void note(const ConnectionOptions& common, const std::vector<jobq::JobStatus>& jobs,
            std::vector<jobq::JobStatus>& shown, const char* done) const {
    constexpr std::size_t kShown = 10;
    for (const jobq::JobStatus& job : jobs) {
      if (query.is_dry) {
        if (shown.size() < kShown) shown.push_back(job);
        continue;
      }
      show(common, job, [&] {
        return job.parent.empty() || std::string_view(done) != "restarted"
                   ? fmt::format("{} {}\n", printable(job.job), done)
                   : fmt::format("{} restarted as {}\n", printable(job.parent), printable(job.job));
      });
    }
    std::fflush(stdout);
  }

  static int tell_dry(const ConnectionOptions& common, std::uint64_t count,
                      const std::vector<jobq::JobStatus>& shown, const char* done) {
    show_all(common, shown, [&] { return job_table(shown, system_now(), display_of(stdout)); });
    std::fflush(stdout);
    say("jobq: {} would be {}\n", count, done);
    return kOk;
  }
};

std::vector<jobq::Status> live_ones() {
  using enum jobq::Status;
  return {kSubmitted, kAccepted, kRetrying};
}
std::vector<jobq::Status> restartable() {
  using enum jobq::Status;
  return {kFailed, kCancelled, kForbidden};
}

// One job, or all that match.
struct OneOrAll : DatasourceOptions {
  std::string job;
  BulkOptions bulk;

  void declare(Options& options, const std::vector<jobq::Status>& statuses) {
    DatasourceOptions::declare(options);
    options.job("[JOB]", job, "Job id; none: all that match");
    bulk.declare(options, statuses);
  }

  // Whether it is one.
  [[nodiscard]] bool is_one() const {
    if (!job.empty() && (bulk.is_said() || bulk.query.is_dry)) {
      throw UsageError("give a JOB, or what the jobs have in common");
    }
    if (job.empty() && !bulk.is_said()) {
      throw UsageError("which jobs? Give a JOB, a filter as --function, or --all");
    }
    return !job.empty();
  }
};

struct Cancel : DatasourceOptions {
  static constexpr Words kWords{
      "cancel", "Jobs", "Cancel all jobs that match",
      "  jobq admin cancel scan --function 'ocr*' --submitted-before 1d --dry-run\n"
      "  jobq admin cancel scan --client alice\n\n"
      "What waits is cancelled; of what runs it is requested. Ended jobs are passed over, so that\n"
      "a run that was broken off is simply run again. A single job: jobq cancel DSID JOB "
      "--driver."};

  BulkOptions bulk;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    bulk.declare(options, live_ones());
  }

  int run(const ConnectionOptions& common) {
    if (!bulk.is_said()) throw UsageError("which jobs? Give a filter as --function, or --all");
    return bulk.run(common, datasource, &jobq::Admin::cancel_all, "cancelled");
  }
};

struct Remove : OneOrAll {
  static constexpr Words kWords{
      "remove", "Jobs", "Make the store forget a job, or all that match",
      "  jobq admin remove scan job-7\n"
      "  jobq admin remove scan --status complete --ended-before 30d --dry-run\n"
      "  jobq admin remove scan job-8 --force\n\n"
      "Of jobs that have ended. With --force also of others: these are cancelled at once, "
      "whatever\n"
      "their workers say, and forgotten right after."};

  bool force = false;

  void declare(Options& options) {
    OneOrAll::declare(options, all_of<jobq::Status>());
    options.flag("--force", force, "Jobs that have not ended too");
  }

  int run(const ConnectionOptions& common) {
    if (!is_one()) {
      bulk.query.is_forced = force;
      return bulk.run(common, datasource, &jobq::Admin::remove_all, "removed");
    }
    jobq::Admin(common.connection()).remove(datasource, job, force);
    return show(common, Json{{"job", job}, {"removed", true}}, [] { return "removed\n"; });
  }
};

struct Restart : DatasourceOptions {
  static constexpr Words kWords{
      "restart", "Jobs", "Run a job once more, print the new job's id",
      "  jobq admin restart scan job-7 --id job-7-again\n\n"
      "Of a job that has ended a new one is made, with the same request and options; the two are\n"
      "linked. A job that waits for its time (delay, backoff) runs now and keeps its id. "
      "Repeated:\n"
      "the same new job again."};

  std::string job;
  std::string id;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.job("JOB", job, "Job id");
    options.text("--id ID", id, "Of the new job; default: a GUID");
  }

  int run(const ConnectionOptions& common) const {
    const jobq::JobStatus made = jobq::Admin(common.connection()).restart(datasource, job, id);
    return show(common, made, [&] { return printable(made.job) + "\n"; });
  }
};

struct Edit : OneOrAll {
  static constexpr Words kWords{"edit", "Jobs", "Change a job that waits, or all that match",
                                "  jobq admin edit scan job-7 --priority 90 --valid-for 1h\n"
                                "  jobq admin edit scan --tag urgent --priority 90 --dry-run"};

  jobq::Edit edit;
  std::string request_file;

  void declare(Options& options) {
    OneOrAll::declare(options, {jobq::Status::kSubmitted, jobq::Status::kRetrying});
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
    if (!is_one()) {
      if (!edit.request.empty()) throw UsageError("a request is of one JOB alone");
      bulk.query.edit = edit;
      return bulk.run(common, datasource, &jobq::Admin::edit_all, "changed");
    }
    const jobq::JobStatus now = jobq::Admin(common.connection()).edit(datasource, job, edit);
    return show(common, now, [&] { return job_details(now, system_now(), display_of(stdout)); });
  }
};

struct Redrive : DatasourceOptions {
  static constexpr Words kWords{
      "redrive", "Jobs", "Restart all jobs that failed and were not restarted, oldest first",
      "  jobq admin redrive scan --function 'ocr*'\n"
      "  jobq admin redrive scan --status failed,cancelled --client alice --limit 100 --dry-run"};

  BulkOptions bulk;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    bulk.declare(options, restartable());
  }

  int run(const ConnectionOptions& common) {
    return bulk.run(common, datasource, &jobq::Admin::restart_all, "restarted");
  }
};

}  // namespace

void add_admin_jobs(Program& program, CLI::App& parent) {
  program.add<Cancel, Remove, Restart, Edit, Redrive>(parent);
}

}  // namespace tools
