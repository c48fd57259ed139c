// jobq status, cancel, explain, list, count: jobs as the store knows them.
#include "commands.h"
#include "job_calls.h"
#include "job_view.h"
#include "output.h"
#include "utf8.h"

namespace tools {
namespace {

constexpr std::uint64_t kListLimitDefault = 100;

struct Status {
  static constexpr Words kWords{"status", "Jobs",
                                "Show one job: how it stands, and how its attempts ended",
                                "  jobq status scan 6f9619ff-8b86-4011-b42d-00c04fc964ff\n"
                                "  jobq status scan job-7 --json | jq '.attempts[].ending'"};

  JobOptions job;
  bool with_request = false;

  void declare(Options& options) {
    job.declare(options);
    options.flag("--request", with_request, "Show its request too");
  }

  int run(const ConnectionOptions& common) const {
    const jobq::JobStatus status =
        JobCalls(job, common.connection(job.client))
            .status({.with_attempts = true, .with_request = with_request});
    return show(common, status,
                [&] { return job_details(status, system_now(), display_of(stdout)); });
  }
};

struct Cancel {
  static constexpr Words kWords{
      "cancel", "Jobs", "Cancel a job",
      "  jobq cancel scan 6f9619ff-8b86-4011-b42d-00c04fc964ff --wait=1m\n\n"
      "A job that waits is cancelled at once. One that a worker has is, when the worker says that\n"
      "it has stopped, or when the grace of the datasource (30 s) is over. Repeating does no "
      "harm.\n"
      "Exit code: 0 cancelled, or requested; 1 the job had ended otherwise before; 7 with --wait:\n"
      "not final in time."};

  JobOptions job;
  std::optional<jobq::Span> wait;

  void declare(Options& options) {
    job.declare(options);
    options.wait("--wait", wait, "Wait for the end; --wait=60s at most so long");
  }

  int run(const ConnectionOptions& common) const {
    JobCalls calls(job, common.connection(job.client));
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
};

struct Explain {
  static constexpr Words kWords{"explain", "Jobs",
                                "Say why a job is not running now, and when it can",
                                "  jobq explain scan 6f9619ff-8b86-4011-b42d-00c04fc964ff"};

  JobOptions job;

  void declare(Options& options) { job.declare(options); }

  int run(const ConnectionOptions& common) const {
    const auto explanation = JobCalls(job, common.connection(job.client)).explain();
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

// Which jobs of a datasource.
struct JobFilter {
  JobOptions whose;
  jobq::ListQuery query;

  void declare(Options& options) {
    options.text("DSID", whose.datasource, "Datasource");
    whose.declare_caller(options, "With a driver's token: of all clients");
    options.choices("--status STATUS", query.statuses, "Only these; may be repeated");
    options.text("--function NAME", query.function, "Only jobs with this function");
    options.text("--tag NAME", query.tag, "Only jobs with this tag");
    options.text("--text TEXT", query.text,
                 "Only jobs whose request contains these bytes, up to 1024");
    options.number("--after N", query.cursor, "Only jobs with a greater sequence number");
  }

  // Calls `ask` with the client or driver that asks.
  template <class Ask>
  int run(const ConnectionOptions& common, const Ask& ask) {
    query.client = whose.client;
    const jobq::Connection connection = common.connection(whose.client);
    return whose.as_driver ? ask(jobq::Driver(connection)) : ask(jobq::Client(connection));
  }
};

struct List {
  static constexpr Words kWords{
      "list", "Jobs", "List a client's jobs, oldest first; search them",
      "  jobq list scan --status failed --status cancelled\n"
      "  jobq list scan --status submitted,retrying --function ocr --tag night --text '\"page\": "
      "7'\n"
      "  jobq list scan --driver --all --json --token-file scan.token | jq .job"};

  JobFilter filter;
  std::uint64_t limit = kListLimitDefault;
  bool all = false;

  void declare(Options& options) {
    filter.declare(options);
    options.count("--limit N", limit, "At most so many; default: 100");
    options.flag("--all", all, "To the end, however many");
  }

  int run(const ConnectionOptions& common) {
    return filter.run(common, [&](auto caller) {
      const jobq::ListQuery& query = filter.query;
      const auto ask = [&](std::uint64_t after, unsigned limit_of_page) {
        jobq::ListQuery page = query;
        page.cursor = after;
        page.limit = limit_of_page;
        return caller.list(filter.whose.datasource, page);
      };
      const auto table = [](const auto& jobs) {
        return job_table(jobs, system_now(), display_of(stdout));
      };
      // Not where the store would have to read all requests for it.
      const auto count = [&]() -> std::optional<std::uint64_t> {
        if (!query.text.empty()) return std::nullopt;
        try {
          return caller.count(filter.whose.datasource, query);
        } catch (const jobq::Refused&) {
          return std::nullopt;
        }
      };
      return show_pages(common, query.cursor, all ? UINT64_MAX : limit, &jobq::JobPage::jobs, ask,
                        table, "--after", count);
    });
  }
};

struct Count {
  static constexpr Words kWords{"count", "Jobs", "Say how many jobs a list would have",
                                "  jobq count scan --status failed\n"
                                "  jobq count scan --driver --tag night --token-file scan.token"};

  JobFilter filter;

  void declare(Options& options) { filter.declare(options); }

  int run(const ConnectionOptions& common) {
    return filter.run(common, [&](auto caller) {
      const std::uint64_t count = caller.count(filter.whose.datasource, filter.query);
      return show(common, Json{{"count", count}}, [&] { return fmt::format("{}\n", count); });
    });
  }
};

}  // namespace

void add_status(Program& program) { program.add<Status>(); }
void add_cancel(Program& program) { program.add<Cancel>(); }
void add_explain(Program& program) { program.add<Explain>(); }
void add_list(Program& program) { program.add<List>(); }
void add_count(Program& program) { program.add<Count>(); }

}  // namespace tools
