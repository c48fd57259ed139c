// jobq admin remove, restart, edit, redrive: jobs that need a hand.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cmd_admin.h"
#include "failure.h"
#include "help_format.h"
#include "job_view.h"
#include "jobq/admin.h"
#include "json_fields.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

constexpr unsigned kPageMax = 1000;
constexpr std::size_t kRequestBytesMax = 8U << 20;

struct JobName {
  std::string datasource;
  std::string job;

  void declare(CLI::App* command) {
    command->add_option("DSID", datasource, "Datasource")->required();
    command->add_option("JOB", job, "Job id")->required();
  }
};

struct RestartOptions {
  JobName name;
  std::string id;
};

struct EditOptions {
  JobName name;
  jobq::Edit edit;
  std::string valid_for;
  std::string request_file;
};

struct RedriveOptions {
  std::string datasource;
  jobq::RedriveQuery query;
  std::vector<std::string> statuses;
  std::uint64_t limit = UINT64_MAX;
};

int run_remove(const JobName& name, const ConnectionOptions& common) {
  jobq::Admin(common.connection()).remove(name.datasource, name.job);
  if (common.json) {
    Json json;
    json["job"] = name.job;
    json["removed"] = true;
    fmt::print("{}\n", to_text(json));
  } else {
    fmt::print("removed\n");
  }
  return kOk;
}

int run_restart(const RestartOptions& options, const ConnectionOptions& common) {
  const jobq::JobStatus job = jobq::Admin(common.connection())
                                  .restart(options.name.datasource, options.name.job, options.id);
  fmt::print("{}\n", common.json ? job_text(job) : printable(job.job));
  return kOk;
}

int run_edit(const EditOptions& options, const ConnectionOptions& common) {
  jobq::Edit edit = options.edit;
  if (!options.valid_for.empty()) edit.valid_for = span_of_option("--valid-for", options.valid_for);
  if (!options.request_file.empty()) {
    edit.request = read_input(options.request_file, kRequestBytesMax);
  }
  if (edit.priority == 0 && edit.valid_for == jobq::Span{} && edit.request.empty()) {
    throw UsageError("nothing to change: give --priority, --valid-for, --request, --request-file");
  }
  if (!edit.request.empty()) {
    if (const auto problem = json_problem(edit.request)) {
      throw UsageError("the request is not JSON: " + *problem);
    }
    edit.request = std::string(trimmed(edit.request));
  }
  const jobq::JobStatus job =
      jobq::Admin(common.connection()).edit(options.name.datasource, options.name.job, edit);
  if (common.json) {
    fmt::print("{}\n", job_text(job));
  } else {
    fmt::print("{}", job_details(job, system_now(), look_of(stdout)));
  }
  return kOk;
}

jobq::Status parse_end(const std::string& text) {
  for (const auto status :
       {jobq::Status::kFailed, jobq::Status::kCancelled, jobq::Status::kForbidden}) {
    if (text == jobq::to_string(status)) return status;
  }
  throw UsageError(fmt::format("--status: '{}' is none of failed, cancelled, forbidden", text));
}

int run_redrive(const RedriveOptions& options, const ConnectionOptions& common) {
  jobq::RedriveQuery query = options.query;
  for (const std::string& status : options.statuses) query.statuses.push_back(parse_end(status));
  jobq::Admin admin(common.connection());
  std::uint64_t count = 0;
  do {
    query.limit = static_cast<unsigned>(std::min<std::uint64_t>(options.limit - count, kPageMax));
    const jobq::JobPage page = admin.redrive(options.datasource, query);
    for (const jobq::JobStatus& job : page.jobs) {
      if (common.json) {
        fmt::print("{}\n", job_text(job));
      } else {
        fmt::print("{} restarted as {}\n", printable(job.parent), printable(job.job));
      }
    }
    std::fflush(stdout);
    count += page.jobs.size();
    query.cursor = page.cursor;
  } while (query.cursor != 0 && count < options.limit);
  if (!common.json) fmt::print(stderr, "jobq: {} restarted\n", count);
  return kOk;
}

void add_redrive(Program& program, CLI::App& parent) {
  auto options = std::make_shared<RedriveOptions>();
  CLI::App* command = program.add(
      {"redrive", "Jobs", "Restart all jobs that failed and were not restarted, oldest first",
       "  jobq admin redrive scan --function ocr\n"
       "  jobq admin redrive scan --status failed,cancelled --client alice --limit 100"},
      [options, &program] { return run_redrive(*options, program.common); }, parent);
  command->add_option("DSID", options->datasource, "Datasource")->required();
  command->add_option("--client", options->query.client, "Only of this client")->type_name("NAME");
  command->add_option("--function", options->query.function, "Only with this function")
      ->type_name("NAME");
  command->add_option("--tag", options->query.tag, "Only with this tag")->type_name("NAME");
  command
      ->add_option("--status", options->statuses,
                   "failed, cancelled, forbidden; may be repeated; default: failed")
      ->type_name("STATUS")
      ->allow_extra_args(false)
      ->delimiter(',');
  command->add_option("--limit", options->limit, "At most so many; default: all")
      ->type_name("N")
      ->check(positive());
}

}  // namespace

void add_admin_job(Program& program, CLI::App& parent) {
  auto remove = std::make_shared<JobName>();
  remove->declare(program.add(
      {"remove", "Jobs", "Make the store forget a job", "  jobq admin remove scan job-7"},
      [remove, &program] { return run_remove(*remove, program.common); }, parent));

  auto restart = std::make_shared<RestartOptions>();
  CLI::App* command = program.add(
      {"restart", "Jobs", "Run a job once more, print the new job's id",
       "  jobq admin restart scan job-7 --id job-7-again\n\n"
       "Of a job that has ended a new one is made, with the same request and options; the two are\n"
       "linked. A job that waits for its time (delay, backoff) runs now and keeps its id. "
       "Repeated:\n"
       "the same new job again."},
      [restart, &program] { return run_restart(*restart, program.common); }, parent);
  restart->name.declare(command);
  command->add_option("--id", restart->id, "Of the new job; default: a GUID")->type_name("ID");

  auto edit = std::make_shared<EditOptions>();
  command = program.add(
      {"edit", "Jobs", "Change a job that waits",
       "  jobq admin edit scan job-7 --priority 90 --valid-for 1h"},
      [edit, &program] { return run_edit(*edit, program.common); }, parent);
  edit->name.declare(command);
  command->add_option("--priority", edit->edit.priority, "1 to 100")
      ->type_name("N")
      ->check(CLI::Range(1, 100));
  command
      ->add_option("--valid-for", edit->valid_for,
                   "It expires when no worker has taken it within this time from now")
      ->type_name("SPAN");
  auto* request =
      command->add_option("--request", edit->edit.request, "The new request")->type_name("JSON");
  command->add_option("--request-file", edit->request_file, "File with it, - for standard input")
      ->type_name("FILE")
      ->excludes(request);

  add_redrive(program, parent);
}

}  // namespace tools
