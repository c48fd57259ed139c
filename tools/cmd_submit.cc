// jobq submit: one job, or one for each line of the input.
#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "commands.h"
#include "failure.h"
#include "job_view.h"
#include "jobq/client.h"
#include "json_text.h"
#include "line_reader.h"
#include "time_text.h"
#include "utf8.h"

namespace tools {
namespace {

constexpr std::size_t kBatchJobsMax = 256;
// Well below what one message may hold (8 MiB), since every job adds its names to it.
constexpr std::size_t kBatchBytesMax = 6U << 20;
// A slow writer's lines are not held back until a batch is full.
constexpr jobq::Span kBatchPatience{10};
constexpr std::size_t kInputBytesMax = 8U << 20;
constexpr jobq::Span kForEver = std::chrono::hours(24 * 3650);
constexpr const char* kWaitForEver = "for ever";

struct SubmitOptions {
  std::string datasource;
  std::string input;  // "-" or nothing
  std::string request;
  std::string request_file;
  std::string job;
  std::string client;
  unsigned priority = 0;
  std::string keep_for;
  std::string wait;
  bool lines = false;
};

std::string request_of(const SubmitOptions& options) {
  const int sources = static_cast<int>(!options.request.empty()) +
                      static_cast<int>(!options.request_file.empty()) +
                      static_cast<int>(!options.input.empty());
  if (!options.input.empty() && options.input != "-") {
    throw UsageError(
        fmt::format("'{}' is not expected; the request goes after --request", options.input));
  }
  if (sources != 1) {
    throw UsageError(
        "one request is needed: --request JSON, --request-file FILE or - (standard "
        "input)");
  }
  const std::string file = options.input.empty() ? options.request_file : options.input;
  const std::string text = file.empty() ? options.request : read_input(file, kInputBytesMax);
  if (const auto problem = json_problem(text)) {
    throw UsageError("the request is not JSON: " + *problem);
  }
  return std::string(trimmed(text));
}

jobq::NewJob job_of(const SubmitOptions& options, std::string request) {
  jobq::NewJob job;
  job.job = options.job;
  job.request = std::move(request);
  job.client = options.client;
  job.priority = options.priority;
  if (!options.keep_for.empty()) job.keep_for = span_of_option("--keep-for", options.keep_for);
  return job;
}

int submit_one(const SubmitOptions& options, const ConnectionOptions& common) {
  std::vector<jobq::NewJob> jobs = {job_of(options, request_of(options))};
  const bool waits = !options.wait.empty();
  const jobq::Span patience =
      !waits || options.wait == kWaitForEver ? kForEver : span_of_option("--wait", options.wait);
  jobq::Client client(common.connection());
  const auto results = client.submit(options.datasource, std::move(jobs));
  const jobq::SubmitResult& result = results.at(0);
  if (result.code != 200) throw jobq::Refused(result.code, result.error);

  if (!waits) {
    if (common.json) {
      Json json = fields_of(result.status);
      json["created"] = result.created;
      fmt::print("{}\n", to_text(json));
    } else if (look_of(stdout).is_terminal) {
      fmt::print("{}  {}{}\n", result.status.job, jobq::to_string(result.status.status),
                 result.created ? "" : " (the store had it already)");
    } else {
      fmt::print("{}\n", result.status.job);
    }
    return kOk;
  }
  // For whoever interrupts the wait: `jobq wait` goes on from here.
  if (look_of(stderr).is_terminal) fmt::print(stderr, "jobq: waiting for {}\n", result.status.job);
  const std::string& owner = result.status.client;
  const auto end = client.wait(options.datasource, result.status.job, owner, patience);
  if (end) return report_end(*end, common.json);
  return report_not_final(client.status(options.datasource, result.status.job, owner), patience,
                          common.json);
}

// Lines on their way to the store.
struct Batch {
  std::vector<jobq::NewJob> jobs;
  std::vector<std::size_t> line_numbers;
  std::size_t bytes = 0;

