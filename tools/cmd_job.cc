// jobq status, wait, list: jobs as the store knows them.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>

#include "commands.h"
#include "failure.h"
#include "job_view.h"
#include "jobq/client.h"
#include "jobq/driver.h"
#include "json_text.h"
#include "time_text.h"

namespace tools {
namespace {

constexpr unsigned kPageMax = 1000;
constexpr unsigned kListLimitDefault = 100;
constexpr jobq::Span kForEver = std::chrono::hours(24 * 3650);

struct JobOptions {
  std::string datasource;
  std::string job;
  std::string client;
  std::string timeout;
  bool as_driver = false;
};

struct ListOptions {
  std::string datasource;
  std::string client;
  std::vector<std::string> statuses;
  unsigned limit = kListLimitDefault;
  std::uint64_t after = 0;
  bool all = false;
  bool as_driver = false;
};

void add_job(CLI::App* command, JobOptions& options) {
  command->add_option("DSID", options.datasource, "Datasource")->required();
  command->add_option("JOB", options.job, "Job id")->required();
  command
      ->add_option("--client", options.client, "Whose job it is; not needed when the token says so")
      ->type_name("NAME");
}

int run_status(const JobOptions& options, const ConnectionOptions& common) {
  const jobq::JobStatus job =
      options.as_driver ? jobq::Driver(common.connection()).status(options.datasource, options.job)
                        : jobq::Client(common.connection())
                              .status(options.datasource, options.job, options.client);
  if (common.json) {
    fmt::print("{}\n", to_text(fields_of(job), job.response));
  } else {
    fmt::print("{}", job_details(job, system_now(), look_of(stdout)));
  }
  return kOk;
}

int run_wait(const JobOptions& options, const ConnectionOptions& common) {
  const jobq::Span timeout =
      options.timeout.empty() ? kForEver : span_of_option("--timeout", options.timeout);
  jobq::Client client(common.connection());
  // Asked first, so that a store that is not there and a job that is unknown end the wait at once.
  jobq::JobStatus job = client.status(options.datasource, options.job, options.client);
  if (jobq::is_final(job.status)) return report_end(job, common.json);
  const auto end = client.wait(options.datasource, options.job, options.client, timeout);
  if (end) return report_end(*end, common.json);
  return report_not_final(client.status(options.datasource, options.job, options.client), timeout,
                          common.json);
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
  jobq::ListQuery query;
  query.client = options.client;
  query.cursor = options.after;
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
    for (const jobq::JobStatus& job : page.jobs) fmt::print("{}\n", to_text(fields_of(job)));
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
  auto options = std::make_shared<JobOptions>();
  CLI::App* command = program.add(
      {"status", "Jobs", "Show one job", "  jobq status scan 6f9619ff-8b86-4011-b42d-00c04fc964ff"},
      [options, &program] { return run_status(*options, program.common); });
  add_job(command, *options);
  command->add_flag("--driver", options->as_driver, "With a driver's token: of any client");
}

void add_wait(Program& program) {
  auto options = std::make_shared<JobOptions>();
  CLI::App* command = program.add(
      {"wait", "Jobs", "Wait until a job is final, print its response",
       "  jobq wait scan 6f9619ff-8b86-4011-b42d-00c04fc964ff --timeout 5m > page.json"},
      [options, &program] { return run_wait(*options, program.common); });
  add_job(command, *options);
  command
      ->add_option("--timeout", options->timeout,
                   "How long to wait, e.g. 60s (exit code 7 then); default: for ever")
      ->type_name("SPAN");
}

void add_list(Program& program) {
  auto options = std::make_shared<ListOptions>();
  CLI::App* command = program.add(
      {"list", "Jobs", "List a client's jobs, oldest first",
       "  jobq list scan --status failed --status cancelled\n"
       "  jobq list scan --driver --all --json --token-file scan.token | jq .job"},
      [options, &program] {
        const jobq::Connection connection = program.common.connection();
        return options->as_driver
                   ? print_list(jobq::Driver(connection), *options, program.common.json)
                   : print_list(jobq::Client(connection), *options, program.common.json);
      });
  command->add_option("DSID", options->datasource, "Datasource")->required();
  command->add_option("--client", options->client, "Whose jobs; not needed when the token says so")
      ->type_name("NAME");
  command->add_option("--status", options->statuses, "Only these; may be repeated")
      ->type_name("STATUS")
      ->allow_extra_args(false)
      ->delimiter(',');
  command->add_option("--limit", options->limit, "At most so many; default: 100")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->add_option("--after", options->after, "Only jobs with a greater sequence number")
      ->type_name("N");
  command->add_flag("--all", options->all, "To the end, however many");
  command->add_flag("--driver", options->as_driver, "With a driver's token: of all clients");
}

}  // namespace tools
