// jobq admin remove, restart, edit, redrive: jobs that need a hand.
#include "commands.h"
#include "job_calls.h"
#include "job_view.h"
#include "jobq/admin.h"
#include "output.h"
#include "utf8.h"

namespace tools {
namespace {

constexpr std::size_t kRequestBytesMax = 8U << 20;

struct JobName : DatasourceOptions {
  std::string job;

  void declare(Options& options) {
    DatasourceOptions::declare(options);
    options.text("JOB", job, "Job id");
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
    return show(common, now, [&] { return job_details(now, system_now(), look_of(stdout)); });
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
    if (!common.json) fmt::print(stderr, "jobq: {} restarted\n", count);
    return kOk;
  }
};

}  // namespace

void add_admin_job(Program& program, CLI::App& parent) {
  program.add<Remove, Restart, Edit, Redrive>(parent);
}

}  // namespace tools