  bool has_room_for(std::size_t more) const {
    return jobs.empty() || (jobs.size() < kBatchJobsMax && bytes + more <= kBatchBytesMax);
  }
};

// Prints an id for each job taken; returns the exit code of the first refusal, or kOk.
ExitCode send(jobq::Client& client, const std::string& datasource, Batch batch, bool json) {
  const auto results = client.submit(datasource, std::move(batch.jobs));
  ExitCode code = kOk;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const jobq::SubmitResult& result = results[i];
    const bool is_taken = result.code == 200;
    if (!is_taken && code == kOk) code = exit_code_of_refusal(result.code);
    if (json) {
      Json fields;
      fields["line"] = batch.line_numbers[i];
      fields["code"] = result.code;
      if (!is_taken) fields["error"] = result.error;
      if (is_taken) fields["created"] = result.created;
      if (is_taken) fields.update(fields_of(result.status));
      fmt::print("{}\n", to_text(fields));
    } else if (is_taken) {
      fmt::print("{}\n", result.status.job);
    } else {
      fmt::print(stderr, "jobq: line {}: refused by the store ({}): {}\n", batch.line_numbers[i],
                 result.code, printable(result.error));
    }
  }
  std::fflush(stdout);  // whoever reads the ids may act on them now
  return code;
}

int submit_lines(const SubmitOptions& options, const ConnectionOptions& common) {
  const bool has_other_input = !options.request.empty() || !options.request_file.empty() ||
                               !(options.input.empty() || options.input == "-");
  if (has_other_input || !options.job.empty() || !options.wait.empty()) {
    throw UsageError(
        "--lines reads standard input and goes with neither --request, --request-file, "
        "--job nor --wait");
  }
  jobq::Client client(common.connection());
  LineReader reader(STDIN_FILENO);
  Batch batch;
  ExitCode code = kOk;
  std::string problem;  // with a line: those before it are still submitted
  const auto flush = [&] {
    if (batch.jobs.empty()) return;
    const ExitCode sent = send(client, options.datasource, std::move(batch), common.json);
    if (code == kOk) code = sent;
    batch = {};
  };
  while (problem.empty()) {
    const auto line =
        reader.next(batch.jobs.empty() ? std::nullopt : std::optional(kBatchPatience));
    if (!line) {
      flush();
      if (reader.has_ended()) break;
      continue;
    }
    const std::string_view request = trimmed(*line);
    if (request.empty()) continue;
    if (const auto wrong = json_problem(request)) {
      problem = fmt::format("line {} is not JSON: {}; nothing from there on is submitted",
                            reader.number(), *wrong);
      break;
    }
    if (!batch.has_room_for(request.size())) flush();
    batch.jobs.push_back(job_of(options, std::string(request)));
    batch.line_numbers.push_back(reader.number());
    batch.bytes += request.size();
    if (batch.jobs.size() == kBatchJobsMax) flush();
  }
  flush();
  if (!problem.empty()) throw UsageError(problem);
  return code;
}

}  // namespace

void add_submit(Program& program) {
  auto options = std::make_shared<SubmitOptions>();
  CLI::App* command =
      program.add({"submit", "Jobs", "Submit a job, print its id",
                   "  jobq submit scan --request '{\"page\": 1}' --client alice\n"
                   "  jobq submit scan --request-file page.json --wait=60s > answer.json\n"
                   "  seq 1000 | jobq submit scan --lines > ids"},
                  [options, &program] {
                    return options->lines ? submit_lines(*options, program.common)
                                          : submit_one(*options, program.common);
                  });
  command->add_option("DSID", options->datasource, "Datasource")->required();
  command->add_option("INPUT", options->input, "-: the request is read from standard input");
  command->add_option("--request", options->request, "The request: JSON text")->type_name("JSON");
  command->add_option("--request-file", options->request_file, "File with the request")
      ->type_name("FILE");
  command->add_flag("--lines", options->lines,
                    "Each line of standard input is a request; prints an id for each");
  command
      ->add_option("--job", options->job,
                   "Id of the job, to submit it once however often it is tried; default: a GUID")
      ->type_name("ID");
  command->add_option("--client", options->client, "Who submits; not needed when the token says so")
      ->type_name("NAME");
  command->add_option("--priority", options->priority, "1 to 100, 100 first; default: 50")
      ->type_name("N")
      ->check(CLI::Range(1, 100));
  command
      ->add_option("--keep-for", options->keep_for,
                   "How long the finished job stays readable, e.g. 7d; default: 1h")
      ->type_name("SPAN");
  command->add_flag(fmt::format("--wait{{{}}}", kWaitForEver), options->wait,
                    "Wait for the end, print the response; --wait=60s at most so long");
}

}  // namespace tools
