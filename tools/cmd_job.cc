// jobq status, cancel, explain, list: jobs as the store knows them.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
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

constexpr unsigned kPageMax = 1000;
constexpr unsigned kListLimitDefault = 100;

struct StatusCommand {
  JobOptions job;
  bool with_request = false;
};

struct CancelCommand {
  JobOptions job;
  std::string wait;
};

struct ListOptions {
  std::string datasource;
  jobq::ListQuery query;
  std::vector<std::string> statuses;
  unsigned limit = kListLimitDefault;
  bool all = false;
  bool as_driver = false;
};

int run_status(const StatusCommand& options, const ConnectionOptions& common) {
  const jobq::JobStatus job =
      JobCalls(options.job, common.connection())
          .status({.with_attempts = true, .with_request = options.with_request});
  if (common.json) {
    fmt::print("{}\n", job_text(job));
  } else {
    fmt::print("{}", job_details(job, system_now(), look_of(stdout)));
  }
  return kOk;
}

int run_cancel(const CancelCommand& options, const ConnectionOptions& common) {
  const jobq::Span patience = wait_of_option("--wait", options.wait);
  JobCalls calls(options.job, common.connection());
  jobq::JobStatus job = calls.cancel();
  if (!options.wait.empty() && !jobq::is_final(job.status)) {
    const auto end = calls.wait(patience);
    job = end ? *end : calls.status();
  }
  if (common.json) {
    fmt::print("{}\n", job_text(job));
  } else if (job.status == jobq::Status::kAccepted) {
    const jobq::Time now = system_now();
    fmt::print("cancel requested; worker {} has until {} to stop\n", printable(job.worker),
               moment(job.cancel_until, now));
  } else {
    fmt::print("{}\n", jobq::to_string(job.status));
  }
  if (job.status == jobq::Status::kCancelled) return kOk;
  if (jobq::is_final(job.status)) return kJobFailed;
  return options.wait.empty() ? kOk : kNotFinal;
}

int run_explain(const JobOptions& options, const ConnectionOptions& common) {
  const jobq::Explanation explanation = JobCalls(options, common.connection()).explain();
  if (common.json) {
    fmt::print("{}\n", to_text(fields_of(explanation)));
    return kOk;
  }
  const jobq::Time now = system_now();
  for (const jobq::Reason& reason : explanation.reasons) {
    fmt::print("{}\n", reason_sentence(reason, now));
  }
  if (explanation.earliest != jobq::Time{}) {
    fmt::print("It can run at {} at the earliest.\n", moment(explanation.earliest, now));
  } else if (!jobq::is_final(explanation.status) && explanation.status != jobq::Status::kAccepted) {
    fmt::print("The clock does not hold it.\n");
  }
  return kOk;
}

jobq::Status parse_status(const std::string& text) {
  for (auto number = 0; number <= static_cast<int>(jobq::Status::kForbidden); ++number) {
    const auto status = static_cast<jobq::Status>(number);
    if (text == jobq::to_string(status)) return status;
  }
  throw UsageError(
      fmt::format("--status: '{}' is none of submitted, accepted, retrying, complete, "
                  "failed, cancelled, forbidden",
                  text));
}

template <class Caller>
int print_list(Caller caller, const ListOptions& options, bool json) {
  jobq::ListQuery query = options.query;
  for (const std::string& status : options.statuses) {
    query.statuses.push_back(parse_status(status));
  }
  std::vector<jobq::JobStatus> jobs;
  std::uint64_t left = options.all ? UINT64_MAX : options.limit;
  do {
    query.limit = static_cast<unsigned>(std::min<std::uint64_t>(left, kPageMax));
    jobq::JobPage page = caller.list(options.datasource, query);
    left -= std::min<std::uint64_t>(left, page.jobs.size());
    query.cursor = page.cursor;
    if (!json) {
      std::move(page.jobs.begin(), page.jobs.end(), std::back_inserter(jobs));
      continue;
    }
    for (const jobq::JobStatus& job : page.jobs) fmt::print("{}\n", job_text(job));
  } while (query.cursor != 0 && left > 0);

  const Look look = look_of(stdout);
  if (!json) fmt::print("{}", job_table(jobs, system_now(), look));
  if (query.cursor != 0 && look.is_terminal) {
    fmt::print(stderr, "jobq: there may be more: --after {}, --limit or --all\n", query.cursor);
  }
  return kOk;
}

}  // namespace

void add_status(Program& program) {
  auto options = std::make_shared<StatusCommand>();
  CLI::App* command =
      program.add({"status", "Jobs", "Show one job: how it stands, and how its attempts ended",
                   "  jobq status scan 6f9619ff-8b86-4011-b42d-00c04fc964ff\n"
                   "  jobq status scan job-7 --json | jq '.attempts[].ending'"},
                  [options, &program] { return run_status(*options, program.common); });
  options->job.declare(command);
  command->add_flag("--request", options->with_request, "Show its request too");
}

void add_cancel(Program& program) {
  auto options = std::make_shared<CancelCommand>();
  CLI::App* command =
      program.add({"cancel", "Jobs", "Cancel a job",
                   "  jobq cancel scan 6f9619ff-8b86-4011-b42d-00c04fc964ff --wait=1m\n\n"
                   "A job that waits is cancelled at once. One that a worker has is, when the "
                   "worker says that\n"
                   "it has stopped, or when the grace of the datasource (30 s) is over. Repeating "
                   "does no harm.\n"
                   "Exit code: 0 cancelled, or requested; 1 the job had ended otherwise before; 7 "
                   "with --wait:\n"
                   "not final in time."},
                  [options, &program] { return run_cancel(*options, program.common); });
  options->job.declare(command);
  command->add_flag(wait_flag(), options->wait, "Wait for the end; --wait=60s at most so long");
}

void add_explain(Program& program) {
  auto options = std::make_shared<JobOptions>();
  CLI::App* command =
      program.add({"explain", "Jobs", "Say why a job is not running now, and when it can",
                   "  jobq explain scan 6f9619ff-8b86-4011-b42d-00c04fc964ff"},
                  [options, &program] { return run_explain(*options, program.common); });
  options->declare(command);
}

void add_list(Program& program) {
  auto options = std::make_shared<ListOptions>();
  CLI::App* command = program.add(
      {"list", "Jobs", "List a client's jobs, oldest first; search them",
       "  jobq list scan --status failed --status cancelled\n"
       "  jobq list scan --status submitted,retrying --function ocr --tag night --text '\"page\": "
       "7'\n"
       "  jobq list scan --driver --all --json --token-file scan.token | jq .job"},
      [options, &program] {
        const jobq::Connection connection = program.common.connection();
        return options->as_driver
                   ? print_list(jobq::Driver(connection), *options, program.common.json)
                   : print_list(jobq::Client(connection), *options, program.common.json);
      });
  jobq::ListQuery& query = options->query;
  command->add_option("DSID", options->datasource, "Datasource")->required();
  command->add_option("--client", query.client, "Whose jobs; not needed when the token says so")
      ->type_name("NAME");
  command->add_option("--status", options->statuses, "Only these; may be repeated")
      ->type_name("STATUS")
      ->allow_extra_args(false)
      ->delimiter(',');
  command->add_option("--function", query.function, "Only jobs with this function")
      ->type_name("NAME");
  command->add_option("--tag", query.tag, "Only jobs with this tag")->type_name("NAME");
  command
      ->add_option("--text", query.text, "Only jobs whose request contains these bytes, up to 1024")
      ->type_name("TEXT");
  command->add_option("--limit", options->limit, "At most so many; default: 100")
      ->type_name("N")
      ->check(positive());
  command->add_option("--after", query.cursor, "Only jobs with a greater sequence number")
      ->type_name("N");
  command->add_flag("--all", options->all, "To the end, however many");
  command->add_flag("--driver", options->as_driver, "With a driver's token: of all clients");
}

}  // namespace tools
